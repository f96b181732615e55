"""What is a running server? Loop, worlds, workers and sockets, put together, begun and ended as one."""

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from eventsim.api import Caller
from eventsim.assembly import Assembly
from eventsim.chance import Chance
from eventsim.clock import START_AT
from eventsim.errors import StorageError
from eventsim.live import front_door_urls
from eventsim.live.admin import Admin
from eventsim.live.loop import LiveLoop
from eventsim.live.pace import Pace, VirtualPace, WallPace
from eventsim.live.ports import open_sockets
from eventsim.live.remote_process import Workers
from eventsim.live.server import Server
from eventsim.live.service import Service, Told
from eventsim.live.worlds import LiveWorld, Worlds
from eventsim.permissions.role import Permissions
from eventsim.simulation import Simulation
from eventsim.wire.models import find_service
from eventsim.wire.route import Home

GRACE_S = 5.0
"""How long work that is under way may take to end when the server stops."""
_LOOK_S = 0.02
_COMMON_SERVICES = ("sqs", "lambda", "s3")

_log = logging.getLogger(__name__)


class Settings(Struct, frozen=True, kw_only=True):
    """How to serve.

    Attributes:
        host: the address to listen on, "" for loopback.
        port: 0 for one that is free.
        virtual: "" for the wall clock, `on demand`, or `auto`.
        seed: from which all ids follow.
        start_at: when virtual time begins.
        folder: what relative paths of functions are relative to.
        database: where queues are kept.
        syncs_fully: whether what is kept there outlives a loss of power.
        throttles: whether requests beyond AWS's quotas are refused.
        permissions: what becomes of a call that the policies of a role do not permit.
        folders: sections, each with the folder whose sub-folders are its sources.
    """

    port: int
    host: str = ""
    account_id: str = "000000000000"
    region: str = "us-east-1"
    virtual: str = ""
    seed: int = 0
    start_at: datetime = START_AT
    folder: Path | None = None
    database: Path | None = None
    syncs_fully: bool = False
    throttles: bool = False
    permissions: Permissions = "ignored"
    folders: Mapping[str, Path] = {}
    grace_s: float = GRACE_S


