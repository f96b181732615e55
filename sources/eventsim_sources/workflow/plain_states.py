"""What do the states do that ask nobody to work? Choice goes one way, Wait waits, Succeed ends, Fail fails."""

import asyncio
from typing import Any

from eventsim import Clock
from eventsim_sources.workflow import failure as names
from eventsim_sources.workflow.choice import timestamp
from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.flow import Flow, State
from eventsim_sources.workflow.limits import WAIT_S_MAX
from eventsim_sources.workflow.scope import Scope
from eventsim_sources.workflow.visit import Visit


async def pass_through(visit: Visit, scope: Scope, flow: Flow, clock: Clock) -> tuple[Any, str | None]:
    """Go through a Choice, a Wait or a Succeed; return its output and the next state.

    Raises:
        StateFailed: no rule holds, or a setting makes no sense.
    """
    state = visit.state
    if state["Type"] == "Choice":
        return _choose(visit, scope, flow)
    if state["Type"] == "Wait":
        await _wait(state, scope, flow, clock)
    passed = flow.passed(state, state, flow.input(state, scope), scope)
    return visit.leave(passed), state.get("Next")


def failure_meant(state: State, scope: Scope, flow: Flow) -> StateFailed:
    """Return the failure that a Fail means."""
    error, cause = (flow.setting(state, field, scope) for field in ("Error", "Cause"))
    return StateFailed(str(error or ""), None if cause is None else str(cause))


def _choose(visit: Visit, scope: Scope, flow: Flow) -> tuple[Any, str | None]:
    state = visit.state
    value = flow.input(state, scope)
    rule = flow.rule(state, value, scope)
    if rule is None and "Default" not in state:
        cause = f"Failed to transition out of the state '{visit.name}'. The state does not point to a next state."
        raise StateFailed(names.NO_CHOICE, cause)
    output = visit.leave(flow.passed(state, state if rule is None else rule, value, scope))
    return output, state["Default"] if rule is None else rule["Next"]


async def _wait(state: State, scope: Scope, flow: Flow, clock: Clock) -> None:
    of_input = scope.of(flow.input(state, scope))
    field = "Seconds" if "Seconds" in state or "SecondsPath" in state else "Timestamp"
    await asyncio.sleep(_delay_s(state, field, flow.setting(state, field, of_input), flow, clock))


def _delay_s(state: State, field: str, value: Any, flow: Flow, clock: Clock) -> float:
    if field == "Timestamp":
        instant = timestamp(value)
        if instant is None:
            raise flow.misfit(state, field, "ISO-8601 extended offset date-time format string", value)
        return max(0.0, (instant - clock.date()).total_seconds())
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= WAIT_S_MAX:
        raise flow.misfit(state, field, "number", value)
    return float(value)
