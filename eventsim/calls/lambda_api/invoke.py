"""How does the API run functions? Now and wait, later, or not at all."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import msgspec

from eventsim.api import Request, Result
from eventsim.calls.inert import not_simulated
from eventsim.calls.lambda_api.errors import conflict, invalid
from eventsim.calls.lambda_api.service import Service
from eventsim.dispatch.payload import bad_payload, check_async_size, decode_event
from eventsim.envelope import Lineage
from eventsim.environment.logs import log_tail
from eventsim.errors import ApiError
from eventsim.function.function import FunctionName
from eventsim.function.tenancy import check_tenant
from eventsim.invocation import Invocation, Piece, Sink
from eventsim.limits import CLIENT_CONTEXT_BYTES_MAX, DURABLE_SYNC_TIMEOUT_S_MAX, SYNC_PAYLOAD_BYTES_MAX
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled


def invoke(service: Service, request: Request) -> Result | asyncio.Future[Result]:
    """Run a function: now and wait (`RequestResponse`), later (`Event`), or not at all (`DryRun`).

    Raises:
        ApiError: the checks fail, in AWS's order: existence, size, JSON; whether it names a tenant is checked with the
            first (unconfirmed).
    """
    name = service.name_in(request)
    payload = payload_text(request.parameters.get("Payload"))
    _check_active(service, name)
    if is_durable(service, name):
        return _invoke_durable(service, request, name, payload)
    if request.parameters.get("DurableExecutionName"):  # unconfirmed wording
        raise invalid("A durable execution name can only be given for a durable function.")
    match request.parameters.get("InvocationType", "RequestResponse"):
        case "Event":
            return _submit(service, request, name, payload)
        case "DryRun":
            check_tenant(service.functions.resolve(name.name, name.qualifier, service.luck), _tenant_id(request))
            _check_size(payload)
            decode_event(payload or "{}")
            return {"StatusCode": 204, "Payload": b""}
        case _:
            service.check_assumed(name.name)
            wants_log = request.parameters.get("LogType") == "Tail"
            return _invoke_and_wait(service, request, name, payload, partial(_result, wants_log=wants_log))


def is_durable(service: Service, name: FunctionName) -> bool:
    """Tell whether an invocation begins a durable execution.

    Raises:
        ApiError: there is no such function, version or alias.
    """
    return service.functions.resolve(name.name, name.qualifier, lambda: 1.0).durable is not None


def _invoke_durable(
    service: Service, request: Request, name: FunctionName, payload: str
) -> Result | asyncio.Future[Result]:
    """Begin a durable execution, and wait for it unless it is to run by itself; AWS's words as users report them."""
    if not name.qualifier:
        raise invalid("You cannot invoke a durable function using an unqualified ARN.")
    version = service.functions.resolve(name.name, name.qualifier, service.luck)
    kind = request.parameters.get("InvocationType", "RequestResponse")
    is_async = kind == "Event"
    assert version.durable is not None
    if kind == "RequestResponse" and version.durable.execution_timeout_s > DURABLE_SYNC_TIMEOUT_S_MAX:
        raise invalid(
            "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."
        )
    check_size = check_async_size if is_async else _check_size
    check_size(payload)
    decode_event(payload or "{}")
    if kind == "DryRun":
        return {"StatusCode": 204, "Payload": b""}
    answer: asyncio.Future[Result] = service.clock.loop.create_future()
    request_id = request.caller.request_id or service.request_id()

    def told(attempt: Attempt) -> Result:
        return {**_result(attempt, wants_log=False), "DurableExecutionArn": attempt.durable_execution_arn}

    done, _ = _ways_to_answer(answer, told, lambda: request_id)
    run = service.durable.begin(
        version,
        payload or "{}",
        mode="asynchronous" if is_async else "synchronous",
        request_id=request_id,
        name=str(request.parameters.get("DurableExecutionName") or ""),
        qualifier=name.qualifier,
        cause=request.entry,
        lineage=request.caller.lineage,
        tenant_id=_tenant_id(request),
        done=None if is_async else done,
    )
    if not is_async:
        return answer
    arn = run.execution.start.arn
    return {"StatusCode": 202, "Payload": b"", "DurableExecutionArn": arn, **_metadata(request_id)}


def invoke_async(service: Service, request: Request) -> Result:
    """Run a function later: the old form of `InvocationType=Event`."""
    name = service.name_in(request)
    _check_active(service, name)
    _submit(service, request, name, payload_text(request.parameters["InvokeArgs"]))
    return {"Status": 202}