class Instance:
    """One server.

    Args:
        furnish: puts into the world at home what shall be there from the beginning, each time it begins.
        told: told of every answer.

    Attributes:
        settings: how it serves.
        port: where it listens.
        failure: what ended it before its time.

    Raises:
        ConfigurationError: the port is taken.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        furnish: Callable[[Assembly], Awaitable[None]] | None = None,
        told: Told | None = None,
    ) -> None:
        self.settings = settings
        self.failure: StorageError | None = None
        self._sockets, self.port = open_sockets(settings.host, settings.port)
        self.loop = LiveLoop()
        self.loop.set_exception_handler(self._hear)
        self._end = asyncio.Event()
        self._furnishes = furnish is not None
        self._workers: Workers | None = None
        self._pace: Pace
        make: Callable[..., Assembly]
        if settings.virtual:
            pace = self._pace = VirtualPace(self.loop, is_auto=settings.virtual == "auto")
            make = lambda **about: Simulation(loop=pace.loop, start_at=settings.start_at, **self._shared(about))  # noqa: E731
        else:
            workers = self._workers = Workers(self.loop, self.endpoint_url)
            self._pace = WallPace()
            make = lambda **about: LiveWorld(loop=self.loop, workers=workers, **self._shared(about))  # noqa: E731
        home = Home(region=settings.region, account_id=settings.account_id)
        self._worlds = Worlds(
            make,
            home=home,
            seed=settings.seed,
            database=settings.database,
            folders=settings.folders,
            furnish=furnish,
        )
        admin = Admin(self._worlds, self._pace, reset=self.reset, mode="virtual" if settings.virtual else "live")
        self._service = Service(
            self._worlds,
            self._pace,
            admin=admin.respond,
            caller=self._caller,
            request_id=Chance(settings.seed).uuids("request"),
            told=told,
            trusts_any_host=bool(settings.host),
        )
        self._server = Server(self.loop, self._service.respond, self._service.refuse_size, time.time)  # noqa: TID251 - HTTP's own date

    @property
    def endpoint_url(self) -> str:
        """Where clients on this machine reach it; by number, so that SDKs do not put buckets before the name."""
        host = self.settings.host
        host = "127.0.0.1" if host in ("", "0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
        return f"http://{host}:{self.port}"

    def addresses(self) -> Mapping[str, str]:
        """Return where the APIs, functions and load balancers of the world at home are found, by name."""
        host = f"localhost:{self.port}"
        urls = self._worlds.at_home().front_doors.addresses()
        return {name: front_door_urls.local(url, host) for name, url in urls.items()}

    def run(self, ready: Callable[[], object], part: Callable[[Assembly], object] = lambda _: None) -> None:
        """Serve until `stop`.

        Args:
            ready: called once it listens.
            part: called with the world at home when all work has ended, before the world does.

        Raises:
            EventsimError: the world cannot be furnished, or the database failed.
        """
        try:
            self.loop.run_until_complete(self._serve(ready, part))
        finally:
            for each in self._sockets:
                each.close()
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Let it end; to be called on its loop."""
        self._end.set()

    def cut_off(self) -> None:
        """Do not wait for what is under way."""
        self._service.cancel_all()
        self._server.abort()

    async def reset(self) -> None:
        """Begin anew: whoever waits is sent home, and the worlds are as the scenario has them; folders stay."""
        waiting = self._service.cancel_all()
        if waiting:
            await asyncio.wait(waiting)
        await self._close_worlds()
        self._worlds.delete_databases()
        self._pace.renew()
        await self._furnish()

    async def _serve(self, ready: Callable[[], object], part: Callable[[Assembly], object]) -> None:
        try:
            if self._furnishes:  # functions of custom resources run meanwhile, and call us
                await self._server.listen(self._sockets)
                self._open_workers()
                await self._until_end(self._furnish())
                if not self._end.is_set():
                    ready()
            else:  # nobody is answered before what an earlier server left is back
                await self._furnish()
                await self._server.listen(self._sockets)
                ready()
                self._open_workers()
            self.loop.run_in_executor(None, _read_models)
            await self._end.wait()
            await self._finish()
            part(self._worlds.at_home())
        finally:
            await self._close_worlds()
            self._pace.close()
            if self._workers is not None:
                self._workers.close()

    async def _furnish(self) -> None:
        await self._pace.finish(self._worlds.furnish())

    async def _until_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something for as long as the server shall go on."""
        task, end = self.loop.create_task(work), self.loop.create_task(self._end.wait())
        await asyncio.wait((task, end), return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
        elif not task.cancelled():
            task.result()

    def _open_workers(self) -> None:
        if self._workers is not None:
            self._workers.open()

    async def _finish(self) -> None:
        """Take nothing more from queues and streams, let what is under way end, but not for ever, and hang up.

        Handlers that still run call us, so the sockets are closed last.
        """
        deadline_s = self.loop.time() + self.settings.grace_s
        self._service.cancel_polls()
        if self._workers is not None:
            for world in self._worlds:
                world.mappings.finish()
            while self.loop.time() < deadline_s and self._is_busy():  # noqa: ASYNC110 - once in a life
                await asyncio.sleep(_LOOK_S)
            self._service.cancel_polls()
        await self._server.stop(max(0.0, deadline_s - self.loop.time()))

    def _is_busy(self) -> bool:
        return any(world.dispatch.busy or world.mappings.is_busy for world in self._worlds)

    async def _close_worlds(self) -> None:
        for world in self._worlds.forget():
            try:
                await self._pace.finish(world.close_sources())
            finally:
                world.close()
                world.trace.close()

    def _caller(self, trace_header: str, function_arn: str) -> Caller | None:
        """Return on whose behalf a call is made that bears this header, None for a client outside."""
        if self._workers is None:
            return None  # in virtual time functions do not call over this port
        callers = (world.programs.caller(trace_header, function_arn) for world in self._worlds)
        return self._workers.caller(trace_header, function_arn) or next(filter(None, callers), None)

    def _shared(self, about: dict[str, Any]) -> dict[str, Any]:
        settings = self.settings
        return {
            "folder": settings.folder,
            "syncs_fully": settings.syncs_fully,
            "throttles": settings.throttles,
            "permissions": settings.permissions,
            "endpoint_url": self.endpoint_url,
            "warn": self._warn,
            **about,
        }

    def _warn(self, words: str) -> None:
        """Write a warning into the server's own log, not into that of a function that runs just now."""
        self.loop.call_soon_threadsafe(partial(_log.warning, "%s", words))

    def _hear(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Hear of what went wrong in a step of the loop; without its disk the server cannot go on."""
        error = context.get("exception")
        if isinstance(error, StorageError):
            self.failure = error
            self._end.set()
        else:
            _log.error("%s", context["message"], exc_info=error)


def _read_models() -> None:
    """Read the models that most clients need, before the first of them waits for it."""
    for service in _COMMON_SERVICES:
        find_service(service)
    gc.freeze()  # they stay for good: looking at each of their parts again and again would hold up clients
