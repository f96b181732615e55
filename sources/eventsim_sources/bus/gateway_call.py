"""How does a target that is an API of API Gateway get an event? By a signed request to a stage of it."""

import re
from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, World
from eventsim_sources.bus.http_parameters import filled, with_path, with_query
from eventsim_sources.bus.outgoing import Answered, OutgoingRequest, ask_door

_ARN = re.compile(
    r"arn:[\w-]+:execute-api:(?P<region>[\w-]+):\d{12}:(?P<api>\w+)/(?P<stage>[^/]+)/(?P<method>[A-Z]+|\*)(?P<path>/.*)?"
)
_CONTENT_TYPE = "application/json; charset=utf-8"


async def call_api(
    world: World,
    arn: str,
    text: str,
    document: Mapping[str, Any],
    parameters: Mapping[str, Any],
    *,
    trace_header: str = "",
) -> Answered:
    """Call a method of an API and return what is answered.

    Args:
        arn: the method: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/POST/orders/*`.
        document: the event, from which `HttpParameters` are filled.
        parameters: those.
        trace_header: X-Ray's header of the event, "" for none.

    Raises:
        ApiError: the ARN names no method, there is no such API, or no answer in time.
    """
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise ApiError("INVALID_PARAMETER", f"{arn} names no method of an API")
    path = with_path(parts["path"] or "/", parameters.get("PathParameterValues") or (), document)
    stage = "" if parts["stage"] == "$default" else f"/{parts['stage']}"
    host = f"{parts['api']}.execute-api.{parts['region']}.amazonaws.com"
    scope = f"ASIAEVENTSIMEXAMPLE0/20260101/{parts['region']}/execute-api/aws4_request"
    request = OutgoingRequest(
        method="POST" if parts["method"] == "*" else parts["method"],
        url=with_query(f"https://{host}{stage}{path}", filled(parameters.get("QueryStringParameters") or {}, document)),
        headers={
            "Content-Type": _CONTENT_TYPE,
            **filled(parameters.get("HeaderParameters") or {}, document),
            **({"X-Amzn-Trace-Id": trace_header} if trace_header else {}),
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
        },
        body=text,
        at_us=world.clock.now_us,
    )
    answered = await ask_door(world, request)
    if answered is None:
        raise ApiError("NO_RESOURCE", f"there is no API {parts['api']} with a stage {parts['stage']}", status=404)
    return answered