def invoke_with_response_stream(service: Service, request: Request) -> Result | asyncio.Future[Result]:
    """Run a function and give its result as a stream: as it is written, or in one piece where nothing is (documented).

    The answer begins with the first piece, so what is wrong by then is an error, and what goes wrong later comes last.
    """
    name = service.name_in(request)
    payload = payload_text(request.parameters.get("Payload"))
    _check_active(service, name)
    match request.parameters.get("InvocationType", "RequestResponse"):
        case "DryRun":
            check_tenant(service.functions.resolve(name.name, name.qualifier, service.luck), _tenant_id(request))
            return {"StatusCode": 204, "EventStream": []}
        case "RequestResponse":
            service.check_assumed(name.name)
            wants_log = request.parameters.get("LogType") == "Tail"
            return _invoke_and_stream(service, request, name, payload, wants_log=wants_log)
        case other:
            raise not_simulated(request, f"InvocationType={other}")


def _check_active(service: Service, name: FunctionName) -> None:
    if service.is_pending(name):
        raise conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending"
        )


def _submit(service: Service, request: Request, name: FunctionName, payload: str) -> Result:
    lineage, cause = request.caller.lineage, request.entry
    request_id = service.event_queue.submit(
        name.name, name.qualifier, payload, cause=cause, lineage=lineage, tenant_id=_tenant_id(request)
    )
    return {"StatusCode": 202, "Payload": b"", **_metadata(request_id)}


def _metadata(request_id: str) -> Result:
    """Let the request have the id of the invocation (recorded: they are the same)."""
    return {"ResponseMetadata": {"RequestId": request_id}}


def _invoke_and_wait(
    service: Service, request: Request, name: FunctionName, payload: str, answered: Callable[[Attempt], Result]
) -> asyncio.Future[Result]:
    answer: asyncio.Future[Result] = service.clock.loop.create_future()
    done, failed = _ways_to_answer(answer, answered, lambda: request_id)
    request_id = _begin_asked(service, request, name, payload, done, failed)
    return answer


def _ways_to_answer(
    answer: "asyncio.Future[Result]", answered: Callable[[Attempt], Result], request_id: Callable[[], str]
) -> tuple[Callable[[Attempt], None], Callable[[ApiError], None]]:
    """Return what tells a caller of an attempt, and what tells of an error; both are silent when the caller is gone."""

    def done(attempt: Attempt) -> None:
        if answer.cancelled():
            return
        try:
            answer.set_result({**answered(attempt), **_metadata(request_id())})
        except ApiError as error:
            answer.set_exception(error)

    def failed(error: ApiError) -> None:
        if not answer.cancelled():
            answer.set_exception(error)

    return done, failed


def _invoke_and_stream(
    service: Service, request: Request, name: FunctionName, payload: str, *, wants_log: bool
) -> asyncio.Future[Result]:
    answer: asyncio.Future[Result] = service.clock.loop.create_future()
    events: asyncio.Queue[Result | None] = asyncio.Queue()  # no more than a function may stream
    has_begun = False

    def take(piece: Piece) -> None:
        nonlocal has_begun
        if not (has_begun or answer.done()):
            answer.set_result(
                {
                    "StatusCode": 200,
                    "ExecutedVersion": piece.executed_version,
                    "ResponseStreamContentType": piece.content_type,
                    "EventStream": _until_none(events),
                    **_metadata(request_id),
                }
            )
        has_begun = True
        events.put_nowait({"PayloadChunk": {"Payload": piece.data}})

    def done(attempt: Attempt) -> None:
        if has_begun:
            events.put_nowait({"InvokeComplete": _complete(attempt, wants_log=wants_log)})
            events.put_nowait(None)
        else:
            tell(attempt)

    tell, failed = _ways_to_answer(answer, lambda attempt: _whole(attempt, wants_log=wants_log), lambda: request_id)
    request_id = _begin_asked(service, request, name, payload, done, failed, take)
    return answer


async def _until_none(events: "asyncio.Queue[Result | None]") -> AsyncIterator[Result]:
    while (event := await events.get()) is not None:
        yield event


def _begin_asked(
    service: Service,
    request: Request,
    name: FunctionName,
    payload: str,
    done: Callable[[Attempt], None],
    failed: Callable[[ApiError], None],
    sink: Sink | None = None,
) -> str:
    """Run a function as a request asks for it, and return the id of the request."""
    return _begin(
        service,
        name,
        payload,
        done,
        failed,
        cause=request.entry,
        lineage=request.caller.lineage,
        client_context=_client_context(request.parameters.get("ClientContext")),
        tenant_id=_tenant_id(request),
        request_id=request.caller.request_id,
        sink=sink,
    )


