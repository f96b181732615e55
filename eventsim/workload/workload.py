"""What happens to the world from outside, and when? Feeds of events: an action at instants of virtual time.

A feed has one timer at a time, however many events it holds. What is due at the same instant is done in steps of up
to `EVENTS_A_STEP`, so that a burst of a million neither fills the loop nor keeps others from this instant.
"""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime

from eventsim.chance import Chance
from eventsim.errors import ApiError, ConfigurationError
from eventsim.quantity import duration_us
from eventsim.workload import arrivals
from eventsim.workload.action import Actions
from eventsim.workload.client import Client
from eventsim.workload.lines import Lines
from eventsim.workload.spec import FeedSpec
from eventsim.workload.template import Templates

EVENTS_A_STEP = 1_000


class Workload:
    """All feeds of events of a run.

    Args:
        specs: the feeds.
        client: what they act upon.

    Raises:
        ConfigurationError: a setting makes no sense or a file is missing; `key` names it.
    """

    def __init__(self, specs: Sequence[FeedSpec], client: Client) -> None:
        self._feeds = [Feed(f"workload[{index}]", spec, client) for index, spec in enumerate(specs)]

    def begin(self) -> None:
        """Set the first timer of every feed."""
        for feed in self._feeds:
            feed.begin()

    def check(self) -> None:
        """Look for the first instant of every feed, and wait for none.

        Raises:
            ConfigurationError: a file of lines cannot be read; `key` names it.
        """
        for feed in self._feeds:
            feed.check()

    def close(self) -> None:
        """Close the files that are still open."""
        for feed in self._feeds:
            feed.close()


class Feed:
    """One action at many instants.

    Args:
        key: its place in the scenario, `workload[0]`.
    """

    def __init__(self, key: str, spec: FeedSpec, client: Client) -> None:
        self._at = client.clock.at
        self._key = key
        self._lines = Lines(client.folder / spec.lines, key=f"{key}.lines") if spec.lines is not None else None
        name = spec.name or key
        templates = Templates(name, client.clock, client.chance, self._lines)
        self._act = Actions(key, name, client, templates, self._lines).of(spec)
        self._instants = _instants(spec, key, client, name, self._lines)

    def begin(self) -> None:
        """Wait for the first instant."""
        when_us = next(self._instants, None)
        if when_us is not None:
            self._at(when_us, self._fire, when_us)

    def check(self) -> None:
        """Look for the first instant, which may stand in a file, and do not wait for it."""
        next(self._instants, None)

    def close(self) -> None:
        """Close the file of lines."""
        if self._lines is not None:
            self._lines.close()

    def _fire(self, now_us: int) -> None:
        act, instants = self._act, self._instants
        try:
            act()
            when_us = next(instants, None)
            if when_us == now_us:
                when_us = self._burst(now_us)
        except ApiError as error:
            raise ConfigurationError(f"AWS refuses this: {error}", key=self._key) from error
        if when_us is not None:
            self._at(when_us, self._fire, when_us)

    def _burst(self, now_us: int) -> int | None:
        """Act on what is due at this very instant; return when more is due, which may still be now."""
        act, instants = self._act, self._instants
        when_us: int | None = now_us
        for _ in range(EVENTS_A_STEP):
            act()
            when_us = next(instants, None)
            if when_us != now_us:
                break
        return when_us


def _instants(spec: FeedSpec, key: str, client: Client, name: str, lines: Lines | None) -> Iterator[int]:
    """Return when a feed acts, in order."""
    from_us = duration_us(spec.from_, key=f"{key}.from")
    over_us = duration_us(spec.over, key=f"{key}.over") if spec.over is not None else 0
    if spec.every is not None:
        gap_us = duration_us(spec.every, key=f"{key}.every")
        if gap_us == 0:
            raise ConfigurationError("a gap of nothing never lets time pass; give `at` and `times`", key=f"{key}.every")
        instants = arrivals.every(gap_us, from_us)
    elif spec.rate is not None:
        instants = _at_rate(spec, spec.rate, key, client.chance, name, over_us, from_us)
    elif spec.cron is not None:
        instants = arrivals.cron(spec.cron, client.clock.start_at, from_us, key=f"{key}.cron")
    elif spec.at is not None or lines is None:
        at_us = duration_us(spec.at, key=f"{key}.at") if spec.at is not None else from_us
        count = spec.times if spec.times is not None or lines is not None else 1
        instants = arrivals.burst(at_us, count, over_us)
    else:
        return _bounded(_own_instants(lines, from_us, client.clock.start_at), spec, key)
    bounded = _bounded(instants, spec, key)
    return bounded if lines is None else _while_lines_last(bounded, lines)


def _at_rate(
    spec: FeedSpec, rate: str | float, key: str, chance: Chance, name: str, over_us: int, from_us: int
) -> Iterator[int]:
    start = arrivals.rate_per_s(rate, key=f"{key}.rate")
    end = arrivals.rate_per_s(spec.ramp_to, key=f"{key}.ramp_to") if spec.ramp_to is not None else start
    expected = arrivals.poisson(chance.stream("arrivals", name)) if spec.poisson else arrivals.evenly()
    return arrivals.at_rate(expected, start, end, over_us if spec.ramp_to is not None else 0, from_us)


def _bounded(instants: Iterator[int], spec: FeedSpec, key: str) -> Iterator[int]:
    if spec.times is not None:
        instants = itertools.islice(instants, spec.times)
    if spec.until is not None:
        instants = itertools.takewhile(duration_us(spec.until, key=f"{key}.until").__gt__, instants)
    return instants


def _while_lines_last(instants: Iterator[int], lines: Lines) -> Iterator[int]:
    for when_us in instants:
        if not lines.advance():
            return
        yield when_us


def _own_instants(lines: Lines, from_us: int, start_at: datetime) -> Iterator[int]:
    """Yield the instant that each line names in its field `at`; a line without one is due with the line above."""
    when_us = from_us
    while lines.advance():
        if lines.has_field("at"):
            at_us = from_us + _instant_us(lines, start_at)
            if at_us < when_us:
                raise lines.wrong("is due before the line above; sort the file by `at`")
            when_us = at_us
        yield when_us


def _instant_us(lines: Lines, start_at: datetime) -> int:
    """Return a line's `at`: a span since the run began, or a date."""
    at = lines.field("at")
    if isinstance(at, str):
        try:
            date = datetime.fromisoformat(at)
        except ValueError:
            pass
        else:
            since = (date if date.tzinfo else date.replace(tzinfo=start_at.tzinfo)) - start_at
            return round(since.total_seconds() * 1e6)
    if not isinstance(at, str | int | float):
        raise lines.wrong(f"has `at: {at!r}`, which is neither a span of time nor a date")
    try:
        return duration_us(at)
    except ConfigurationError as error:
        raise lines.wrong(f"has a wrong `at`: {error}") from None
