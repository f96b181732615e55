"""What are extensions told of their environment? The streams to which they subscribe, by Lambda's Telemetry API.

Events are kept for each subscriber until there are enough of them, or until the first has waited for long enough; then
all are posted to the port that it has named. While an environment is at rest nothing is sent. The older Logs API is the
same with fewer kinds of event.
"""

import json
from asyncio import TimerHandle
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, field

from eventsim.clock import Clock
from eventsim.extension_api.api import Extension
from eventsim.limits import (
    TELEMETRY_BYTES_DEFAULT,
    TELEMETRY_BYTES_MAX,
    TELEMETRY_ITEMS_MAX,
    TELEMETRY_ITEMS_MIN,
    TELEMETRY_TIMEOUT_MS_DEFAULT,
    TELEMETRY_TIMEOUT_MS_MAX,
    TELEMETRY_TIMEOUT_MS_MIN,
)
from eventsim.runtime_api.posting import post
from eventsim.runtime_api.replies import TEXT, refusal
from eventsim.wire.http import HttpRequest, HttpResponse

TELEMETRY, LOGS = "/2022-07-01/telemetry", "/2020-08-15/logs"
_SCHEMAS = {TELEMETRY: ("2022-07-01", "2022-12-13", "2025-01-29"), LOGS: ("2020-08-15", "2021-03-18")}
_HOSTS = ("sandbox", "sandbox.localdomain")
_SUBSCRIBED = {TELEMETRY: "platform.telemetrySubscription", LOGS: "platform.logsSubscription"}
_DROPPED = "platform.logsDropped"


class _Destination(Struct, frozen=True):
    """Where events shall be brought."""

    uri: str = field(name="URI")
    protocol: str = "HTTP"
    method: str = "POST"
    encoding: str = "JSON"


class _Buffering(Struct, frozen=True, rename="camel"):
    """How long events shall wait for one another."""

    max_items: Annotated[int, Meta(ge=TELEMETRY_ITEMS_MIN, le=TELEMETRY_ITEMS_MAX)] = TELEMETRY_ITEMS_MAX
    max_bytes: Annotated[int, Meta(ge=TELEMETRY_BYTES_DEFAULT, le=TELEMETRY_BYTES_MAX)] = TELEMETRY_BYTES_DEFAULT
    timeout_ms: Annotated[int, Meta(ge=TELEMETRY_TIMEOUT_MS_MIN, le=TELEMETRY_TIMEOUT_MS_MAX)] = (
        TELEMETRY_TIMEOUT_MS_DEFAULT
    )


class _Wish(Struct, frozen=True, rename="camel"):
    """What an extension subscribes to."""

    types: Annotated[list[Literal["platform", "function", "extension"]], Meta(min_length=1)]
    destination: _Destination
    buffering: _Buffering = _Buffering()
    schema_version: str = ""


class Listener(Protocol):
    """Who is brought something."""

    def send(self, port: int, request: bytes) -> None:
        """Send it a request, which it will answer."""