def _tenant_id(request: Request) -> str:
    return str(request.parameters.get("TenantId") or "")


def begin_invocation(
    service: Service,
    name: FunctionName,
    payload: str,
    ended: Callable[[Attempt], None],
    *,
    cause: int,
    lineage: Lineage | None,
    tenant_id: str = "",
    sink: Sink | None = None,
) -> None:
    """Run a function on behalf of a front door or an enrichment, in a step of its own.

    Raises:
        ApiError: the checks fail, in AWS's order: existence and tenant, size, JSON.
    """

    def failed(error: ApiError) -> None:
        ended(Attempt(outcome=Refused(error.code, error.message)))

    _begin(service, name, payload, ended, failed, cause=cause, lineage=lineage, tenant_id=tenant_id, sink=sink)


def _begin(
    service: Service,
    name: FunctionName,
    payload: str,
    done: Callable[[Attempt], None],
    failed: Callable[[ApiError], None],
    *,
    cause: int,
    lineage: Lineage | None,
    client_context: Any = None,
    tenant_id: str = "",
    request_id: str = "",
    sink: Sink | None = None,
) -> str:
    """Run a function and return the id of the request; it is a step of its own, since one handler must not run inside
    another.

    Args:
        failed: told if the function was deleted in the meantime.
        sink: takes what the function streams.
    """
    check_tenant(service.functions.resolve(name.name, name.qualifier, service.luck), tenant_id)
    invocation = Invocation(
        size_bytes=_check_size(payload),
        function=name.name,
        qualifier=name.qualifier,
        request_id=request_id or service.request_id(),
        event=decode_event(payload or "{}"),
        mode="synchronous",
        subject=service.trace.new_subject("invocation", "i"),
        cause=cause,
        lineage=lineage,
        client_context=client_context,
        tenant_id=tenant_id,
        sink=sink,
    )

    def begin(_: None) -> None:
        try:
            service.dispatch.invoke(invocation, done)
        except ApiError as error:
            failed(error)

    service.clock.soon(begin, None)
    return invocation.request_id


def payload_text(payload: Any) -> str:
    """Return a payload as text, in whichever form a client gives it.

    Raises:
        ApiError: it is not UTF-8.
    """
    content = payload.read() if hasattr(payload, "read") else payload or b""
    try:
        return content if isinstance(content, str) else content.decode()
    except UnicodeDecodeError as error:
        raise bad_payload(f"Invalid UTF-8 start byte 0x{content[error.start]:x}") from error


def _check_size(payload: str) -> int:
    size_bytes = len(payload.encode())
    if size_bytes > SYNC_PAYLOAD_BYTES_MAX:
        message = f"Request must be smaller than {SYNC_PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation"
        raise ApiError("RequestTooLargeException", message, status=413, fields={"Type": "User"})
    return size_bytes


def _client_context(text: Any) -> dict[str, Any] | None:
    """Decode a client context as the API takes it: an object of JSON in base64."""
    if not text:
        return None
    if len(text) > CLIENT_CONTEXT_BYTES_MAX:
        message = f"Client context must be smaller than {CLIENT_CONTEXT_BYTES_MAX} bytes"
        raise ApiError("InvalidParameterValueException", message, fields={"Type": "User"})
    try:
        context = msgspec.json.decode(base64.b64decode(text, validate=True), type=dict[str, Any])
        msgspec.convert(context.get("client"), dict[str, Any] | None)  # where AWS's Python fails
    except (ValueError, RecursionError) as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise ApiError("InvalidRequestContentException", message, fields={"Type": "User"}) from error
    return context


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
        result["LogResult"] = base64.b64encode(log_tail(attempt.log)).decode()
    return result


def _whole(attempt: Attempt, *, wants_log: bool) -> Result:
    """Return a stream of all that there is, where nothing was streamed."""
    result = dict(_result(attempt, wants_log=False))
    payload, failed = result.pop("Payload"), result.pop("FunctionError", None)
    chunks = [] if failed else [{"PayloadChunk": {"Payload": payload}}]
    return {
        **result,
        "ResponseStreamContentType": "application/octet-stream",
        "EventStream": [*chunks, {"InvokeComplete": _complete(attempt, wants_log=wants_log)}],
    }


def _complete(attempt: Attempt, *, wants_log: bool) -> Result:
    """Return the event that ends a stream."""
    result = _result(attempt, wants_log=wants_log)
    complete = {}
    if isinstance(attempt.outcome, Failure):
        complete = {"ErrorCode": result["FunctionError"], "ErrorDetails": attempt.outcome.payload}
    if wants_log:
        complete["LogResult"] = result["LogResult"]
    return complete
