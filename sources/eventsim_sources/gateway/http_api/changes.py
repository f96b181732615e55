"""What does an HTTP API change about a request on its way? `append:header.x`, `remove:querystring.x`, …"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from eventsim import Headers, HttpRequest, HttpResponse
from eventsim_sources.gateway.expression import Expressions

REQUEST_CHANGE: Final = re.compile(
    r"(?:append|overwrite|remove):(?:header\.(?P<header>\S+)|querystring\.\S+)|overwrite:path"
)
RESPONSE_CHANGE: Final = re.compile(r"(?:append|overwrite|remove):header\.(?P<header>\S+)|overwrite:statuscode")
"""What may be changed about requests and responses, and how (documented)."""
RESERVED: Final = re.compile(
    r"access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|forwarded|"
    r"keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|"
    r"x-forwarded-for|x-forwarded-host|x-forwarded-proto|via",
    re.IGNORECASE,
)
"""Headers that are not changed (documented)."""


def changed(request: HttpRequest, parameters: Mapping[str, str], expressions: Expressions) -> HttpRequest:
    """Return a request changed by an integration's request parameters."""
    headers = list(request.headers.pairs)
    query = parse_qsl(request.query, keep_blank_values=True)
    path = request.path
    for key, expression in parameters.items():
        how, _, where = key.partition(":")
        what, _, name = where.partition(".")
        value = "" if how == "remove" else expressions.text(expression)
        if value is None:
            continue
        match what:
            case "path":
                path = quote(value if value.startswith("/") else f"/{value}", safe="/%")
            case "header":
                headers = _apply(headers, how, name, value, folds=True)
            case "querystring":
                query = _apply(query, how, name, value, folds=False)
    return HttpRequest(
        method=request.method, path=path, query=urlencode(query), headers=Headers(headers), body=request.body
    )


def changed_response(
    response: HttpResponse, parameters: Mapping[str, Mapping[str, str]], expressions: Expressions
) -> HttpResponse:
    """Return a response changed by an integration's response parameters, which are by status."""
    changes = parameters.get(str(response.status))
    if not changes:
        return response
    given = Headers(response.headers)
    body = response.body if isinstance(response.body, bytes) else b""
    headers, status = list(response.headers), response.status
    for key, expression in changes.items():
        how, _, where = key.partition(":")
        what, _, name = where.partition(".")
        value = "" if how == "remove" else expressions.of_response(expression, given, body)
        if value is None:
            continue
        if what == "header":
            headers = _apply(headers, how, name, value, folds=True)
        elif what == "statuscode" and value.isdecimal():
            status = int(value)
    return HttpResponse(status=status, headers=tuple(headers), body=response.body)


def _apply(pairs: list[tuple[str, str]], how: str, name: str, value: str, *, folds: bool) -> list[tuple[str, str]]:
    def is_it(given: str) -> bool:
        return given.lower() == name.lower() if folds else given == name

    kept = pairs if how == "append" else [pair for pair in pairs if not is_it(pair[0])]
    return kept if how == "remove" else [*kept, (name, value)]
