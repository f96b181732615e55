"""How does a front door call a function? Now, and no longer than it may wait; the function does not notice that."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from eventsim import NO_LINEAGE, ApiError, Attempt, Caller, Failure, Refused, Success, World
from eventsim_sources.delegation import check_delivery
from eventsim_sources.gateway.refusal import Refused as NotLetIn

_PRINCIPAL = "apigateway.amazonaws.com"
_SESSION = "BackplaneAssumeRoleSession"
"""What API Gateway calls its sessions, as users report it."""


class Unanswered(Exception):  # noqa: N818 - a fact, as the field says it
    """A function has given no result; the text says why."""


class TookTooLong(Unanswered):
    """The function goes on, but nobody waits for it any more."""


class NotPermitted(Unanswered):
    """Its policy does not let the caller invoke it, or it is not there."""


class Throttling(Unanswered):
    """There was no room for one more."""


class Failed(Unanswered):
    """It ran and failed.

    Attributes:
        payload: JSON text of the error object.
        message: its `errorMessage`.
    """

    def __init__(self, payload: str, message: str) -> None:
        super().__init__(message)
        self.payload = payload
        self.message = message


async def call_function(
    world: World,
    arn: str,
    event: Mapping[str, Any],
    *,
    timeout_ms: int,
    source_arn: str,
    cause: int,
    trace_header: str = "",
    tenant_id: str = "",
    role_arn: str = "",
    principal: str = _PRINCIPAL,
) -> str:
    """Return a function's result as JSON text.

    Args:
        source_arn: on whose behalf it is called.
        trace_header: X-Ray's header of the request, "" for none.
        tenant_id: the tenant for whom it is called, "" for none.
        role_arn: as whom it is called; if that is "", the function's policy is asked.
        principal: who calls.

    Raises:
        Unanswered: there is none.
        Refused: the role does not trust API Gateway.
    """
    check_assumed(world, role_arn, cause)
    try:
        if role_arn:
            check_delivery(world, arn, caller_in(role_arn, cause=cause))
        else:
            _check_permission(world, arn, principal, source_arn, cause)
        payload = json.dumps(event, ensure_ascii=False)
        attempt = await _attempt(world, arn, payload, timeout_ms, cause, trace_header, tenant_id)
    except ApiError as error:
        if error.status == 429:
            raise Throttling(error.message) from error
        raise NotPermitted(error.message) from error
    match attempt.outcome:
        case Success(payload=payload):
            return payload
        case Failure() as failure:
            raise Failed(failure.payload, failure.message)
        case Refused() as refused:
            raise NotPermitted(refused.message)
        case _:
            raise Throttling(attempt.outcome.reason)


async def stream_function(
    world: World,
    arn: str,
    event: Mapping[str, Any],
    *,
    timeout_ms: int,
    source_arn: str,
    cause: int,
    trace_header: str,
    role_arn: str,
    tenant_id: str = "",
) -> Mapping[str, Any]:
    """Return the answer to `InvokeWithResponseStream`, which is there once the function has begun to answer.

    Raises:
        Unanswered: there is none.
        Refused: the role does not trust API Gateway.
    """
    check_assumed(world, role_arn, cause)
    caller = caller_in(role_arn, cause=cause, trace_header=trace_header)
    parameters: dict[str, Any] = {"FunctionName": arn, "Payload": json.dumps(event, ensure_ascii=False).encode()}
    if tenant_id:
        parameters["TenantId"] = tenant_id
    try:
        if not role_arn:
            _check_permission(world, arn, _PRINCIPAL, source_arn, cause)
        async with asyncio.timeout(timeout_ms / 1000):
            result = world.call("lambda", "InvokeWithResponseStream", parameters, caller=caller)
            return result if isinstance(result, Mapping) else await result
    except TimeoutError as error:
        raise TookTooLong(f"{arn} has not begun to answer within {timeout_ms / 1000:g} s") from error
    except ApiError as error:
        raise (Throttling if error.status == 429 else NotPermitted)(error.message) from error


def caller_in(role_arn: str, *, cause: int = 0, trace_header: str | None = None) -> Caller:
    """Return as whom an integration calls.

    Args:
        role_arn: its credentials, "" for none.
        trace_header: X-Ray's header of the request, "" for none, None if the call bears none in any case.
    """
    lineage = None if trace_header is None else NO_LINEAGE.under(trace_header)
    return Caller(cause=cause, lineage=lineage, role_arn=role_arn, session_name=_SESSION)


def check_assumed(world: World, role_arn: str, cause: int) -> None:
    """See that API Gateway can become the role of an integration.

    Args:
        role_arn: "" for none.

    Raises:
        Refused: it cannot (the log's words are as users report them).
    """
    if role_arn and not world.trusts(role_arn, _PRINCIPAL, cause=cause):
        why = f"API Gateway does not have permission to assume the provided role {role_arn}"
        raise NotLetIn("API_CONFIGURATION_ERROR", why=why)


def _check_permission(world: World, arn: str, principal: str, source_arn: str, cause: int) -> None:
    if not world.permits(arn, principal, source_arn, cause=cause):
        raise NotPermitted(
            f"the policy of {arn} does not let {principal} invoke it for {source_arn}; call lambda.AddPermission "
            f'with Principal="{principal}"'
        )


async def _attempt(
    world: World, arn: str, payload: str, timeout_ms: int, cause: int, trace_header: str, tenant_id: str
) -> Attempt:
    loop = world.clock.loop
    answer: asyncio.Future[Attempt] = loop.create_future()

    def ended(attempt: Attempt) -> None:
        if not answer.done():
            answer.set_result(attempt)

    def expire() -> None:
        if not answer.done():
            answer.set_exception(TookTooLong(f"{arn} has not answered within {timeout_ms / 1000:g} s"))

    lineage = NO_LINEAGE.under(trace_header)
    world.begin_invocation(arn, payload, ended, cause=cause, lineage=lineage, tenant_id=tenant_id)
    timer = loop.call_later(timeout_ms / 1000, expire)
    try:
        return await answer
    finally:
        timer.cancel()
