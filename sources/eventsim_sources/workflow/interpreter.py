"""How does an execution go from state to state? The states language, step by step.

Each state gets its input, works, and gives its output to the next. Work that fails is retried or caught as `retry`
decides. Branches and iterations run side by side; the first that fails ends the others.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import Clock
from eventsim_sources.workflow import failure as names
from eventsim_sources.workflow.choice import holds, timestamp
from eventsim_sources.workflow.definition import States
from eventsim_sources.workflow.execution import Execution
from eventsim_sources.workflow.failure import StateFailed, TimedOut
from eventsim_sources.workflow.limits import MAP_CONCURRENCY, WAIT_S_MAX
from eventsim_sources.workflow.payload import Luck, assigned, check_size, chosen, evaluated_text, filled, merged
from eventsim_sources.workflow.progress import Place, Stay
from eventsim_sources.workflow.retry import Caught, RetryIn, decide
from eventsim_sources.workflow.scope import Scope
from eventsim_sources.workflow.work import Job, Work

State = Mapping[str, Any]

_TOLD_WITH_STATE = (names.RUNTIME, names.PARAMETER_PATH, names.RESULT_PATH, names.INTRINSIC)


class Line:
    """One line of states: the execution's own, a branch's, or an iteration's.

    Attributes:
        at: the number of the last event on it.
        variables: what its states have assigned.
        place: by which states it is nested where.
    """

    def __init__(
        self, at: int, variables: Mapping[str, Any], place: Place = (), item: Mapping[str, Any] | None = None
    ) -> None:
        self.at = at
        self.place = place
        self.variables = dict(variables)
        self.item = item


class Mock(Struct, frozen=True, kw_only=True):
    """What work comes to that nobody does."""

    result: Any = None
    failure: StateFailed | None = None

    def outcome(self) -> Any:
        """Return the result.

        Raises:
            StateFailed: it failed.
        """
        if self.failure is not None:
            raise self.failure
        return self.result


class Visit(Struct, kw_only=True):
    """One stay in a state.

    Attributes:
        raw: the input as it came.
        entered: the number of the event that tells of it.
        is_resumed: whether a redrive goes on with it.
        mock: what the work comes to where it is only tried.
    """

    name: str
    state: State
    raw: Any
    line: Line
    entered: int
    entered_at: str
    retries: int = 0
    is_resumed: bool = False
    mock: Mock | None = None


Seen = Callable[[str, Any], None]
"""Shown what data becomes on its way through a state: `afterInputPath`, …"""

Told = Callable[[str, str, Mapping[str, object]], None]
"""Told of what the trace should know: a kind, a state, details."""


class Interpreter:
    """Runs one execution.

    Args:
        work: does what Tasks ask for.
        told: told of states entered and failed.
        seen: shown what data becomes.
    """

    def __init__(
        self,
        execution: Execution,
        machine_name: str,
        *,
        work: Work,
        luck: Luck,
        clock: Clock,
        told: Told,
        seen: Seen = lambda _stage, _value: None,
    ) -> None:
        self._seen = seen
        self._execution = execution
        self._machine_name = machine_name
        self._work = work
        self._luck = luck
        self._clock = clock
        self._told = told
        self._history = execution.history
        self._progress = execution.progress

    async def run(self, at: int = 0) -> Any:
        """Run to the end and return the output; a redriven execution goes on where it was.

        Args:
            at: the number of the event that tells of the redrive.

        Raises:
            StateFailed: a state failed, and nobody caught it.
        """
        definition = self._execution.definition
        value = json.loads(self._execution.input)
        self._progress.is_resumed = self._execution.redrives > 0
        return await self._walk(definition.states, definition.start_at, value, Line(at, {}))

    async def attempt(
        self, state: State, name: str, value: Any, variables: Mapping[str, Any], mock: Mock | None
    ) -> tuple[Any, str | None]:
        """Go through one state once, without retriers and catchers; return its output and the next state.

        Raises:
            StateFailed: it failed.
        """
        line = Line(1, variables)
        visit = Visit(
            name=name, state=state, raw=value, line=line, entered=1, entered_at=self._clock.iso_ms(), mock=mock
        )
        try:
            if state["Type"] in ("Task", "Pass", "Parallel", "Map"):
                return await self._once(visit), state.get("Next")
            return await self._step(visit)
        except StateFailed as failure:
            raise self._in_state(visit, failure) from failure

    # --- from state to state ---------------------------------------------------------------------------

    async def _walk(self, states: States, start_at: str, value: Any, line: Line) -> Any:
        name: str | None = start_at
        stay = self._progress.stay(line.place)
        if stay is not None:
            name, value = stay.state, stay.raw
            line.variables = dict(stay.variables)
        is_resumed = stay is not None
        while name is not None:
            if self._history.is_full and not self._execution.is_express:
                raise StateFailed(names.RUNTIME, "The execution reached the maximum number of history events (25000).")
            value, name = await self._visit(states[name], name, value, line, is_resumed=is_resumed)
            is_resumed = False
            await asyncio.sleep(0)  # a loop of states without a wait must not keep the others from running
        return value

    async def _visit(
        self, state: State, name: str, raw: Any, line: Line, *, is_resumed: bool
    ) -> tuple[Any, str | None]:
        kind = state["Type"]
        if not is_resumed:
            details = {"name": name, "input": check_size(raw, name, "input")}
            line.at = self._history.add(f"{kind}StateEntered", line.at, details)
            self._progress.note(line.place, Stay(state=name, raw=raw, variables=dict(line.variables)))
        visit = Visit(
            name=name,
            state=state,
            raw=raw,
            line=line,
            entered=line.at,
            entered_at=self._clock.iso_ms(),
            is_resumed=is_resumed,
        )
        self._told("entered", name, {"type": kind})
        try:
            output, then = await self._step(visit)
        except StateFailed as failure:
            self._told("failed", name, {"error": failure.error, "cause": (failure.cause or "")[:500]})
            raise
        details = {"name": name, "output": check_size(output, name, "output")}
        line.at = self._history.add(f"{kind}StateExited", line.at, details)
        return output, then

    async def _step(self, visit: Visit) -> tuple[Any, str | None]:
        match visit.state["Type"]:
            case "Choice":
                return self._choose(visit)
            case "Fail":
                raise self._failure(visit)
            case "Wait":
                await self._wait(visit)
                return self._passed_on(visit)
            case "Succeed":
                scope = self._scope(visit, visit.raw)
                value = chosen(visit.state.get("InputPath", "$"), scope)
                return chosen(visit.state.get("OutputPath", "$"), scope.of(value)), None
            case _:
                return await self._try(visit)

    def _scope(self, visit: Visit, value: Any, *, token: str = "", line: Line | None = None) -> Scope:
        line = line or visit.line
        execution = self._execution
        context: dict[str, Any] = {
            "Execution": {
                "Id": execution.arn,
                "Input": json.loads(execution.input),
                "Name": execution.name,
                "RoleArn": execution.role_arn,
                "StartTime": self._clock.iso_ms(execution.started_us),
                "RedriveCount": execution.redrives,
            },
            "State": {"EnteredTime": visit.entered_at, "Name": visit.name, "RetryCount": visit.retries},
            "StateMachine": {"Id": execution.machine_arn, "Name": self._machine_name},
        }
        if token:
            context["Task"] = {"Token": token}
        if line.item is not None:
            context["Map"] = {"Item": line.item}
        return Scope(value=value, context=context, variables=line.variables)

    def _in_state(self, visit: Visit, failure: StateFailed) -> StateFailed:
        """Return a failure with where it happened, as AWS tells it of what is not the work's own."""
        if failure.error not in _TOLD_WITH_STATE or (failure.cause or "").startswith("An error occurred while"):
            return failure
        cause = (
            f"An error occurred while executing the state '{visit.name}' (entered at the event id #{visit.entered}). "
            f"{failure.cause}"
        )
        return StateFailed(failure.error, cause, is_task=failure.is_task)

    # --- Choice, Fail, Wait ----------------------------------------------------------------------------

    def _choose(self, visit: Visit) -> tuple[Any, str | None]:
        state, scope = visit.state, self._scope(visit, visit.raw)
        try:
            value = chosen(state.get("InputPath", "$"), scope)
            rule = next((each for each in state["Choices"] if holds(each, scope.of(value))), None)
            if rule is None and "Default" not in state:
                cause = (
                    f"Failed to transition out of the state '{visit.name}'. The state does not point to a next state."
                )
                raise StateFailed(names.NO_CHOICE, cause)
            taken = state if rule is None else rule
            visit.line.variables.update(assigned(taken.get("Assign", {}), scope.of(value), self._luck))
            output = chosen(state.get("OutputPath", "$"), scope.of(value))
        except StateFailed as failure:
            raise self._in_state(visit, failure) from failure
        return output, state["Default"] if rule is None else rule["Next"]

    def _failure(self, visit: Visit) -> StateFailed:
        state, scope = visit.state, self._scope(visit, visit.raw)
        told: dict[str, Any] = {}
        for field in ("Error", "Cause"):
            path = state.get(f"{field}Path")
            told[field] = state.get(field) if path is None else evaluated_text(f"{field}Path", path, scope, self._luck)
        return StateFailed(str(told["Error"] or ""), None if told["Cause"] is None else str(told["Cause"]))

    async def _wait(self, visit: Visit) -> None:
        state = visit.state
        scope = self._scope(visit, chosen(state.get("InputPath", "$"), self._scope(visit, visit.raw)))
        try:
            field = next(name for name in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if name in state)
            value = state[field]
            if field.endswith("Path"):
                value = evaluated_text(field, str(value), scope, self._luck)
            delay_s = self._delay_s(field.removesuffix("Path"), value)
        except StateFailed as failure:
            raise self._in_state(visit, failure) from failure
        await asyncio.sleep(delay_s)

    def _delay_s(self, field: str, value: Any) -> float:
        if field == "Timestamp":
            instant = timestamp(value)
            if instant is None:
                what = "a valid ISO-8601 extended offset date-time format string"
                raise StateFailed(names.RUNTIME, f"The Timestamp parameter does not reference {what}: {value}")
            return max(0.0, (instant - self._clock.date()).total_seconds())
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= WAIT_S_MAX:
            raise StateFailed(
                names.RUNTIME, f"The SecondsPath parameter does not reference a valid number of seconds: {value}"
            )
        return float(value)

    def _passed_on(self, visit: Visit) -> tuple[Any, str | None]:
        scope = self._scope(visit, visit.raw)
        try:
            value = chosen(visit.state.get("InputPath", "$"), scope)
            visit.line.variables.update(assigned(visit.state.get("Assign", {}), scope.of(value), self._luck))
            return chosen(visit.state.get("OutputPath", "$"), scope.of(value)), visit.state.get("Next")
        except StateFailed as failure:
            raise self._in_state(visit, failure) from failure

    # --- states that work: Task, Pass, Parallel, Map ---------------------------------------------------

    async def _try(self, visit: Visit) -> tuple[Any, str | None]:
        """Work until it succeeds, is caught, or fails for good."""
        state, attempts = visit.state, dict[int, int]()
        while True:
            try:
                return await self._once(visit), state.get("Next")
            except StateFailed as caught:
                failure = self._in_state(visit, caught)
                follows = decide(
                    failure,
                    retriers=state.get("Retry", ()),
                    catchers=state.get("Catch", ()),
                    attempts=attempts,
                    luck=self._luck.random,
                )
                match follows:
                    case RetryIn(delay_us=delay_us, retrier=retrier):
                        detail = {"error": failure.error, "cause": (failure.cause or "")[:500], "delay_us": delay_us}
                        self._told("retried", visit.name, detail)
                        attempts[retrier] = attempts.get(retrier, 0) + 1
                        visit.retries += 1
                        await asyncio.sleep(delay_us / 1_000_000)
                    case Caught(catcher=catcher):
                        self._told("caught", visit.name, {"error": failure.error, "next": catcher["Next"]})
                        scope = self._scope(visit, failure.output())
                        visit.line.variables.update(assigned(catcher.get("Assign", {}), scope, self._luck))
                        return merged(visit.raw, catcher.get("ResultPath", "$"), failure.output()), catcher["Next"]
                    case None:
                        raise failure from caught

    async def _once(self, visit: Visit) -> Any:
        """Work once; return the state's output."""
        state, luck = visit.state, self._luck
        scope = self._scope(visit, visit.raw)
        value = chosen(state.get("InputPath", "$"), scope)
        self._seen("afterInputPath", value)
        match state["Type"]:
            case "Task":
                result = await self._task(visit, value)
            case "Pass":
                result = filled(state["Parameters"], scope.of(value), luck) if "Parameters" in state else value
                result = state.get("Result", result)
            case _ if visit.mock is not None:
                result = visit.mock.outcome()
            case "Parallel":
                result = await self._parallel(visit, value)
            case _:
                result = await self._map(visit, value)
        check_size(result, visit.name, "result")
        self._seen("result", result)
        of_result = scope.of(result)
        if "ResultSelector" in state:
            result = filled(state["ResultSelector"], of_result, luck)
        self._seen("afterResultSelector", result)
        visit.line.variables.update(assigned(state.get("Assign", {}), of_result, luck))
        output = merged(visit.raw, state.get("ResultPath", "$"), result)
        self._seen("afterResultPath", output)
        return chosen(state.get("OutputPath", "$"), scope.of(output))

    async def _task(self, visit: Visit, value: Any) -> Any:
        state = visit.state
        job = self._work.job(str(state["Resource"]), self._execution, visit.line.at)
        try:
            scope = self._scope(visit, value, token=job.token)
            parameters = filled(state["Parameters"], scope, self._luck) if "Parameters" in state else value
            self._seen("afterParameters", parameters)
            if visit.mock is not None:
                return visit.mock.outcome()
            limits = [self._seconds(state, name, scope) for name in ("TimeoutSeconds", "HeartbeatSeconds")]
            return await self._timed(job, parameters, *limits)
        finally:
            job.close()
            visit.line.at = job.at

    async def _timed(self, job: Job, parameters: Any, timeout_s: float | None, heartbeat_s: float | None) -> Any:
        try:
            async with asyncio.timeout(timeout_s):
                return await job.done(parameters, timeout_s, heartbeat_s)
        except TimeoutError:
            job.note_timeout()
            raise TimedOut from None

    def _seconds(self, state: State, field: str, scope: Scope) -> float | None:
        path = state.get(f"{field}Path")
        value = state.get(field) if path is None else evaluated_text(f"{field}Path", path, scope, self._luck)
        return None if value is None else float(value)

    # --- side by side ----------------------------------------------------------------------------------

    async def _parallel(self, visit: Visit, value: Any) -> list[Any]:
        state, line = visit.state, visit.line
        if "Parameters" in state:
            value = filled(state["Parameters"], self._scope(visit, value), self._luck)
        line.at = self._history.add("ParallelStateStarted", line.at)
        self._begin_lines(visit)
        places = [(*line.place, (visit.name, number)) for number in range(len(state["Branches"]))]
        lines = [Line(line.at, line.variables, place, line.item) for place in places]

        async def branch(number: int) -> Any:
            own = state["Branches"][number]
            if self._progress.has_result(places[number]):
                return self._progress.result(places[number])
            result = await self._walk(own["States"], own["StartAt"], value, lines[number])
            self._progress.note_result(places[number], result)
            return result

        try:
            results = await _side_by_side(branch, len(lines), len(lines))
        except _SideFailed as failed:
            line.at = self._history.add("ParallelStateFailed", lines[failed.number].at)
            raise failed.failure from failed
        line.at = self._history.add("ParallelStateSucceeded", max(each.at for each in lines))
        self._progress.forget_below(line.place, visit.name)
        return results

    def _begin_lines(self, visit: Visit) -> None:
        """Have lines begin anew, but for the first time after a redrive."""
        if not visit.is_resumed:
            self._progress.forget_below(visit.line.place, visit.name)
        visit.is_resumed = False

    async def _map(self, visit: Visit, value: Any) -> list[Any]:
        state, line = visit.state, visit.line
        items = self._items(visit, value)
        processor = state.get("ItemProcessor") or state["Iterator"]
        template = state.get("ItemSelector", state.get("Parameters"))
        line.at = self._history.add("MapStateStarted", line.at, {"length": len(items)})
        self._begin_lines(visit)
        lines = [
            Line(line.at, line.variables, (*line.place, (visit.name, at)), {"Index": at, "Value": item})
            for at, item in enumerate(items)
        ]
        tolerated = self._tolerated(state, len(items))

        async def iteration(number: int) -> Any:
            own, told = lines[number], {"name": visit.name, "index": number}
            if self._progress.has_result(own.place):
                return self._progress.result(own.place)
            own.at = self._history.add("MapIterationStarted", own.at, told)
            given = items[number]
            if template is not None:
                given = filled(template, self._scope(visit, value, line=own), self._luck)
            try:
                result = await self._walk(processor["States"], processor["StartAt"], given, own)
            except StateFailed:
                self._history.add("MapIterationFailed", own.at, told)
                raise
            own.at = self._history.add("MapIterationSucceeded", own.at, told)
            self._progress.note_result(own.place, result)
            return result

        try:
            limit = int(state.get("MaxConcurrency") or MAP_CONCURRENCY)
            results = await _side_by_side(iteration, len(items), limit, tolerated=tolerated)
        except _SideFailed as failed:
            if state.get("Retry"):  # the event is not there where the state is tried again (recorded)
                line.at = lines[failed.number].at
            else:
                line.at = self._history.add("MapStateFailed", lines[failed.number].at)
            raise failed.failure from failed
        line.at = self._history.add("MapStateSucceeded", max((each.at for each in lines), default=line.at))
        self._progress.forget_below(line.place, visit.name)
        return results

    def _items(self, visit: Visit, value: Any) -> list[Any]:
        path = visit.state.get("ItemsPath", "$")
        items = chosen(path, self._scope(visit, value))
        if not isinstance(items, list):
            shown = json.dumps(items, separators=(",", ":"), ensure_ascii=False)
            raise StateFailed(names.RUNTIME, f'Reference path "{path}" must point to array. It points to: {shown}')
        return items

    @staticmethod
    def _tolerated(state: State, count: int) -> int:
        percentage = float(state.get("ToleratedFailurePercentage", 0)) * count / 100
        return max(int(state.get("ToleratedFailureCount", 0)), int(percentage))


