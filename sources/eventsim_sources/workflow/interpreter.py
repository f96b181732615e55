"""How does an execution go from state to state? The states language, step by step.

Each state gets its input, works, and gives its output to the next. Work that fails is retried or caught as `retry`
decides. Branches and iterations run side by side; the first that fails ends the others.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from eventsim import Clock, load_json
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow import failure as names
from eventsim_sources.workflow.definition import States
from eventsim_sources.workflow.distributed import DistributedMap, is_distributed
from eventsim_sources.workflow.execution import Execution
from eventsim_sources.workflow.failure import StateFailed, TimedOut
from eventsim_sources.workflow.flow import Flow, PathFlow, QueryFlow, Seen, State, number_setting
from eventsim_sources.workflow.items import described_item
from eventsim_sources.workflow.limits import MAP_CONCURRENCY
from eventsim_sources.workflow.map_input import MapInput
from eventsim_sources.workflow.map_run import Children
from eventsim_sources.workflow.map_trial import MapTrial
from eventsim_sources.workflow.payload import Luck, check_size
from eventsim_sources.workflow.plain_states import failure_meant, pass_through
from eventsim_sources.workflow.progress import Stay
from eventsim_sources.workflow.query import Queries
from eventsim_sources.workflow.retry import Caught, RetryIn, decide
from eventsim_sources.workflow.scope import Scope
from eventsim_sources.workflow.side_by_side import SideFailed, side_by_side
from eventsim_sources.workflow.visit import Line, Mock, Visit
from eventsim_sources.workflow.work import Job, Work

_WORKING = ("Task", "Pass", "Parallel", "Map")
_TOLD_WITH_STATE = (names.RUNTIME, names.RESULT_PATH, names.INTRINSIC, names.QUERY)

_Items = TypeVar("_Items", list[Any], list[Any] | None)

Told = Callable[[str, str, Mapping[str, object]], None]
"""Told of what the trace should know: a kind, a state, details."""


class Interpreter:
    """Runs one execution.

    Args:
        work: does what Tasks ask for.
        told: told of states entered and failed.
        seen: shown what data becomes.
        children: runs the children of distributed Maps.
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
        children: Children | None = None,
    ) -> None:
        self._children = children
        self._seen = seen
        self._pathed: Flow = PathFlow(luck, seen)
        self._queried: Flow = QueryFlow(Queries(luck, clock), seen)
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
        value = load_json(self._execution.input)
        self._progress.is_resumed = self._execution.redrives > 0
        return await self._walk(definition.states, definition.start_at, value, Line(at, {}))

    def alone(
        self,
        state: State,
        name: str,
        value: Any,
        variables: Mapping[str, Any],
        mock: Mock | None,
        context: Mapping[str, Any],
    ) -> Visit:
        """Return a stay in a state that is tried on its own.

        Args:
            context: takes the place of members of the context object.
        """
        return Visit(
            name=name,
            state=state,
            raw=value,
            line=Line(1, variables),
            entered=1,
            entered_at=self._clock.iso_ms(),
            mock=mock,
            context=context,
        )

    async def attempt(self, visit: Visit) -> tuple[Any, str | None]:
        """Go through one state once, without retriers and catchers; return its output and the next state.

        Raises:
            StateFailed: it failed.
        """
        try:
            if visit.state["Type"] in _WORKING:
                return await self._once(visit), visit.state.get("Next")
            return await self._step(visit)
        except StateFailed as failure:
            raise self._in_state(visit, failure) from failure

    def catch(self, visit: Visit, catcher: State, failure: StateFailed) -> Any:
        """Return the output of a state whose failure is caught.

        Raises:
            StateFailed: the catcher makes no sense.
        """
        return visit.leave(self._flow(visit).caught(catcher, failure.output(), self._scope(visit, visit.raw)))

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
            given = {"name": name, "input": check_size(raw, name, "input")}
            line.at = self._history.add(f"{kind}StateEntered", line.at, given)
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
        except StateFailed as caught:
            failure = self._in_state(visit, caught)
            self._told("failed", name, {"error": failure.error, "cause": (failure.cause or "")[:500]})
            raise failure from caught
        details: dict[str, Any] = {"name": name, "output": check_size(output, name, "output")}
        if visit.assigned:
            details["assignedVariables"] = {name: json_text(value) for name, value in visit.assigned.items()}
        line.at = self._history.add(f"{kind}StateExited", line.at, details)
        return output, then

    async def _step(self, visit: Visit) -> tuple[Any, str | None]:
        if visit.state["Type"] in _WORKING:
            return await self._try(visit)
        scope, flow = self._scope(visit, visit.raw), self._flow(visit)
        if visit.state["Type"] != "Fail":
            return await pass_through(visit, scope, flow, self._clock)
        raise failure_meant(visit.state, scope, flow)

    def _flow(self, visit: Visit) -> Flow:
        language = visit.state.get("QueryLanguage", self._execution.definition.language)
        return self._queried if language == "JSONata" else self._pathed

    def _scope(self, visit: Visit, value: Any, *, token: str = "", line: Line | None = None) -> Scope:
        line = line or visit.line
        execution = self._execution
        context: dict[str, Any] = {
            "Execution": {
                "Id": execution.arn,
                "Input": load_json(execution.input),
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
        return Scope(value=value, context={**context, **visit.context}, variables=line.variables)

    def _in_state(self, visit: Visit, failure: StateFailed) -> StateFailed:
        """Return a failure with where it happened, as AWS tells it of what is not the work's own.

        An expression that cannot be evaluated has an event, once.
        """
        if failure.error not in _TOLD_WITH_STATE or (failure.cause or "").startswith("An error occurred while"):
            return failure
        cause = (
            f"An error occurred while executing the state '{visit.name}' (entered at the event id #{visit.entered}). "
            f"{failure.cause}"
        )
        if failure.location:
            told = {"error": failure.error, "cause": cause, "location": failure.location, "state": visit.name}
            visit.line.at = self._history.add("EvaluationFailed", visit.line.at, told)
        return StateFailed(failure.error, cause, is_task=failure.is_task)

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
                        return self.catch(visit, catcher, failure), catcher["Next"]
                    case None:
                        raise failure from caught

    async def _once(self, visit: Visit) -> Any:
        """Work once; return the state's output."""
        state, flow = visit.state, self._flow(visit)
        scope = self._scope(visit, visit.raw)
        value = flow.input(state, scope)
        match state["Type"]:
            case "Task":
                result = await self._task(visit, value)
            case "Pass":
                result = flow.result(state, value, scope)
            case "Map" if visit.mock is not None:
                given = MapInput(state=state, value=value, scope=scope, flow=flow)
                result = MapTrial(given=given, mock=visit.mock, seen=self._seen).outcome()
            case _ if visit.mock is not None:
                flow.arguments(state, value, scope)
                result = visit.mock.outcome()
            case "Parallel":
                result = await self._parallel(visit, value)
            case _:
                result = await self._map(visit, value)
        check_size(result, visit.name, "result")
        self._seen("result", result)
        return visit.leave(flow.worked(state, result, scope))

    async def _task(self, visit: Visit, value: Any) -> Any:
        state, flow = visit.state, self._flow(visit)
        role_arn = flow.role(state, self._scope(visit, visit.raw).of(value))
        job = self._work.job(str(state["Resource"]), self._execution, visit.line.at, role_arn=role_arn)
        try:
            scope = self._scope(visit, visit.raw, token=job.token)
            parameters = flow.arguments(state, value, scope)
            if visit.mock is not None:
                return visit.mock.outcome()
            of_value = scope.of(value)
            limits = [number_setting(flow, state, field, of_value) for field in ("TimeoutSeconds", "HeartbeatSeconds")]
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

    # --- side by side ----------------------------------------------------------------------------------

    async def _parallel(self, visit: Visit, value: Any) -> list[Any]:
        state, line = visit.state, visit.line
        value = self._flow(visit).arguments(state, value, self._scope(visit, visit.raw))
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
            results = await side_by_side(branch, len(lines), len(lines))
        except SideFailed as failed:
            line.at = self._history.add("ParallelStateFailed", lines[failed.number].at)
            raise failed.failure from failed
        line.at = max(each.at for each in lines)
        self._history.add("ParallelStateSucceeded", line.at)
        self._progress.forget_below(line.place, visit.name)
        return results

    def _begin_lines(self, visit: Visit) -> None:
        """Have lines begin anew, but for the first time after a redrive."""
        if not visit.is_resumed:
            self._progress.forget_below(visit.line.place, visit.name)
        visit.is_resumed = False

    async def _map_run(self, visit: Visit, value: Any, children: Children) -> Any:
        """Go over items by executions of their own."""
        line = visit.line
        distributed = DistributedMap(
            name=visit.name,
            place=line.place,
            state=visit.state,
            value=value,
            scope=self._scope(visit, visit.raw),
            flow=self._flow(visit),
            execution=self._execution,
            work=self._work,
            children=children,
        )
        earlier = distributed.earlier_run() if visit.is_resumed else None
        items = self._items(visit, distributed.own_items) if earlier is None else None
        if earlier is None:
            line.at = self._history.add("MapStateStarted", line.at, {"length": len(items or ())})
            run = distributed.run()
            line.at = self._history.add("MapRunStarted", line.at, {"mapRunArn": run.arn})
        else:
            run = earlier
            run.redrive()
            line.at = self._history.add("MapRunRedriven", line.at, {"mapRunArn": run.arn, "redriveCount": run.redrives})
        self._begin_lines(visit)
        try:
            results = await distributed.results(run, items)
        except StateFailed as failure:
            line.at = self._history.add("MapRunFailed", line.at, failure.named())
            line.at = self._history.add("MapStateFailed", line.at)
            raise
        self._progress.forget_below(line.place, visit.name)
        line.at = self._history.add("MapRunSucceeded", line.at)
        self._history.add("MapStateSucceeded", line.at)
        return results

    def _items(self, visit: Visit, chosen: Callable[[], _Items]) -> _Items:
        """Return what a Map goes over; it fails where there is no list."""
        try:
            return chosen()
        except StateFailed as failure:
            told = self._in_state(visit, failure)
            if not visit.state.get("Retry"):
                visit.line.at = self._history.add("MapStateFailed", visit.line.at)
            raise told from failure

    async def _map(self, visit: Visit, value: Any) -> Any:
        state, line = visit.state, visit.line
        if is_distributed(state) and self._children is not None:
            return await self._map_run(visit, value, self._children)
        flow, scope = self._flow(visit), self._scope(visit, visit.raw)
        items = self._items(visit, lambda: flow.items(state, value, scope))
        processor = state.get("ItemProcessor") or state["Iterator"]
        line.at = self._history.add("MapStateStarted", line.at, {"length": len(items)})
        self._begin_lines(visit)
        lines = [
            Line(line.at, line.variables, (*line.place, (visit.name, at)), described_item(at, item))
            for at, item in enumerate(items)
        ]
        limit = int(number_setting(flow, state, "MaxConcurrency", scope.of(value)) or MAP_CONCURRENCY)

        ended: list[int] = []

        async def iteration(number: int) -> Any:
            own, told = lines[number], {"name": visit.name, "index": number}
            if self._progress.has_result(own.place):
                return self._progress.result(own.place)
            if number >= limit and ended:
                own.at = ended.pop()  # it follows the one whose place it takes
            own.at = self._history.add("MapIterationStarted", own.at, told)
            given = flow.item(state, value, self._scope(visit, visit.raw, line=own), items[number])
            try:
                result = await self._walk(processor["States"], processor["StartAt"], given, own)
            except StateFailed:
                self._history.add("MapIterationFailed", own.at, told)
                raise
            ended.append(own.at)
            own.at = self._history.add("MapIterationSucceeded", own.at, told)
            self._progress.note_result(own.place, result)
            return result

        try:
            results = await side_by_side(iteration, len(items), limit)
        except SideFailed as failed:
            if state.get("Retry"):  # the event is not there where the state is tried again (recorded)
                line.at = lines[failed.number].at
            else:
                line.at = self._history.add("MapStateFailed", lines[failed.number].at)
            raise failed.failure from failed
        line.at = max((each.at for each in lines), default=line.at)
        self._history.add("MapStateSucceeded", line.at)
        self._progress.forget_below(line.place, visit.name)
        return results
