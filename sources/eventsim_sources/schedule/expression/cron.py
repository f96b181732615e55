"""`cron(0 2 ? * SAT#3 *)`: which minute, hour, day and year come next?

A schedule is the product of three sorted things: months of a span of years, the days of each such month, and times of
the day. So the next instant is found by looking things up, never by trying minute after minute; a date that does not
exist ends with the calendar.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

from eventsim_sources.schedule.expression.month_days import DaysOfMonth, DaysOfWeek, days_in
from eventsim_sources.schedule.expression.wall import on_wall

_MINUTE = timedelta(minutes=1)


class Cron(Struct, frozen=True, kw_only=True):
    """A cron expression of six fields, read.

    Attributes:
        times: minutes since midnight, in order.
        days: the field of the two for days that is not `?`.
        months: 1 to 12, in order.
        years: in order.
    """

    times: tuple[int, ...]
    days: DaysOfMonth | DaysOfWeek
    months: tuple[int, ...]
    years: tuple[int, ...]

    def next_after(self, instant: datetime, zone: tzinfo = UTC) -> datetime | None:
        """Return the first instant, in UTC, after another at which a clock in this zone shows a time that is meant.

        A time that is skipped when clocks go forward is skipped; one that comes twice counts once, the first time.
        """
        for local in self._after(instant.astimezone(zone).replace(tzinfo=None)):
            at = on_wall(local, zone)
            # What comes a second time lies before `instant` when taken as the first.
            if at is not None and at > instant:
                return at
        return None

    def _after(self, local: datetime) -> Iterator[datetime]:
        """Yield every time on the wall after this one."""
        first = local.replace(second=0, microsecond=0) + _MINUTE
        first_month, first_time = (first.year, first.month), first.hour * 60 + first.minute
        for nth in range(bisect_left(self.years, first.year), len(self.years)):
            year = self.years[nth]
            for month in self.months:
                if (year, month) < first_month:
                    continue
                is_first_month = (year, month) == first_month
                for day in days_in(self.days, year, month):
                    if is_first_month and day < first.day:
                        continue
                    is_first_day = is_first_month and day == first.day
                    begin = bisect_left(self.times, first_time) if is_first_day else 0
                    for number in range(begin, len(self.times)):
                        hour, minute = divmod(self.times[number], 60)
                        yield datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a time on the wall
