"""Who does what a Task asks for? Functions, activities, and operations of services, each with its events."""

import asyncio
import collections
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from eventsim import ApiError, Caller, NotSimulated, Result, load_json
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow import resource as resources
from eventsim_sources.workflow.execution import Execution
from eventsim_sources.workflow.failure import PERMISSIONS, RUNTIME, StateFailed
from eventsim_sources.workflow.refusal import failure_of, function_failure
from eventsim_sources.workflow.resource import Resource
from eventsim_sources.workflow.token import TaskWait, Tokens


class Call(Protocol):
    """Carries out an AWS operation; the door of `World.call`."""

    def __call__(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, region: str = "", caller: Caller
    ) -> Result | Awaitable[Result]:
        """Return the result, or an awaitable of it."""


class Authorize(Protocol):
    """Sees that somebody may do what nobody calls an operation for; the door of `World.authorize`."""

    def __call__(self, service: str, operation: str, parameters: Mapping[str, Any], caller: Caller) -> None:
        """Raise `ApiError` if they may not."""


class Send(Protocol):
    """Sends an HTTP request for a Task; the door of `HttpTasks`."""

    async def __call__(self, service: str, parameters: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        """Return what is answered, as a state gets it.

        Raises:
            StateFailed: nobody answers, or with an error.
        """


class Job(Protocol):
    """One attempt at the work of a Task.

    Attributes:
        token: its task token, "" where nobody needs one.
        at: the number of its last event.
    """

    token: str
    at: int

    async def done(self, parameters: Any, timeout_s: float | None, heartbeat_s: float | None) -> Any:
        """Do it and return the result.

        Raises:
            StateFailed: it failed.
        """

    def note_timeout(self) -> None:
        """Note that it took too long."""

    def close(self) -> None:
        """Wait no more."""


class ActivityMade(Struct, frozen=True):
    """When an activity was made, and how it is encrypted."""

    created_us: int
    encryption: Mapping[str, Any]


class Activities:
    """Activities: work that others ask for and report on.

    Attributes:
        made: what each was made with, by its ARN, and when.
    """

    def __init__(self) -> None:
        self.made: dict[str, ActivityMade] = {}
        self.waiting: dict[str, collections.deque[tuple[TaskWait, str, Callable[[str], None]]]] = {}
        self._askers: dict[str, collections.deque[asyncio.Future[None]]] = {}

    def offer(self, arn: str, wait: TaskWait, text: str, started: Callable[[str], None]) -> None:
        """Have somebody do it."""
        self.waiting[arn].append((wait, text, started))
        askers = self._askers.get(arn)
        while askers:
            asker = askers.popleft()
            if not asker.done():
                asker.set_result(None)
                return

    def take(self, arn: str) -> tuple[TaskWait, str, Callable[[str], None]] | None:
        """Return the oldest work that nobody has taken, None if there is none."""
        queue = self.waiting[arn]
        while queue:
            work = queue.popleft()
            if not work[0].is_over:
                return work
        return None

    async def available(self, arn: str) -> None:
        """Wait until there may be work."""
        asker: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._askers.setdefault(arn, collections.deque()).append(asker)
        await asker


class Work(Struct, frozen=True, kw_only=True):
    """Everything that Tasks can ask for.

    Attributes:
        region: where operations are called.
        authorize: sees that a role may do what is done without a call.
        send: sends the requests of `http:invoke` and `apigateway:invoke`.
        execution_of: returns the execution that an ARN names: whose end `.sync` waits for.
        stop: aborts an execution whose end nobody waits for any more.
        new_id: gives the id of a request that has none.
    """

    region: str
    call: Call
    authorize: Authorize
    send: Send
    tokens: Tokens
    activities: Activities
    execution_of: Callable[[str], Execution]
    stop: Callable[[Execution], None]
    new_id: Callable[[], str]

    def job(self, arn: str, execution: Execution, at: int, *, role_arn: str = "") -> Job:
        """Return the work of a Task.

        Args:
            at: the number of the last event before it.
            role_arn: of the role in which it is to be done, "" for the machine's.

        Raises:
            StateFailed: nobody knows such a resource.
        """
        resource = resources.parse_resource(arn)
        match resource.kind:
            case "function":
                return _FunctionJob(self, resource, execution, at, role_arn)
            case "activity":
                return _ActivityJob(self, resource, execution, at)
            case _:
                return _ServiceJob(self, resource, execution, at, role_arn)

    def caller(self, execution: Execution, role_arn: str = "") -> Caller:
        """Return as whom an execution calls.

        Args:
            role_arn: of the role that a Task's credentials name, "" for the machine's.

        Raises:
            StateFailed: the machine's role may not assume that one.
        """
        own = Caller(
            arn=execution.arn, cause=execution.entry, lineage=execution.tasks_lineage, role_arn=execution.role_arn
        )
        if not role_arn:
            return own
        try:
            self.authorize("sts", "AssumeRole", {"RoleArn": role_arn, "ExternalId": execution.machine_arn}, own)
        except ApiError as error:
            raise StateFailed(PERMISSIONS, error.message, is_task=True) from error
        return replace(own, role_arn=role_arn)

    def check(self, resource: Resource, execution: Execution, operation: str, given: Mapping[str, Any]) -> None:
        """See that an execution may have done what the service itself does for it.

        Raises:
            StateFailed: its role does not let it.
        """
        try:
            self.authorize(resource.service, operation, given, self.caller(execution))
        except ApiError as error:
            raise failure_of(resource, error, given, self.new_id()) from error

    async def ask(
        self, resource: Resource, caller: Caller, service: str, operation: str, given: Mapping[str, Any]
    ) -> Result:
        """Carry out an operation on behalf of an execution.

        Raises:
            StateFailed: it is refused.
        """
        try:
            answer = self.call(service, operation, given, region=self.region, caller=caller)
            return answer if isinstance(answer, dict) else await answer  # type: ignore[misc]  # an awaitable then
        except ApiError as error:
            raise failure_of(resource, error, given, self.new_id()) from error
        except NotSimulated as error:
            raise StateFailed(RUNTIME, str(error)) from error


class _FunctionJob:
    """A function, named by its ARN: it gets the state's input itself, and has no token to send a heartbeat with."""

    token = ""

    def __init__(self, work: Work, resource: Resource, execution: Execution, at: int, role_arn: str) -> None:
        self._work = work
        self._resource = resource
        self._execution = execution
        self._role_arn = role_arn
        self.at = at

    async def done(self, parameters: Any, timeout_s: float | None, heartbeat_s: float | None) -> Any:  # noqa: ARG002 - a door
        history, text = self._execution.history, json_text(parameters)
        scheduled: dict[str, Any] = {"resource": self._resource.arn, "input": text, **_credentials(self._role_arn)}
        if timeout_s is not None:
            scheduled["timeoutInSeconds"] = int(timeout_s)
        self.at = history.add("LambdaFunctionScheduled", self.at, scheduled)
        self.at = history.add("LambdaFunctionStarted", self.at)
        given = {"FunctionName": self._resource.arn, "Payload": text.encode()}
        try:
            caller = self._work.caller(self._execution, self._role_arn)
            answer = await self._work.ask(self._resource, caller, "lambda", "Invoke", given)
            payload = _text(answer.get("Payload"))
            if "FunctionError" in answer:
                raise function_failure(payload)
        except StateFailed as failure:
            self.at = history.add("LambdaFunctionFailed", self.at, failure.named())
            raise
        self.at = history.add("LambdaFunctionSucceeded", self.at, {"output": payload})
        return load_json(payload) if payload else None

    def note_timeout(self) -> None:
        self.at = self._execution.history.add("LambdaFunctionTimedOut", self.at, {"error": "States.Timeout"})

    def close(self) -> None:
        """Do nothing: there is no token."""


class _ActivityJob:
    """An activity: whoever asks for work gets it, and reports by its token."""

    def __init__(self, work: Work, resource: Resource, execution: Execution, at: int) -> None:
        self._work = work
        self._resource = resource
        self._execution = execution
        self._wait = work.tokens.new()
        self.token = ""
        self.at = at

    async def done(self, parameters: Any, timeout_s: float | None, heartbeat_s: float | None) -> Any:
        history, text = self._execution.history, json_text(parameters)
        if self._resource.arn not in self._work.activities.waiting:
            raise StateFailed(RUNTIME, f"Activity Does Not Exist: '{self._resource.arn}'")
        scheduled = {"resource": self._resource.arn, "input": text, **_limits(timeout_s, heartbeat_s)}
        self.at = history.add("ActivityScheduled", self.at, scheduled)

        def started(worker: str) -> None:
            self.at = history.add("ActivityStarted", self.at, {"workerName": worker} if worker else {})

        self._work.activities.offer(self._resource.arn, self._wait, text, started)
        try:
            output = await self._wait.outcome(heartbeat_s)
        except StateFailed as failure:
            self.at = history.add(_ended("Activity", failure), self.at, failure.named())
            raise
        self.at = history.add("ActivitySucceeded", self.at, {"output": json_text(output)})
        return output

    def note_timeout(self) -> None:
        self.at = self._execution.history.add("ActivityTimedOut", self.at, {"error": "States.Timeout"})

    def close(self) -> None:
        self._wait.close()


class _ServiceJob:
    """An operation of a service: its answer, the end of what it began, or the news that somebody sends."""

    def __init__(self, work: Work, resource: Resource, execution: Execution, at: int, role_arn: str) -> None:
        self._work = work
        self._resource = resource
        self._execution = execution
        self._role_arn = role_arn
        self._wait = work.tokens.new() if resource.pattern == "waitForTaskToken" else None
        self._child: Execution | None = None
        self.token = self._wait.token if self._wait else ""
        self.at = at

    async def done(self, parameters: Any, timeout_s: float | None, heartbeat_s: float | None) -> Any:
        about = {"resourceType": self._resource.type, "resource": self._resource.name}
        given = {"parameters": json_text(parameters), **_credentials(self._role_arn)}
        scheduled = {**about, "region": self._work.region, **given}
        self._add("TaskScheduled", {**scheduled, **_limits(timeout_s, heartbeat_s)})
        self._add("TaskStarted", about)
        try:
            result = await self._answer(parameters)
            if self._resource.pattern:
                self._add("TaskSubmitted", {**about, "output": json_text(result)})
                result = await self._end(result, heartbeat_s)
        except StateFailed as failure:
            self._add(_ended("Task", failure), {**about, **failure.named()})
            raise
        self._add("TaskSucceeded", {**about, "output": json_text(result)})
        return result

    async def _answer(self, parameters: Any) -> dict[str, Any]:
        resource, caller = self._resource, self._work.caller(self._execution, self._role_arn)
        if resource.kind == "optimised" and resource.service in ("http", "apigateway"):
            return await self._work.send(resource.service, parameters, caller)
        given = resources.request_of(resource, parameters)
        answer = await self._work.ask(resource, caller, resource.service, resource.operation, given)
        if resource.service == "lambda" and "FunctionError" in answer:
            raise function_failure(_text(answer.get("Payload")))
        return resources.result_of(resource, answer, self._work.new_id)

    async def _end(self, result: dict[str, Any], heartbeat_s: float | None) -> Any:
        """Wait for what was begun; jobs of services that nobody simulates end as they are answered."""
        if self._wait is not None:
            return await self._wait.outcome(heartbeat_s)
        if "ExecutionArn" not in result:
            return result
        child = self._child = self._work.execution_of(str(result["ExecutionArn"]))
        await asyncio.shield(child.ended)
        described = _described(child, is_parsed=self._resource.pattern == "sync:2")
        if child.status != "SUCCEEDED":
            raise StateFailed("States.TaskFailed", json_text(described), is_task=True)
        return described

    def note_timeout(self) -> None:
        about = {"resourceType": self._resource.type, "resource": self._resource.name}
        self._add("TaskTimedOut", {**about, "error": "States.Timeout"})

    def close(self) -> None:
        if self._wait is not None:
            self._wait.close()
        if self._child is not None:
            self._work.stop(self._child)

    def _add(self, kind: str, details: Mapping[str, Any]) -> None:
        self.at = self._execution.history.add(kind, self.at, details)


def _described(child: Execution, *, is_parsed: bool) -> dict[str, Any]:
    """Return what a parent learns of a child that has ended, by name."""
    told = {name: value for name, value in sorted(child.status_detail().items()) if value is not None}
    for name in ("input", "output") if is_parsed else ():
        if name in told:
            told[name] = load_json(told[name])
    return {f"{name[:1].upper()}{name[1:]}": value for name, value in told.items()} | {
        f"{name}Details": {"Included": True} for name in ("Input", "Output") if name.lower() in told
    }


def _ended(what: str, failure: StateFailed) -> str:
    return f"{what}TimedOut" if failure.error == "States.Timeout" else f"{what}Failed"


def _credentials(role_arn: str) -> dict[str, Any]:
    return {"taskCredentials": {"roleArn": role_arn}} if role_arn else {}


def _limits(timeout_s: float | None, heartbeat_s: float | None) -> dict[str, int]:
    named = {"timeoutInSeconds": timeout_s, "heartbeatInSeconds": heartbeat_s}
    return {name: int(value) for name, value in named.items() if value is not None}


def _text(payload: Any) -> str:
    content = payload.read() if hasattr(payload, "read") else payload or b""
    return content if isinstance(content, str) else content.decode()
