"""What does an environment ask of the extensions in it? To begin, to take part in invocations, and to end.

On Lambda nothing of an environment is at rest before all of its extensions have asked for their next event: it is not
ready for its first invocation, and not done with one, though whoever asked has the answer.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from eventsim.outcome import Failure
from eventsim.wire.http import HttpRequest, HttpResponse

APIS_FOR_EXTENSIONS = ("/2020-01-01/extension/", "/2022-07-01/telemetry", "/2020-08-15/logs")
"""Where extensions ask (documented)."""
Reason = Literal["spindown", "timeout", "failure"]
"""Why an environment ends."""
Reply = Callable[[HttpResponse], object]
Settled = Callable[[Failure | None], object]
"""Told once that all are ready; or what is wrong with them."""


class Registry(Protocol):
    """Where whoever runs in the runtime's own process registers as an extension."""

    def take(self, request: HttpRequest, reply: Reply) -> bool:
        """Answer a request to the APIs for extensions, now or later; False if it is none."""

    def forget(self, reply: Reply) -> None:
        """Let go of a request whose answer nobody wants any more."""

    def is_ready(self) -> bool:
        """Tell whether all that have registered from this process wait for their next event."""

    def is_alone(self) -> bool:
        """Tell whether no program runs beside the process."""

    def look_around(self, answered: Callable[[], object]) -> bool:
        """See whether programs beside the process want something.

        Tell whether one of them waits for a call to AWS; `answered` is called then when it has its answer.
        """


class Retinue(Registry, Protocol):
    """All extensions of one environment, from the start of its process to their end."""

    def launch(self, request_id: str, deadline_us: int, settled: Settled) -> None:
        """Start programs; `settled` once all have registered, at the latest at the deadline."""

    def begin_runtime(self) -> None:
        """Take note that the runtime is about to begin."""

    def introduce(self) -> None:
        """Tell how far each of them has come."""

    def be_ready(self, request_id: str, deadline_us: int, settled: Settled) -> None:
        """Wait until all have asked for their first event: nobody can register any more."""

    def invoke(self, event: Mapping[str, Any], failed: Callable[[], object]) -> None:
        """Give an event to those that want it; `failed` if one ends before the handler has."""

    def failure(self, request_id: str) -> Failure | None:
        """Return what the invocation comes to if one has ended, None if none has."""

    def settle(self, request_id: str, deadline_us: int, settled: Settled, let_go: Callable[[], object]) -> None:
        """Wait until all are done with the event; `let_go` at most once before, as soon as that takes time."""

    def freeze(self) -> None:
        """Let nothing of them run until there is something to do."""

    def shut_down(self, reason: Reason, ended: Callable[[], object]) -> None:
        """Tell them that it is over, and kill those that do not end in time."""

    def close(self) -> None:
        """Kill them."""

    def tell(self, kind: str, record: Any, at_us: int | None = None) -> None:
        """Tell those that want to know what the platform, the function or an extension has to say."""
