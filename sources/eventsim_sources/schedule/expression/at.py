"""`at(2026-03-29T02:30:00)`: once, by the clock on the wall of a time zone."""

import re
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from eventsim_sources.schedule.expression.fault import ExpressionError
from eventsim_sources.schedule.expression.wall import on_wall

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


class At(Struct, frozen=True):
    """One time, as the clock on the wall shows it (naive)."""

    local: datetime

    def next_after(self, instant: datetime, zone: tzinfo = UTC) -> datetime | None:
        """Return the time as an instant if it is still to come, None if it is past or clocks skip it."""
        at = on_wall(self.local, zone)
        return at if at is not None and at > instant else None


def parse_at(text: str) -> At:
    """Read what stands in the parentheses.

    Raises:
        ExpressionError: it is no date and time.
    """
    try:
        if _FORM.fullmatch(text):
            return At(datetime.fromisoformat(text))
    except ValueError as error:
        raise ExpressionError(f"{text!r} is no date and time: {error}") from None
    raise ExpressionError(f"a date and time is written `yyyy-mm-ddThh:mm:ss`, without zone, not {text!r}")
