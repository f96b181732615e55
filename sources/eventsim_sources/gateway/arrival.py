"""What has come in, and as what is it known? A request with the ids and the date that a front door gives it."""

import base64
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from eventsim import Headers, HttpRequest, World

SOURCE_IP = "127.0.0.1"
"""Where clients in process and on this machine come from."""

Pairs = tuple[tuple[str, str], ...]


class Arrival(Struct, frozen=True, kw_only=True, gc=False):
    """One request at one address.

    Attributes:
        path: without the stage and the base path, percent-encoded as it came.
        stage_path: with the stage, as it came.
        identifier: the id of the API, of the function URL.
        request_id: a UUID, as REST APIs have it.
        short_id: `Jx8UnGs3IAMFsfQ=`, as HTTP and WebSocket APIs have it.
        trace_id: what stands in `X-Amzn-Trace-Id`.
        entry: the trace entry that tells of it.
        base_path: what of the path a domain of one's own takes for itself: `/v1`.
        is_trial: whether nobody sent it: an operation tries what would become of it.
    """

    request: HttpRequest
    path: str
    stage_path: str
    stage: str
    identifier: str
    domain_name: str
    account_id: str
    region: str
    request_id: str
    short_id: str
    trace_id: str
    at: datetime
    epoch_ms: int
    entry: int = 0
    base_path: str = ""
    source_ip: str = SOURCE_IP
    is_trial: bool = False

    @property
    def headers(self) -> Headers:
        """What the client sent."""
        return self.request.headers

    @property
    def user_agent(self) -> str:
        """What the client calls itself, "" if it does not say."""
        return self.request.headers.get("user-agent")

    @property
    def time(self) -> str:
        """The date as logs have it: `12/Mar/2025:19:03:58 +0000`."""
        return f"{self.at:%d/%b/%Y:%H:%M:%S} +0000"

    def forwarded(self) -> Pairs:
        """Return the headers that AWS adds on the way to a function; a trial has none of them."""
        if self.is_trial:
            return ()
        before = self.headers.get("x-forwarded-for")
        return (
            ("X-Amzn-Trace-Id", self.trace_id),
            ("X-Forwarded-For", f"{before}, {self.source_ip}" if before else self.source_ip),
            ("X-Forwarded-Port", "443"),
            ("X-Forwarded-Proto", "https"),
        )

    def sent_on(self) -> Pairs:
        """Return the client's headers and those that AWS adds, which take the place of the client's own."""
        added = self.forwarded()
        names = {name.lower() for name, _ in added}
        return (*(pair for pair in self.headers.pairs if pair[0].lower() not in names), *added)

    def arn(self, *parts: str) -> str:
        """Return the ARN by which policies name a way into this API: stage, method, path."""
        return f"arn:aws:execute-api:{self.region}:{self.account_id}:{self.identifier}/{'/'.join(parts)}"


class Ids:
    """Gives requests their ids.

    Args:
        name: whose requests; their luck hangs on it.
    """

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.uuid: Callable[[], str] = world.chance.uuids(name, "request")
        self._eleven = world.chance.hex_ids(22, name, "short")
        self._twelve = world.chance.hex_ids(24, name, "trace")

    def short(self) -> str:
        """Return an id of sixteen characters that ends in `=`."""
        return base64.urlsafe_b64encode(bytes.fromhex(self._eleven())).decode()

    def trace_id(self) -> str:
        """Return the id of a trace that begins here."""
        return f"Root=1-{self._world.clock.epoch_ms() // 1000:08x}-{self._twelve()}"

    def arrival(
        self,
        request: HttpRequest,
        *,
        path: str,
        stage_path: str,
        stage: str,
        identifier: str,
        domain_name: str,
        base_path: str = "",
        entry: int = 0,
    ) -> Arrival:
        """Return a request as it is known from now on; the trace tells of it with this entry."""
        world = self._world
        return Arrival(
            request=request,
            path=path,
            stage_path=stage_path,
            stage=stage,
            identifier=identifier,
            domain_name=domain_name,
            account_id=world.account_id,
            region=world.region,
            request_id=self.uuid(),
            short_id=self.short(),
            trace_id=request.headers.get("x-amzn-trace-id") or self.trace_id(),
            at=world.clock.date(),
            epoch_ms=world.clock.epoch_ms(),
            base_path=base_path,
            entry=entry,
        )
