"""At which instant does the clock on a wall show a time?

When clocks go forward, times between are shown by no clock; what was to happen then is skipped. When they go back,
times are shown twice; the first one counts and the second does not (documented: runs only once; unconfirmed: which).
"""

from datetime import UTC, datetime, tzinfo


def on_wall(local: datetime, zone: tzinfo) -> datetime | None:
    """Return the first instant, in UTC, at which clocks in a zone show this (naive) time; None if none ever does."""
    try:
        instant = local.replace(tzinfo=zone).astimezone(UTC)
        is_shown = instant.astimezone(zone).replace(tzinfo=None) == local
    except OverflowError:
        return None
    return instant if is_shown else None
