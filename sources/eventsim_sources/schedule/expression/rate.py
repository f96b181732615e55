"""`rate(5 minutes)`: when again, a fixed span after the last time?"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

from eventsim_sources.schedule.expression.fault import ExpressionError

_FORM = re.compile(r"([0-9]+) (minute|hour|day)(s?)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


class Rate(Struct, frozen=True):
    """A fixed span of elapsed time: a day is 24 hours, whatever clocks are changed (documented)."""

    period: timedelta

    def next_after(self, instant: datetime, zone: tzinfo = UTC) -> datetime | None:  # noqa: ARG002 - every expression's door
        """Return the instant one period after another one: the last firing, or what the rate counts from."""
        try:
            return instant + self.period
        except OverflowError:
            return None


def parse_rate(text: str, *, is_number_checked: bool) -> Rate:
    """Read what stands in the parentheses.

    Raises:
        ExpressionError: it is no rate.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ExpressionError(f"a rate is a whole number and minutes, hours or days, such as `5 minutes`, not {text!r}")
    count, unit, plural = int(form[1]), form[2], form[3]
    if count < 1:
        raise ExpressionError("a rate is 1 minute or more")
    if is_number_checked and (count == 1) == bool(plural):
        raise ExpressionError(f"{text!r} must be written `{count} {unit}{'' if count == 1 else 's'}`")
    try:
        return Rate(count * _UNITS[unit])
    except OverflowError:
        raise ExpressionError(f"{text!r} is longer than any calendar") from None
