"""What does a function get from a load balancer, and what may it answer? One value for each name, or lists."""

from typing import Any

from eventsim import HttpRequest, load_json
from eventsim_sources.gateway.answer import Answer, Malformed, header_text, status_of
from eventsim_sources.gateway.arrival import SOURCE_IP
from eventsim_sources.gateway.body import by_content_type


def forwarded(request: HttpRequest, *, trace_id: str, port: int) -> dict[str, str]:
    """Return the headers by which a target knows where a request came from."""
    before = request.headers.get("x-forwarded-for")
    return {
        "x-amzn-trace-id": trace_id,
        "x-forwarded-for": f"{before}, {SOURCE_IP}" if before else SOURCE_IP,
        "x-forwarded-port": str(port),
        "x-forwarded-proto": "https" if port == 443 else "http",
    }


def event(request: HttpRequest, *, group_arn: str, trace_id: str, has_many_values: bool, port: int) -> dict[str, Any]:
    """Return the event for a request; query values stay encoded, header names are in small letters."""
    added = forwarded(request, trace_id=trace_id, port=port)
    headers = [(name.lower(), value) for name, value in request.headers.pairs if name.lower() not in added]
    headers += added.items()
    query = [part.partition("=")[::2] for part in request.query.split("&") if part]
    made: dict[str, Any] = {
        "requestContext": {"elb": {"targetGroupArn": group_arn}},
        "httpMethod": request.method,
        "path": request.path,
    }
    if has_many_values:
        made["multiValueQueryStringParameters"] = _lists(query)
        made["multiValueHeaders"] = _lists(headers)
    else:
        made["queryStringParameters"] = dict(query)
        made["headers"] = dict(headers)
    made["body"], made["isBase64Encoded"] = (
        by_content_type(request.body, request.headers) if request.body else ("", False)
    )
    return made


def _lists(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists


def answer(result: str, *, has_many_values: bool) -> Answer:
    """Return what a handler's result, as JSON text, describes.

    Raises:
        Malformed: it does not describe a response.
    """
    described = load_json(result)
    if not isinstance(described, dict) or described.get("statusCode") is None:
        raise Malformed("the result has no statusCode")
    given = described.get("multiValueHeaders" if has_many_values else "headers") or {}
    if not isinstance(given, dict):
        raise Malformed("the headers are no object")
    headers: list[tuple[str, str]] = []
    for name, value in given.items():
        values = value if has_many_values else [value]
        if not isinstance(values, list):
            raise Malformed(f"multiValueHeaders has no list for {name!r:.80}")
        headers += [(name, header_text(each)) for each in values]
    body = described.get("body")
    if body is not None and not isinstance(body, str):
        raise Malformed("the body is no string")
    return Answer(
        status=status_of(described["statusCode"]),
        headers=tuple(headers),
        body=body or "",
        is_base64=described.get("isBase64Encoded") is True,
    )
