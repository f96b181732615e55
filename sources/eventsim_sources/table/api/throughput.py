"""May provisioned throughput be changed so? It must become another, and does not fall as often as one likes."""

from datetime import datetime

from eventsim import ApiError
from eventsim_sources.table import errors
from eventsim_sources.table.limits import DECREASE_PAUSE_US, DECREASES_AT_ONCE_MAX, SECOND_US
from eventsim_sources.table.source import Table
from eventsim_sources.table.throughput import ThroughputHistory, Units, is_fall


def check_change(table: Table, index: str, asked: Units) -> None:
    """See that a change of throughput of a table ("") or an index changes it.

    Raises:
        ApiError: it does not.
    """
    if asked == table.settings.units_of(index):
        whose, what = (f"the index {index}", "index") if index else ("the table", "table")
        raise errors.invalid(
            f"The provisioned throughput for {whose} will not change. The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for the {what}: {asked[0]}. "
            f"Requested ReadCapacityUnits: {asked[0]}. "
            f"Current WriteCapacityUnits provisioned for the {what}: {asked[1]}. "
            f"Requested WriteCapacityUnits: {asked[1]}. Refer to the Amazon DynamoDB Developer Guide for current "
            "limits and how to request higher limits."
        )


def check_decrease(table: Table, index: str, asked: Units) -> None:
    """See that throughput of a table ("") or an index may fall, if it does.

    Raises:
        ApiError: it fell too often today.
    """
    clock, history = table.world.clock, table.throughput.get(index, ThroughputHistory())
    now_us = clock.epoch_us()
    next_us = history.may_fall_us(now_us)
    if is_fall(table.settings.units_of(index), asked) and next_us > now_us:
        last, following = (clock.date(at_us - clock.start_epoch_us) for at_us in (history.decreased_us, next_us))
        raise ApiError(
            "LimitExceededException",
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After "
            f"the first {DECREASES_AT_ONCE_MAX} decreases, each subsequent decrease in the same UTC day can be "
            f"performed at most once every {DECREASE_PAUSE_US // SECOND_US} seconds. Number of decreases today: "
            f"{history.decreases_on_day(now_us)}. Last decrease at {_in_words(last)}. Next decrease can be made at "
            f"{_in_words(following)}",
        )


def _in_words(at: datetime) -> str:
    """Return an instant as AWS writes it: `Wednesday, July 25, 2018 at 8:48:14 AM Coordinated Universal Time`."""
    return f"{at:%A, %B} {at.day}, {at.year} at {at.hour % 12 or 12}:{at:%M:%S %p} Coordinated Universal Time"