class _SideFailed(Exception):  # noqa: N818 - a fact
    """One of those that run side by side failed."""

    def __init__(self, number: int, failure: StateFailed) -> None:
        super().__init__(str(failure))
        self.number = number
        self.failure = failure


async def _side_by_side(
    one: Callable[[int], Awaitable[Any]], count: int, limit: int, *, tolerated: int = 0
) -> list[Any]:
    """Return the results of `one(0)`, `one(1)`, … in this order, at most `limit` of them at a time.

    Raises:
        _SideFailed: more than `tolerated` failed; the others are cancelled.
    """
    results: dict[int, Any] = {}
    failed: list[_SideFailed] = []
    waiting = iter(range(count))

    async def lane() -> None:
        for number in waiting:
            try:
                results[number] = await one(number)
            except StateFailed as failure:
                failed.append(_SideFailed(number, failure))
                if len(failed) > tolerated:
                    raise failed[-1] from failure

    lanes = [asyncio.ensure_future(lane()) for _ in range(min(limit, count))]
    try:
        if lanes:
            await asyncio.wait(lanes, return_when=asyncio.FIRST_EXCEPTION)
        if len(failed) > tolerated:
            raise failed[-1]
    finally:
        for each in lanes:
            each.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
    return [results[number] for number in sorted(results)]
