"""How does one service ask another as it stands on the wire? An HTTP request becomes a call, its result a response.

Integrations of a gateway are such requests: `Action=SendMessage&MessageBody=…` to a queue's path, or JSON for
`PutItem`. They are answered as AWS's own endpoints would answer them, to the letter.
"""

import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec.structs import replace

from eventsim.api import Caller, Result
from eventsim.errors import ApiError, NotSimulated
from eventsim.wire.answer import answer_preflight, decode, encode, refuse_expired, s3_resource
from eventsim.wire.cors import Rules, allowance
from eventsim.wire.exchange import Call
from eventsim.wire.http import HttpRequest, HttpResponse, Pairs, with_headers
from eventsim.wire.models import find_service
from eventsim.wire.route import Home
from eventsim.wire.services import service_signed


def ask_service(
    carry_out: Callable[..., Result | Awaitable[Result]],
    request: HttpRequest,
    *,
    service: str,
    action: str,
    home: Home,
    request_id: str,
    caller: Caller,
) -> HttpResponse | Awaitable[HttpResponse]:
    """Answer a request to a service.

    Args:
        carry_out: carries out an operation.
        service: by its signing name: `sqs`, `states`, `events`.
        action: the operation, "" if the request names it.
        home: whose account and region it is.
    """
    call = decode(_addressed(request, service, action, home), request_id=request_id, home=home)
    if isinstance(call, HttpResponse):
        return call
    return _carried_out(carry_out, call, caller)


async def _answered(call: Call, result: Awaitable[Result]) -> HttpResponse:
    try:
        return encode(call, await result)
    except (ApiError, NotSimulated) as error:
        return encode(call, _as_api_error(error))


def _as_api_error(error: ApiError | NotSimulated) -> ApiError:
    return error if isinstance(error, ApiError) else ApiError("NotImplemented", str(error), status=501)


def ask_endpoint(
    carry_out: Callable[..., Result | Awaitable[Result]],
    request: HttpRequest,
    *,
    cors_rules: Callable[[str], Rules | None],
    home: Home,
    now: datetime,
    request_id: str,
    caller: Caller,
) -> HttpResponse | Awaitable[HttpResponse]:
    """Answer a request that somebody sent to a service's own endpoint, with a presigned URL for example.

    Args:
        carry_out: carries out an operation.
        cors_rules: returns which pages of other origins may ask a bucket, None if there is no such bucket.
        home: whose account and region it is.
        now: the time by which URLs expire.
    """
    allowed: Pairs = ()
    if "origin" in request.headers or request.method == "OPTIONS":
        bucket, key = s3_resource(request, home) or ("", "")
        rules = cors_rules(bucket) if bucket else None
        if bucket and request.method == "OPTIONS":
            return answer_preflight(request, rules, is_about_object=bool(key), request_id=request_id, home=home)
        allowed = allowance(rules or (), request.headers.get("origin"), request.method)
    return with_headers(_answer_endpoint(carry_out, request, home, now, request_id, caller), allowed)


def _answer_endpoint(
    carry_out: Callable[..., Result | Awaitable[Result]],
    request: HttpRequest,
    home: Home,
    now: datetime,
    request_id: str,
    caller: Caller,
) -> HttpResponse | Awaitable[HttpResponse]:
    call = decode(request, request_id=request_id, home=home)
    if isinstance(call, HttpResponse):
        return call
    expired = refuse_expired(call, now)
    if not call.exchange.access_key_id:
        caller = replace(caller, is_anonymous=True)
    return _carried_out(carry_out, call, caller) if expired is None else expired


def _carried_out(
    carry_out: Callable[..., Result | Awaitable[Result]], call: Call, caller: Caller
) -> HttpResponse | Awaitable[HttpResponse]:
    exchange = call.exchange
    caller = caller.bearing(exchange.session_token, exchange.access_key_id).under(exchange.trace_header)
    client = {"region": exchange.region, "account_id": exchange.account_id}
    try:
        result = carry_out(exchange.service.name, call.operation_name, call.parameters, **client, caller=caller)
    except (ApiError, NotSimulated) as error:
        return encode(call, _as_api_error(error))
    return _answered(call, result) if inspect.isawaitable(result) else encode(call, result)


def _addressed(request: HttpRequest, service: str, action: str, home: Home) -> HttpRequest:
    """Return the request as that service's endpoint would see it: signed, with its target."""
    scope = f"{home.account_id}/20260101/{home.region}/{service}/aws4_request"
    changes: dict[str, str | None] = {
        "host": f"{service}.{home.region}.amazonaws.com",
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
        "accept-encoding": None,
    }
    query = request.query
    if action:
        model = find_service(service_signed(service, "", "/", ""))
        is_form = model is not None and model.is_query_compatible and (request.query or request.body[:1] != b"{")
        if model is not None and model.target_prefix and not is_form:
            changes["x-amz-target"] = f"{model.target_prefix}.{action}"
            changes["content-type"] = f"application/x-amz-json-{model.json_version}"
        elif model is not None:
            query = "&".join(each for each in (query, f"Action={action}&Version={model.api_version}") if each)
    return HttpRequest(
        method=request.method,
        path=request.path,
        query=query,
        headers=request.headers.with_changes(changes),
        body=request.body or (b"{}" if "x-amz-target" in changes else b""),
    )
