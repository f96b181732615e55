"""How does an event become a request to a web program, and its response the function's answer?

As AWS's Lambda Web Adapter has it: events of API Gateway, function URLs and load balancers are the requests that they
tell of, and any other event is posted as it is, to a path of its own.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

Pairs = Sequence[tuple[str, str]]

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_ENDINGS = ("+json", "+xml", "; charset=utf-8", ";charset=utf-8")
_NOT_PASSED_ON = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))


class Settings(Struct, frozen=True, kw_only=True):
    """What variables of a function say to the adapter.

    Attributes:
        port: where the program listens.
        ready_port, ready_path: where it is asked whether it is ready.
        is_asked_by_http: whether it must answer there; else it is ready once it listens.
        unhealthy_from: the least status that says that it is not.
        base_path: left out of the paths of requests.
        events_path: where other events go.
        authorization: the header whose value stands for `Authorization`, "" for none.
        errors: statuses by which an invocation fails.
        streams: whether answers are streamed.
    """

    port: int
    ready_port: int
    ready_path: str
    is_asked_by_http: bool
    unhealthy_from: int
    base_path: str
    events_path: str
    authorization: str
    errors: frozenset[int]
    streams: bool


def settings_of(environ: Mapping[str, str]) -> Settings:
    """Return what variables say; the older names have no prefix.

    Raises:
        ValueError: a number is none.
    """

    def value(name: str, default: str) -> str:
        return environ.get(f"AWS_LWA_{name}") or environ.get(name) or default

    port = value("PORT", "8080")
    return Settings(
        port=int(port),
        ready_port=int(value("READINESS_CHECK_PORT", port)),
        ready_path=value("READINESS_CHECK_PATH", "/"),
        is_asked_by_http=value("READINESS_CHECK_PROTOCOL", "http").lower() != "tcp",
        unhealthy_from=int(value("READINESS_CHECK_MIN_UNHEALTHY_STATUS", "500")),
        base_path=value("REMOVE_BASE_PATH", ""),
        events_path=f"/{value('PASS_THROUGH_PATH', '/events').removeprefix('/')}",
        authorization=value("AUTHORIZATION_SOURCE", "").lower(),
        errors=frozenset(_statuses(value("ERROR_STATUS_CODES", ""))),
        streams=value("INVOKE_MODE", "").lower() == "response_stream",
    )


def _statuses(text: str) -> Iterable[int]:
    """Yield the statuses of a list such as `500,502-504`."""
    for part in filter(None, text.replace(" ", "").split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


class WebRequest(Struct, frozen=True, kw_only=True):
    """A request to the program."""

    method: str
    target: str
    headers: Pairs
    body: bytes


class WebResponse(Struct, frozen=True, kw_only=True):
    """What the program answered."""

    status: int
    headers: Pairs
    body: bytes


def request_of(event: Any, context: Mapping[str, Any], settings: Settings) -> WebRequest:
    """Return the request that an event tells of, or that hands it over.

    Args:
        context: what the program is told of the invocation, in a header.
    """
    form = _form_of(event)
    told = [("x-amzn-lambda-context", json.dumps(context, separators=(",", ":")))]
    if form == "other":
        whole = json.dumps(event, separators=(",", ":")).encode()
        headers = [("content-type", "application/json"), *told]
        return WebRequest(method="POST", target=settings.events_path, headers=headers, body=whole)
    about = event["requestContext"]
    told.append(("x-amzn-request-context", json.dumps(about, separators=(",", ":"))))
    method = about["http"]["method"] if form == "http" else event["httpMethod"]
    path = str(event.get("rawPath" if form == "http" else "path") or "/")
    if settings.base_path and path.startswith(settings.base_path):
        path = f"/{path.removeprefix(settings.base_path).removeprefix('/')}"
    query = _query(event, form)
    body = str(event.get("body") or "")
    return WebRequest(
        method=method,
        target=f"{path}?{query}" if query else path,
        headers=[*_with_authorization(_headers(event), settings), *told],
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
    )


def answer_of(event: Any, response: WebResponse) -> Any:
    """Return what the function answers.

    Raises:
        ValueError: the event was no request, and the program has not answered in JSON.
    """
    form = _form_of(event)
    if form == "other":
        return json.loads(response.body) if response.body else None
    is_text = _is_text(response)
    body = response.body.decode("utf-8", "replace") if is_text else base64.b64encode(response.body).decode()
    answer: dict[str, Any] = {"statusCode": response.status, "body": body, "isBase64Encoded": not is_text}
    if form == "http":
        return {**answer, **_headers_and_cookies(response)}
    listed: dict[str, list[str]] = {}
    for name, value in _passed_on(response):
        listed.setdefault(name, []).append(value)
    if form == "rest":
        return {**answer, "multiValueHeaders": listed}
    single = {name: values[-1] for name, values in listed.items()}
    described = f"{response.status} {_phrase(response.status)}".strip()
    return {**answer, "statusDescription": described, "headers": single, "multiValueHeaders": listed}


def prelude_of(response: WebResponse) -> bytes:
    """Return what a streamed answer begins with: its status and its headers, and eight zeros (documented)."""
    told = {"statusCode": response.status, **_headers_and_cookies(response)}
    return json.dumps(told, separators=(",", ":")).encode() + bytes(8)


def _form_of(event: Any) -> str:
    """Return of whose form an event is: `http`, `rest`, `balancer` or `other`."""
    about = event.get("requestContext") if isinstance(event, dict) else None
    if not isinstance(about, dict):
        return "other"
    if isinstance(about.get("http"), dict):
        return "http"
    if "httpMethod" not in event:
        return "other"
    return "balancer" if "elb" in about else "rest"


def _query(event: Mapping[str, Any], form: str) -> str:
    if form == "http":
        return str(event.get("rawQueryString") or "")
    pairs = _pairs(event, "multiValueQueryStringParameters", "queryStringParameters")
    if form == "balancer":  # which hands them on as they came
        return "&".join(f"{name}={value}" for name, value in pairs)
    return urlencode(pairs)


def _pairs(event: Mapping[str, Any], many: str, single: str) -> list[tuple[str, str]]:
    """Return names and values, every one if the event has them all."""
    every = [(name, value) for name, values in (event.get(many) or {}).items() for value in values]
    return every or list((event.get(single) or {}).items())


def _headers(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = _pairs(event, "multiValueHeaders", "headers")
    cookies = "; ".join(event.get("cookies") or ())
    told = [(name, value) for name, value in pairs if name.lower() not in _NOT_PASSED_ON]
    return [*told, ("cookie", cookies)] if cookies else told


def _with_authorization(headers: Pairs, settings: Settings) -> Pairs:
    found = [value for name, value in headers if settings.authorization and name.lower() == settings.authorization]
    if not found:
        return headers
    others = [(name, value) for name, value in headers if name.lower() not in (settings.authorization, "authorization")]
    return [*others, ("authorization", found[0])]


def _headers_and_cookies(response: WebResponse) -> dict[str, Any]:
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in _passed_on(response):
        if name == "set-cookie":
            cookies.append(value)
        else:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {"headers": headers, "cookies": cookies}


def _passed_on(response: WebResponse) -> Iterable[tuple[str, str]]:
    named = ((name.lower(), value) for name, value in response.headers)
    return ((name, value) for name, value in named if name not in _NOT_PASSED_ON)


def _is_text(response: WebResponse) -> bool:
    """Tell whether a body can be sent as text: by what its headers say of it, as the adapter does."""
    headers = {name.lower(): value.lower() for name, value in response.headers}
    if headers.get("content-encoding", "identity") != "identity":
        return False
    kind = headers.get("content-type", "")
    return not response.body or kind.startswith(_TEXT) or kind.endswith(_ENDINGS) or "charset=" in kind


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
