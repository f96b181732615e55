"""How is a function called by its URL? Format 2.0, and rules of its own for what goes wrong (recorded)."""

import json
import re
from collections.abc import Awaitable, Mapping
from typing import Any, cast

from msgspec.structs import replace

from eventsim import OUTSIDE, ApiError, FunctionUrl, HttpRequest, HttpResponse, Result, World
from eventsim_sources.gateway import cors, format_v2
from eventsim_sources.gateway.answer import Malformed, plain_response
from eventsim_sources.gateway.arrival import Arrival, Ids, Pairs
from eventsim_sources.gateway.authorizer import access_key, is_signed, signer
from eventsim_sources.gateway.sender import why_not_called
from eventsim_sources.gateway.streamed import streamed_response
from eventsim_sources.gateway.traffic import Traffic

_HOST = re.compile(r"([a-z0-9]+)\.lambda-url\.([a-z0-9-]+)\.")
_SHORT = re.compile(r"/_url/([a-z0-9]+)(/.*|$)")
_JSON = ("Content-Type", "application/json")
_NOT_PUBLIC = (
    "the function's policy does not let everybody call its URL; call lambda.AddPermission with "
    'Action="lambda:InvokeFunctionUrl", Principal="*" and FunctionUrlAuthType="NONE"'
)
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


class FunctionUrls:
    """The front door of every function that has an address of its own.

    With `AWS_IAM` a request must be signed by somebody who may call the URL. With `NONE` the policy of a function that
    the API made must let everybody in, as on AWS: `AddPermission` with `lambda:InvokeFunctionUrl`.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids = Ids(world, "function url")

    def addresses(self) -> Mapping[str, str]:
        """Return the URL of every function that has one, by the function's name."""
        region = self._world.region
        return {
            name: f"https://{identifier}.lambda-url.{region}.on.aws"
            for name, identifier in self._world.function_urls().items()
        }

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether the host, or the start of the path, is one of the functions' here."""
        identifier, _ = self._address(request)
        return bool(identifier) and self._world.function_url(identifier) is not None

    def _address(self, request: HttpRequest) -> tuple[str, str]:
        """Return the id of a function's URL, "" for none, and the path behind it."""
        found = _HOST.match(request.headers.get("host").lower())
        if found is not None:
            return (found[1], request.path) if found[2] == self._world.region else ("", "")
        found = _SHORT.fullmatch(request.path)
        return ("", "") if found is None else (found[1], found[2] or "/")

    def handle(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request: invoke the function and wait for it."""
        identifier, path = self._address(request)
        target = self._world.function_url(identifier) if identifier else None
        if target is None:
            return forbidden()
        allowed = cors.of_settings(target.settings.get("Cors"))
        if allowed is not None and cors.is_preflight(request):
            return cors.preflight(allowed, request, status=200)
        arrival = self._ids.arrival(
            request,
            path=path,
            stage_path=path,
            stage="$default",
            identifier=identifier,
            domain_name=f"{identifier}.lambda-url.{self._world.region}.on.aws",
        )
        return self._answer(arrival, target, allowed)

    async def _answer(self, arrival: Arrival, target: FunctionUrl, allowed: cors.Cors | None) -> HttpResponse:
        has_identity = target.settings.get("AuthType") == "AWS_IAM"
        if has_identity and not is_signed(arrival.headers, arrival.request.query):
            return self._refused(arrival, target, "the URL wants a signature (AuthType AWS_IAM), and there is none")
        refusal = why_not_called(self._world, arrival, self._arn(target)) if has_identity else ""
        if refusal:
            return self._refused(arrival, target, refusal)
        if not (has_identity or target.is_public):
            return self._refused(arrival, target, _NOT_PUBLIC)
        try:
            response = await self._invoke(arrival, target, has_identity=has_identity)
        except ApiError as error:
            response = response_of_refusal(error)
        if allowed is None:
            return response
        headers = cors.overriding(allowed, arrival.request, response.headers)
        return HttpResponse(status=response.status, headers=headers, body=response.body)

    def _arn(self, target: FunctionUrl) -> str:
        name = f"{target.function}:{target.qualifier}" if target.qualifier else target.function
        return f"arn:aws:lambda:{self._world.region}:{self._world.account_id}:function:{name}"

    def _refused(self, arrival: Arrival, target: FunctionUrl, why: str) -> HttpResponse:
        """Return what the client gets, and tell in the trace why."""
        traffic = Traffic(self._world, "function url", target.function)
        visit = traffic.came(arrival.request.method, arrival.path)
        response = forbidden()
        traffic.answered(visit, response.status, why)
        return response

    async def _invoke(self, arrival: Arrival, target: FunctionUrl, *, has_identity: bool) -> HttpResponse:
        world = self._world
        key = access_key(arrival.headers, arrival.request.query)
        event = format_v2.event(
            arrival,
            route_key="$default",
            raw_path=arrival.path,
            account_id=world.account_id if has_identity else "anonymous",
            authorizer={"iam": signer(world.account_id, key)} if has_identity else None,
            request_id=arrival.request_id,
        )
        parameters: dict[str, Any] = {
            "FunctionName": target.function,
            "Payload": json.dumps(event, ensure_ascii=False).encode(),
        }
        if target.qualifier:
            parameters["Qualifier"] = target.qualifier
        streams = target.settings.get("InvokeMode") == "RESPONSE_STREAM"
        operation = "InvokeWithResponseStream" if streams else "Invoke"
        caller = replace(OUTSIDE.under(arrival.trace_id), request_id=arrival.request_id)
        result = world.call("lambda", operation, parameters, caller=caller)
        if not isinstance(result, dict):
            result = await cast("Awaitable[Result]", result)
        return await streamed_response(result, _request_id(result)) if streams else response_of(result)


def response_of(result: Mapping[str, Any]) -> HttpResponse:
    """Return what the client gets for the result of an invocation (recorded)."""
    request_id = _request_id(result)
    if "FunctionError" in result:
        return _failed(request_id)
    text = (result["Payload"] or b"null").decode()
    try:
        return plain_response(format_v2.answer(text), content_type="application/json", more=request_id)
    except Malformed:
        return _failed(request_id)


def _request_id(result: Mapping[str, Any]) -> Pairs:
    request_id = result.get("ResponseMetadata", {}).get("RequestId", "")
    return (("x-amzn-RequestId", request_id),) if request_id else ()


def response_of_refusal(error: ApiError) -> HttpResponse:
    """Return what the client gets when no code ran: the function is gone, or there is no room for it (unconfirmed)."""
    if error.status == 429:
        return _told(429, {**error.fields, "message": error.message}, error.code)
    return forbidden()


def forbidden() -> HttpResponse:
    """Return what the client gets for a URL that leads nowhere (recorded)."""
    return _told(403, {"Message": FORBIDDEN}, "AccessDeniedException")


def _failed(request_id: Pairs) -> HttpResponse:
    headers = (("Content-Type", "text/plain"), *request_id)
    return HttpResponse(status=502, headers=headers, body=b"Internal Server Error")


def _told(status: int, members: Mapping[str, object], error_type: str) -> HttpResponse:
    return HttpResponse(
        status=status, headers=(_JSON, ("x-amzn-ErrorType", error_type)), body=json.dumps(members).encode()
    )
