"""Which tumbling window does a record belong to, and what does a function hand on from batch to batch?

Windows are fixed spans of arrival time, counted from 1970. A batch holds records of one window. Its event bears the
state that the function returned with the batch before, `{}` at first. When a record of a later window arrives, when
two minutes pass after the end without one, or when the shard ends, the window is over: the function is called once
more, without records, and the state is dropped. A state of more than 1 MB ends its window early (documented).
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.limits import TUMBLING_SILENCE_US, TUMBLING_STATE_BYTES_MAX

NO_STATE = "{}"

_US_PER_S = 1_000_000


class Window(Struct, frozen=True, gc=False):
    """One tumbling window; its ends in microseconds since 1970."""

    start_us: int
    end_us: int

    @property
    def silent_at_us(self) -> int:
        """When it is over without a record of a later one, in microseconds since 1970."""
        return self.end_us + TUMBLING_SILENCE_US

    @property
    def start(self) -> str:
        """Its start as ISO 8601."""
        return _iso(self.start_us)

    def members(
        self, *, state: str, shard: str, arn: str, is_final: bool = False, is_early: bool = False
    ) -> dict[str, Any]:
        """Return what an event bears beside its records.

        Args:
            state: as JSON text.
        """
        return {
            "window": {"start": self.start, "end": _iso(self.end_us)},
            "state": msgspec.json.decode(state),
            "shardId": shard,
            "eventSourceARN": arn,
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_early,
        }


def window_of(epoch_us: int, span_us: int) -> Window:
    """Return the window of an instant."""
    start_us = epoch_us // span_us * span_us
    return Window(start_us, start_us + span_us)


def _iso(epoch_us: int) -> str:
    return f"{datetime.fromtimestamp(epoch_us // _US_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_state(payload: str) -> str | None:
    """Return the state in a function's response as JSON text, None if there is none: that counts as a failure."""
    try:
        response = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return None
    state = response.get("state") if isinstance(response, dict) else None
    return msgspec.json.encode(state).decode() if isinstance(state, dict) else None


def is_too_large(state: str) -> bool:
    """Tell whether a state ends its window early."""
    return len(state.encode()) > TUMBLING_STATE_BYTES_MAX
