"""What polls a source for something that is no function, as an event source mapping does: for a pipe."""

from collections.abc import Callable, Mapping
from typing import Any

from eventsim.mapping.poller import Poller
from eventsim.mapping.stream_poller import StreamPoller


class PollingFeed:
    """A feed whose poller goes on when its settings change, where it is.

    Args:
        configure: gives the poller other settings, those of a mapping; it raises `ApiError`.
    """

    def __init__(self, poller: Poller | StreamPoller, configure: Callable[[Mapping[str, Any]], None]) -> None:
        self._poller = poller
        self._configure = configure

    def start(self) -> None:
        """Begin to take, or go on."""
        self._poller.start()

    def stop(self) -> None:
        """Take no more; what was taken goes its way."""
        self._poller.stop()

    def change(self, settings: Mapping[str, Any]) -> None:
        """Go on with other settings.

        Raises:
            ApiError: AWS would refuse one; nothing has changed.
        """
        self._configure(settings)
