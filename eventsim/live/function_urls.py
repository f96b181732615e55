"""How is a function called by its URL? A request becomes an event of format 2.0, a result becomes a response.

The event is that of API Gateway's HTTP APIs with a route of `$default`; what a result means is recorded. Permissions
and CORS of a URL are not simulated: whoever has it may call it, and a preflight reaches the function.
"""

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from eventsim.errors import ApiError
from eventsim.wire.http import HttpRequest, HttpResponse

_AWS = re.compile(r"https://([a-z0-9]+\.lambda-url\.[a-z0-9-]+)\.on\.aws/")
_TEXT = re.compile(r"text/.*|application/(?:json|javascript|xml|.*\+json|.*\+xml)")
"""Types whose bodies stay text; forms do not (unconfirmed), nor what has an encoding of its content."""
_SERVERS_OWN = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding"})
"""Headers that a handler cannot set: they belong to the connection."""

FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


def event_of(request: HttpRequest, *, identifier: str, region: str, request_id: str, at: datetime) -> dict[str, Any]:
    """Return the event for a request; members that have nothing to say are left out."""
    headers = dict(request.headers.items())
    cookies = headers.pop("cookie", "")
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {**headers, "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "443", "x-forwarded-proto": "https"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": identifier,
            "domainName": f"{identifier}.lambda-url.{region}.on.aws",
            "domainPrefix": identifier,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": f"{at:%d/%b/%Y:%H:%M:%S} +0000",
            "timeEpoch": round(at.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies.split("; ")
    if query:
        event["queryStringParameters"] = query
    if request.body:
        event["body"], event["isBase64Encoded"] = _body_of(request)
    return event


def response_of(result: Mapping[str, Any]) -> HttpResponse:
    """Return what the client gets for the result of an invocation (recorded)."""
    if "FunctionError" in result:
        return _failed()
    answer = json.loads(result["Payload"] or b"null")
    if not isinstance(answer, dict) or "statusCode" not in answer:
        body = answer if isinstance(answer, str) else json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
        return HttpResponse(status=200, headers=(("Content-Type", "application/json"),), body=body.encode())
    try:
        return _described(answer)
    except (TypeError, ValueError, AttributeError):
        return _failed()


def refusal(error: ApiError) -> HttpResponse:
    """Return what the client gets when no code ran: the function is gone, or there is no room for it (unconfirmed)."""
    if error.status == 429:
        return _json(429, {**error.fields, "message": error.message}, error.code)
    return forbidden()


def forbidden() -> HttpResponse:
    """Return what the client gets for a URL that leads nowhere (recorded)."""
    return _json(403, {"Message": FORBIDDEN}, "AccessDeniedException")


def at_host(result: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """Return a result of Lambda with its functions' URLs at this server."""
    if "FunctionUrl" in result:
        port = host.rpartition(":")[2] if re.search(r":\d+$", host) else "80"
        return {**result, "FunctionUrl": _AWS.sub(rf"http://\1.localhost:{port}/", str(result["FunctionUrl"]))}
    if "FunctionUrlConfigs" in result:
        return {**result, "FunctionUrlConfigs": [at_host(each, host) for each in result["FunctionUrlConfigs"]]}
    return result


def _body_of(request: HttpRequest) -> tuple[str, bool]:
    headers = request.headers
    kind = headers.get("content-type").partition(";")[0].strip().lower()
    if "content-encoding" not in headers and (not kind or _TEXT.fullmatch(kind)):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _described(answer: Mapping[str, Any]) -> HttpResponse:
    status = int(answer["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError("no status")
    given = {str(name): _text(value) for name, value in (answer.get("headers") or {}).items()}
    headers = [(name, value) for name, value in given.items() if name.lower() not in _SERVERS_OWN]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    headers += [("Set-Cookie", str(cookie)) for cookie in answer.get("cookies") or []]
    if any("\r" in text or "\n" in text for pair in headers for text in pair):
        raise ValueError("a header holds a line break")
    body = answer.get("body")
    text = "" if body is None else _text(body)
    content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    return HttpResponse(status=status, headers=tuple(headers), body=content)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _failed() -> HttpResponse:
    return HttpResponse(status=502, headers=(("Content-Type", "text/plain"),), body=b"Internal Server Error")


def _json(status: int, members: Mapping[str, object], error_type: str) -> HttpResponse:
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", error_type))
    return HttpResponse(status=status, headers=headers, body=json.dumps(members).encode())
