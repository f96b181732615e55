"""May a page of another origin call? HTTP APIs and function URLs answer for their functions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from eventsim import HttpRequest, HttpResponse
from eventsim_sources.gateway.arrival import Pairs


class Cors(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A configuration, in the shape that both APIs have."""

    allow_credentials: bool = False
    allow_headers: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: int | None = None


def is_preflight(request: HttpRequest) -> bool:
    """Tell whether a browser asks if it may ask."""
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(cors: Cors, request: HttpRequest, *, status: int) -> HttpResponse:
    """Return the answer to a browser that asks if it may; without any of the headers it may not."""
    allowed = _origin(cors, request)
    if not allowed:
        return HttpResponse(status=status, headers=())
    asked = request.headers.get("access-control-request-headers")
    headers = [("Access-Control-Allow-Origin", allowed)]
    headers += _listed("Access-Control-Allow-Methods", cors.allow_methods, _named(cors.allow_methods, _METHODS))
    headers += _listed("Access-Control-Allow-Headers", cors.allow_headers, _named(cors.allow_headers, asked))
    if cors.max_age is not None:
        headers.append(("Access-Control-Max-Age", str(cors.max_age)))
    return HttpResponse(status=status, headers=(*headers, *_common(cors)))


def overriding(cors: Cors, request: HttpRequest, headers: Pairs) -> Pairs:
    """Return a response's headers with those of the configuration instead of the function's own."""
    kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
    allowed = _origin(cors, request)
    if not allowed:
        return tuple(kept)
    exposed = _listed("Access-Control-Expose-Headers", cors.expose_headers, ",".join(cors.expose_headers))
    return (*kept, ("Access-Control-Allow-Origin", allowed), *exposed, *_common(cors))


_METHODS = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"


def _origin(cors: Cors, request: HttpRequest) -> str:
    """Return which origin is let in: `*`, the one that asks, or "" for none."""
    origin = request.headers.get("origin")
    if not origin:
        return ""
    if "*" in cors.allow_origins:
        return origin if cors.allow_credentials else "*"
    return origin if any(_fits(origin, each) for each in cors.allow_origins) else ""


def _fits(origin: str, allowed: str) -> bool:
    return origin == allowed or (allowed.endswith("://*") and origin.startswith(allowed[:-1]))


def _listed(name: str, values: Sequence[str], text: str) -> Iterable[tuple[str, str]]:
    return [(name, text)] if values and text else []


def _named(values: Sequence[str], everything: str) -> str:
    return everything if "*" in values else ",".join(values)


def _common(cors: Cors) -> Pairs:
    more: Pairs = (("Access-Control-Allow-Credentials", "true"),) if cors.allow_credentials else ()
    return more if "*" in cors.allow_origins and not cors.allow_credentials else (*more, ("Vary", "Origin"))


def of_settings(settings: Mapping[str, Any] | None) -> Cors | None:
    """Return a configuration as an API was told, None for none."""
    if not settings:
        return None
    return msgspec.convert(settings, Cors)
