"""What does the Lambda API answer? The operations by which user code runs other functions."""

import asyncio
import base64
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from eventsim.api import Operation, Request, Result
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.event_queue import EventQueue, decode_event
from eventsim.errors import ApiError
from eventsim.function.function import FunctionName, Functions
from eventsim.invocation import Invocation
from eventsim.limits import CLIENT_CONTEXT_BYTES_MAX, LOG_TAIL_BYTES, SYNC_PAYLOAD_BYTES_MAX
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled
from eventsim.trace import Trace


class LambdaApi:
    """The operations of Lambda on the functions of one simulation."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        functions: Functions,
        dispatch: Dispatch,
        event_queue: EventQueue,
    ) -> None:
        self._clock = clock
        self._trace = trace
        self._functions = functions
        self._dispatch = dispatch
        self._event_queue = event_queue
        self._uuid = chance.uuids("synchronous")
        self._luck = chance.stream("dry run").random

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {"Invoke": self.invoke}

    def invoke(self, request: Request) -> Result | asyncio.Future[Result]:
        """Run a function: now and wait (`RequestResponse`), later (`Event`), or not at all (`DryRun`).

        Raises:
            ApiError: the checks fail, in AWS's order: existence, size, JSON.
        """
        parameters = request.parameters
        name = self._functions.parse_name(str(parameters["FunctionName"]), str(parameters.get("Qualifier") or ""))
        payload = _payload_text(parameters.get("Payload"))
        match parameters.get("InvocationType", "RequestResponse"):
            case "Event":
                lineage, cause = request.caller.lineage, request.entry
                self._event_queue.submit(name.name, name.qualifier, payload, cause=cause, lineage=lineage)
                return {"StatusCode": 202, "Payload": b""}
            case "DryRun":
                self._functions.resolve(name.name, name.qualifier, self._luck)
                _check_size(payload)
                decode_event(payload or "{}")
                return {"StatusCode": 204, "Payload": b""}
            case _:
                return self._invoke_and_wait(request, name, payload)

    def _invoke_and_wait(self, request: Request, name: FunctionName, payload: str) -> asyncio.Future[Result]:
        self._functions.resolve(name.name, name.qualifier, self._luck)
        size_bytes = _check_size(payload)
        invocation = Invocation(
            function=name.name,
            qualifier=name.qualifier,
            request_id=self._uuid(),
            event=decode_event(payload or "{}"),
            mode="synchronous",
            subject=self._trace.new_subject("invocation", "i"),
            cause=request.entry,
            lineage=request.caller.lineage,
            client_context=_client_context(request.parameters.get("ClientContext")),
            size_bytes=size_bytes,
        )
        answer: asyncio.Future[Result] = self._clock.loop.create_future()
        wants_log = request.parameters.get("LogType") == "Tail"

        def done(attempt: Attempt) -> None:
            if answer.cancelled():  # whoever asked is gone
                return
            try:
                answer.set_result(_result(attempt, wants_log=wants_log))
            except ApiError as error:
                answer.set_exception(error)

        # A step of its own: the caller may be a handler, and one handler must not run inside another.
        self._clock.soon(partial(self._dispatch.invoke, invocation), done)
        return answer


def _payload_text(payload: Any) -> str:
    content = payload.read() if hasattr(payload, "read") else payload or b""
    try:
        return content if isinstance(content, str) else content.decode()
    except UnicodeDecodeError as error:
        raise ApiError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
            fields={"Type": "User"},
        ) from error


def _check_size(payload: str) -> int:
    size_bytes = len(payload.encode())
    if size_bytes > SYNC_PAYLOAD_BYTES_MAX:
        message = f"Request must be smaller than {SYNC_PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation"
        raise ApiError("RequestTooLargeException", message, status=413, fields={"Type": "User"})
    return size_bytes


def _client_context(text: Any) -> Any:
    """Decode a client context as the API takes it: JSON in base64."""
    if not text:
        return None
    if len(text) > CLIENT_CONTEXT_BYTES_MAX:
        message = f"Client context must be smaller than {CLIENT_CONTEXT_BYTES_MAX} bytes"
        raise ApiError("InvalidParameterValueException", message, fields={"Type": "User"})
    try:
        return msgspec.json.decode(base64.b64decode(text, validate=True))
    except ValueError as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise ApiError("InvalidRequestContentException", message, fields={"Type": "User"}) from error


def _result(attempt: Attempt, *, wants_log: bool) -> Result:
    match attempt.outcome:
        case Throttled(reason=reason):
            fields = {"Reason": reason, "Type": "User"}
            raise ApiError("TooManyRequestsException", "Rate Exceeded.", status=429, fields=fields)
        case Refused(code=code, message=message):
            raise ApiError(code, message, fields={"Type": "User"})
        case Success(payload=payload):
            result: dict[str, Any] = {"StatusCode": 200, "Payload": payload.encode()}
        case Failure(payload=payload):
            result = {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": payload.encode()}
    result["ExecutedVersion"] = attempt.executed_version
    if wants_log:
        result["LogResult"] = base64.b64encode(attempt.log.encode()[-LOG_TAIL_BYTES:]).decode()
    return result
