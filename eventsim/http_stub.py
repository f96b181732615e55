"""Who answers for a partner out there? Stubs of hosts: what user code asks them by HTTP is answered here."""

import asyncio
import fnmatch
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from eventsim.clock import Clock
from eventsim.errors import ConfigurationError
from eventsim.front_door import Reply
from eventsim.handler.surroundings import current
from eventsim.quantity import Duration
from eventsim.trace import Trace
from eventsim.wire.http import HttpRequest, HttpResponse

HttpAnswer = Callable[[HttpRequest], Any]
"""Returns a `Reply`, a status with a body, or a body: text, bytes, or data that becomes JSON."""


class HttpStubSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to HTTP requests to a host outside."""

    host: Annotated[
        str, Meta(description="The host's name; `*` stands for any part of it.", examples=["api.partner.example"])
    ]
    status: Annotated[int, Meta(description="The status of the answer.", ge=100, le=599)] = 200
    headers: Annotated[dict[str, str], Meta(description="Headers of the answer.")] = {}
    body: Annotated[Any, Meta(description="The body: text, or data that becomes JSON.")] = None
    latency: Annotated[Duration, Meta(description="How long the answer takes: 0 s if not given.", examples=["4 s"])] = 0
    python: Annotated[
        str | None,
        Meta(description="`module.function` that gets the request (`method`, `path`, `query`, `headers`, `body`)."),
    ] = None


class HttpStub:
    """A front door that stands for a host outside.

    Args:
        host: its name, with `*` for any part of it.
        latency_us: how long an answer takes.
    """

    def __init__(self, host: str, answer: HttpAnswer, *, clock: Clock, trace: Trace, latency_us: int = 0) -> None:
        if not host or "/" in host:
            message = f"{host!r} is no host; name it alone, such as `api.partner.example`"
            raise ConfigurationError(message, key="host")
        self._host = host.lower()
        self._answer = answer
        self._latency_us = latency_us
        self._clock = clock
        self._trace = trace
        self._place = trace.subject("host", host)
        told = "{subject} asked {place}: {method} {path}, answered {value}"
        self._asked = trace.kind("host asked", told, value="status")

    def addresses(self) -> Mapping[str, str]:
        """Return nothing: it is no address of the simulation's own."""
        return {}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether the request is for this host."""
        host = request.headers.get("host").partition(":")[0].lower()
        return fnmatch.fnmatchcase(host, self._host)

    def handle(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request, and tell of it."""
        response = self._answered(request)
        return _late(response, self._latency_us) if self._latency_us else response

    def _answered(self, request: HttpRequest) -> HttpResponse:
        response = response_of(self._answer(request))
        here = current()
        arn, cause = ("", 0) if here is None else ((who := here.who_calls()).arn, who.cause)
        subject = self._trace.subject("caller", arn or "outside")
        detail = {"method": request.method, "path": request.path}
        self._trace.record(self._asked, subject, self._place, cause, response.status, detail)
        return response


async def _late(response: HttpResponse, latency_us: int) -> HttpResponse:
    await asyncio.sleep(latency_us / 1e6)
    return response


def fixed(spec: HttpStubSpec) -> HttpAnswer:
    """Return what answers always the same."""
    response = response_of((spec.status, spec.body))
    named = {name.lower() for name in spec.headers}
    kept = tuple(pair for pair in response.headers if pair[0].lower() not in named)
    whole = HttpResponse(status=spec.status, headers=(*kept, *spec.headers.items()), body=response.body)
    return lambda _: whole


def response_of(answer: Any) -> HttpResponse:
    """Return the response that an answer means."""
    if isinstance(answer, HttpResponse):
        return answer
    if isinstance(answer, Reply):
        return HttpResponse(status=answer.status, headers=answer.headers.pairs, body=answer.body)
    status, body = answer if isinstance(answer, tuple) and len(answer) == 2 else (200, answer)
    if body is None:
        return HttpResponse(status=int(status), headers=())
    if isinstance(body, bytes | str):
        content, kind = (body, "application/octet-stream") if isinstance(body, bytes) else (body.encode(), "text/plain")
    else:
        content, kind = json.dumps(body).encode(), "application/json"
    return HttpResponse(status=int(status), headers=(("Content-Type", kind),), body=content)