class Subscription:
    """What one extension is told.

    Attributes:
        is_sending: whether it has yet to answer what it was sent.
    """

    def __init__(self, wish: _Wish, api: str, listener: Listener, clock: Clock) -> None:
        self._wish = wish
        self._api = api
        self._listener = listener
        self._clock = clock
        url = urlsplit(wish.destination.uri)
        self._port, self._path = url.port or 80, url.path
        self._events: list[bytes] = []
        self._size_bytes = 0
        self._due_us: int | None = None
        self._timer: TimerHandle | None = None
        self._sent: list[bytes] = []
        self._is_frozen = False

    @property
    def has_more(self) -> bool:
        """Whether there is something that it has not been told."""
        return bool(self._events or self._sent)

    def tell(self, kind: str, record: Any, at: str) -> None:
        """Take an event if it is of a stream that was subscribed to."""
        told = (kind, record) if self._api == TELEMETRY else _as_log(kind, record)
        if told is None or kind.partition(".")[0] not in self._wish.types:
            return
        event = json.dumps({"time": at, "type": told[0], "record": told[1]}, separators=(",", ":")).encode()
        self._events.append(event)
        self._size_bytes += len(event)
        buffering = self._wish.buffering
        if self._due_us is None:
            self._due_us = self._clock.now_us + buffering.timeout_ms * 1000
            self._arm()
        if len(self._events) >= buffering.max_items or self._size_bytes >= buffering.max_bytes:
            self.flush()

    def flush(self) -> None:
        """Send what is there, unless the answer to what was sent before is still to come."""
        if self._sent or not self._events or self._is_frozen:
            return
        self._disarm()
        self._due_us = None
        self._sent, self._events, self._size_bytes = self._events, [], 0
        self._listener.send(self._port, post(self._port, self._path, b"[" + b",".join(self._sent) + b"]"))

    def sent(self, status: int) -> None:
        """Take the answer; what nobody has taken is lost, and told as such."""
        lost, self._sent = self._sent, []
        if not 200 <= status < 300:
            reason = f"the subscriber answered {status}" if status else "the subscriber did not answer"
            record = {"reason": reason, "droppedRecords": len(lost), "droppedBytes": sum(map(len, lost))}
            self.tell(_DROPPED, record, self._clock.iso_ms())

    def freeze(self) -> None:
        """Send nothing until thawed."""
        self._is_frozen = True
        self._disarm()

    def thaw(self) -> None:
        """Go on; what has become due meanwhile is due now."""
        self._is_frozen = False
        if self._due_us is not None:
            self._arm()

    def _arm(self) -> None:
        if not self._is_frozen and self._timer is None:
            assert self._due_us is not None, "something is due"
            self._timer = self._clock.loop.call_at_us(self._due_us, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._sent:  # whoever answers so late gets the rest in the next turn
            self._due_us = self._clock.now_us + self._wish.buffering.timeout_ms * 1000
            self._arm()
        else:
            self.flush()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Telemetry:
    """What happens in one environment, for whoever subscribes there.

    Args:
        log: writes what the platform says of an extension: the kind of the event, and its record.

    Attributes:
        subscriptions: by extension.
    """

    def __init__(self, clock: Clock, log: Callable[[str, Mapping[str, Any]], object]) -> None:
        self.subscriptions: dict[str, Subscription] = {}
        self._clock = clock
        self._log = log
        self._past: list[tuple[str, Any, str]] | None = []
        """What has happened since the environment began, None once nobody can subscribe any more."""

    def tell(self, kind: str, record: Any, at_us: int | None = None) -> None:
        """Tell the subscribers."""
        at = self._clock.iso_ms(at_us)
        if self._past is not None:
            self._past.append((kind, record, at))
        for each in self.subscriptions.values():
            each.tell(kind, record, at)

    def announce(self, kind: str, record: Mapping[str, Any]) -> None:
        """Tell the subscribers and the log."""
        self._log(kind, record)
        self.tell(kind, record)

    def close_past(self) -> None:
        """Forget what nobody will ask for any more."""
        self._past = None

    def subscribe(self, extension: Extension, listener: Listener, request: HttpRequest) -> HttpResponse:
        """Take a subscription, which replaces an earlier one of the extension's."""
        try:
            wish = _wish(request)
        except ValueError as error:
            return refusal(400, "ValidationError", str(error))
        if wish.destination.protocol != "HTTP" or wish.destination.encoding != "JSON":
            what = f"{wish.destination.protocol} with {wish.destination.encoding}"
            return refusal(
                501, "Telemetry.NotSimulated", f"a destination by {what} is not simulated; HTTP with JSON is"
            )
        subscription = Subscription(wish, request.path, listener, self._clock)
        self.subscriptions[extension.name] = subscription
        for kind, record, at in self._past or ():
            subscription.tell(kind, record, at)
        self.announce(_SUBSCRIBED[request.path], {"name": extension.name, "state": "Subscribed", "types": wish.types})
        return HttpResponse(status=200, headers=TEXT, body=b'"OK"')

    def has_more(self, extension: Extension) -> bool:
        """Tell whether an extension has yet to be told something."""
        subscription = self.subscriptions.get(extension.name)
        return subscription is not None and subscription.has_more

    def sent(self, extension: Extension, status: int) -> None:
        """Take an extension's answer to what it was told."""
        self.subscriptions[extension.name].sent(status)

    def flush(self) -> None:
        """Send all that is there."""
        self._each(Subscription.flush)

    def freeze(self) -> None:
        """Send nothing until thawed."""
        self._each(Subscription.freeze)

    def thaw(self) -> None:
        """Go on."""
        self._each(Subscription.thaw)

    def _each(self, step: Callable[[Subscription], object]) -> None:
        for each in self.subscriptions.values():
            step(each)


def is_subscription(request: HttpRequest) -> bool:
    """Tell whether a request is one for these APIs."""
    return request.path in _SCHEMAS


def _wish(request: HttpRequest) -> _Wish:
    """Return what an extension wants.

    Raises:
        ValueError: it makes no sense; in words.
    """
    wish = msgspec.json.decode(request.body, type=_Wish)
    schemas = _SCHEMAS[request.path]
    if (wish.schema_version or schemas[0]) not in schemas:
        raise ValueError(f"schemaVersion should be one of {', '.join(schemas)}")
    url = urlsplit(wish.destination.uri)
    if url.scheme != "http" or url.hostname not in _HOSTS or not url.port:
        raise ValueError(f"destination URI should be http://sandbox.localdomain:PORT: {wish.destination.uri}")
    return wish


_IN_LOGS: Mapping[str, Sequence[str]] = {
    "platform.start": ("requestId", "version"),
    "platform.end": ("requestId",),
    "platform.runtimeDone": ("requestId", "status"),
    "platform.report": ("requestId", "metrics"),
    "platform.extension": ("name", "state", "events"),
    "platform.logsSubscription": ("name", "state", "types"),
    _DROPPED: ("reason", "droppedRecords", "droppedBytes"),
}
"""The kinds of event of the Logs API, and what they tell."""


def _as_log(kind: str, record: Any) -> tuple[str, Any] | None:
    """Return an event as the Logs API tells it, None if it does not."""
    if not kind.startswith("platform."):
        return kind, record
    members = _IN_LOGS.get(kind)
    return None if members is None else (kind, {name: record[name] for name in members if name in record})
