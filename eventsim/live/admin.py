"""What does the server itself answer? Its health, its trace, as a page too, a new beginning, the passing of time.

Scripts and suites that were written for another emulator may go on asking for its paths, where they mean one of these.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, cast
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from eventsim.assembly import Assembly
from eventsim.errors import ApiError, ConfigurationError, RunError
from eventsim.live.answer import Answer, Stream
from eventsim.live.pace import Pace, TimePasses
from eventsim.live.worlds import Worlds
from eventsim.quantity import duration_us
from eventsim.report.run_page import run_page
from eventsim.report.saved import Heading, line_of, write_trace
from eventsim.report.timeline import ENTRIES_MAX, timeline
from eventsim.report.told import heading_of
from eventsim.wire.http import BinaryFile, HttpRequest, HttpResponse, plain

FOLLOW_S = 0.1
"""How often a trace that is followed is looked at; on the wall, since nobody tells of entries."""

OWN_PATHS: Final = "/_eventsim/"
_PATHS_ELSEWHERE: Final[Mapping[str, str]] = {
    "/_localstack/health": "health",
    "/_localstack/state/reset": "reset",
    "/moto-api/reset": "reset",
}
"""Paths of other emulators → what it is called here."""

_JSON = (("Content-Type", "application/json"),)
_PAGE = (("Content-Type", "text/html; charset=utf-8"),)
_LINES = (("Content-Type", "application/x-ndjson"),)


def is_for_admin(request: HttpRequest) -> bool:
    """Tell whether a request is about the server itself. A bucket may be called `moto-api`; who asks for it signs."""
    path = request.path
    return path.startswith(OWN_PATHS) or (path in _PATHS_ELSEWHERE and "authorization" not in request.headers.by_name)


class _Span(Struct, forbid_unknown_fields=True):
    """What `advance` is asked for."""

    by: str | float


class _Produced(Struct, forbid_unknown_fields=True):
    """What is to be produced to a topic of Kafka: data becomes JSON, and null is no value."""

    topic: str
    value: Any
    key: Any = None
    cluster: str = ""
    partition: int | None = None
    headers: dict[str, str] = {}
    timestamp_ms: int | None = None


class Admin:
    """Answers the paths below `/_eventsim/`, and those of others.

    Args:
        reset: ends all worlds and begins anew.
        mode: `live` or `virtual`.
    """

    def __init__(self, worlds: Worlds, pace: Pace, *, reset: Callable[[], Awaitable[None]], mode: str) -> None:
        self._worlds = worlds
        self._pace = pace
        self._reset = reset
        self._mode = mode
        self._doors: dict[str, tuple[str, Callable[[HttpRequest], Answer | Awaitable[Answer]]]] = {
            "health": ("GET", self._health),
            "trace": ("GET", self._trace),
            "report": ("GET", self._report),
            "reset": ("POST", self._begin_anew),
            "advance": ("POST", self._advance),
            "produce": ("POST", self._produce),
            "messages": ("GET", self._messages),
            "outbox": ("GET", self._outbox),
        }

    def respond(self, request: HttpRequest) -> Answer | Awaitable[Answer]:
        """Answer a request."""
        name = _PATHS_ELSEWHERE.get(request.path) or request.path.rpartition("/")[2]
        door = self._doors.get(name)
        if door is None:
            return plain(404, f"there is no {request.path}; there are {', '.join(self._doors)}")
        method, answer = door
        if request.method != method and (request.method, method) != ("HEAD", "GET"):
            return plain(405, f"{request.path} takes {method}")
        return answer(request)

    def _health(self, _: HttpRequest) -> Answer:
        world = self._worlds.at_home()
        is_ready = self._worlds.is_furnished
        return _told(
            {
                "status": "ok" if is_ready else "starting",
                "mode": self._mode,
                "account": world.account_id,
                "region": world.region,
                "now": world.clock.iso_ms(),
                "services": dict.fromkeys(sorted(world.router.services), "running"),
            },
            status=200 if is_ready else 503,
        )

    def _advance(self, request: HttpRequest) -> Answer:
        try:
            self._pace.advance(duration_us(msgspec.json.decode(request.body, type=_Span).by))
        except (msgspec.DecodeError, ConfigurationError) as error:
            return plain(400, f'{error}; send {{"by": "2 minutes"}}')
        except TimePasses:
            return plain(409, "time passes by itself here; start with `eventsim serve --virtual`")
        except RunError as error:
            return plain(500, str(error))
        return _told({"now": self._worlds.at_home().clock.iso_ms()})

    def _produce(self, request: HttpRequest) -> Answer:
        """Append a record to a topic of Kafka: there is no server that speaks its protocol."""
        try:
            given = msgspec.json.decode(request.body, type=_Produced)
            placed: Any = self._world(parse_qs(request.query)).produce(**msgspec.structs.asdict(given))
        except (msgspec.DecodeError, ConfigurationError, ApiError) as error:
            return plain(400, f'{error}; send {{"topic": "orders", "key": "ann", "value": {{"order": 1}}}}')
        return _told(dict(zip(("partition", "offset"), placed, strict=True)))

    def _messages(self, request: HttpRequest) -> Answer:
        """Tell what is in a queue, which receives nothing by being looked at."""
        return self._content(request, "queues", "queue", "messages")

    def _outbox(self, request: HttpRequest) -> Answer:
        """Tell what a topic has sent out of the world."""
        return self._content(request, "topics", "topic", "outbox")

    def _content(self, request: HttpRequest, section: str, kind: str, content: str) -> Answer:
        """Tell what a source holds, which is asked for by its name, its URL or its ARN."""
        asked = parse_qs(request.query)
        name = re.split(r"[:/]", asked.get(kind, [""])[-1])[-1]
        directory = self._world(asked).directory
        source: Any = directory.source(section, name)
        if source is None:
            known = ", ".join(directory.sources(section)) or "none"
            return plain(404, f"there is no {kind} {name!r}; there are: {known}. Ask for {request.path}?{kind}=NAME")
        return _told({content: msgspec.to_builtins(getattr(source, content))})

    async def _begin_anew(self, _: HttpRequest) -> Answer:
        await self._reset()
        return _told({"status": "ok"})

    def _world(self, asked: Mapping[str, list[str]]) -> Assembly:
        home = self._worlds.home
        return self._worlds.of(asked.get("account", [home.account_id])[-1], asked.get("region", [home.region])[-1])

    def _trace(self, request: HttpRequest) -> Answer:
        asked = parse_qs(request.query)
        world = self._world(asked)
        if asked.get("follow", ["0"])[-1] not in ("0", "false"):
            return Stream(status=200, headers=_LINES, pieces=_followed(world), is_endless=True)
        file = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - read as it is sent
        write_trace(file, _heading(world), world.trace.entries())
        file.seek(0)
        return HttpResponse(status=200, headers=_LINES, body=cast("BinaryFile", file))

    def _report(self, request: HttpRequest) -> Answer:
        """Answer with a page that shows the run so far; of a long one, its end."""
        asked = parse_qs(request.query)
        world = self._world(asked)
        before = len(world.trace) - ENTRIES_MAX
        newest_us = next(world.trace.entries(after=before)).at_us if before > 0 else 0
        try:
            since_us = duration_us(asked["since"][-1]) if "since" in asked else newest_us
            until_us = duration_us(asked["until"][-1]) if "until" in asked else None
        except ConfigurationError as error:
            return plain(400, f"{error}; ask for {request.path}?since=90s&until=2m")
        drawn = timeline(world.trace, since_us=since_us, until_us=until_us)
        page = run_page(_heading(world), world.trace, drawn)
        return HttpResponse(status=200, headers=_PAGE, body=page.encode())


def _heading(world: Assembly) -> Heading:
    return heading_of(world, f"{world.account_id} {world.region}")


async def _followed(world: Assembly) -> AsyncIterator[bytes]:
    """Yield every entry there is, then every new one, until the client hangs up."""
    encode_lines = msgspec.json.Encoder().encode_lines
    seen = 0
    while True:
        if len(world.trace) > seen:
            entries = list(world.trace.entries(after=seen))
            seen = entries[-1].number
            yield encode_lines([line_of(entry) for entry in entries])
        await asyncio.sleep(FOLLOW_S)


def _told(facts: dict[str, object], *, status: int = 200) -> HttpResponse:
    """Answer in JSON, with spaces: scripts look for `"sqs": "running"`."""
    return HttpResponse(status=status, headers=_JSON, body=json.dumps(facts).encode() + b"\n")
