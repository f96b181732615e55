"""When is an alarm raised? What an alarm watches, and what its last data points say of it.

An alarm looks at as many whole periods as it evaluates. A period without data counts as its `TreatMissingData` says:
as breaching, as not breaching, or not at all (`missing`: only when no period has data is the state unknown; `ignore`:
then the state stays). As many breaching periods as `DatapointsToAlarm` raise it. AWS looks a little further back for
data that is missing (unconfirmed how far); we do not.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventsim.calls.metrics import Point

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
ACTIONS = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT: "InsufficientDataActions"}
"""Which actions a state has."""
FIRST_REASON = "Unchecked: Initial alarm creation"

_COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than the threshold"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to the threshold"),
    "LessThanThreshold": (operator.lt, "less than the threshold"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to the threshold"),
}


@dataclass(slots=True)
class Alarm:
    """An alarm, as it was put, and how it stands.

    Attributes:
        settings: what was given, by AWS's names.
        is_composite: whether a rule over other alarms decides; nobody evaluates it here.
        updated_us: when the settings were put.
        state_us: when the state was last said, whether it changed or not.
        transitioned_us: when it last changed.
        points: what it has seen of its metric lately.
        read_count: how much of the trace it has read.
        is_watching: whether it looks at the end of its periods.
    """

    name: str
    arn: str
    settings: dict[str, Any]
    is_composite: bool
    updated_us: int
    state: str = INSUFFICIENT
    reason: str = FIRST_REASON
    reason_data: str = ""
    state_us: int = 0
    transitioned_us: int = 0
    points: list[Point] = field(default_factory=list)
    read_count: int = 0
    is_watching: bool = False

    @property
    def is_evaluated(self) -> bool:
        """Whether one metric decides, compared with a number."""
        return "MetricName" in self.settings and self.settings["ComparisonOperator"] in _COMPARISONS

    @property
    def statistic(self) -> str:
        """The statistic that is compared."""
        return str(self.settings.get("Statistic") or self.settings.get("ExtendedStatistic") or "Average")

    @property
    def period_us(self) -> int:
        """How long each data point's period is."""
        return int(self.settings.get("Period") or 60) * 1_000_000

    @property
    def window_us(self) -> int:
        """How far back it looks."""
        return self.period_us * int(self.settings["EvaluationPeriods"])

    def actions(self) -> Sequence[str]:
        """Return the ARNs to tell of the present state."""
        return () if self.settings.get("ActionsEnabled") is False else self.settings.get(ACTIONS[self.state]) or ()


class Verdict(Struct, frozen=True):
    """What the last data points say of an alarm."""

    state: str
    reason: str


def judge(alarm: Alarm, values: Sequence[tuple[datetime, float | None]]) -> Verdict | None:
    """Return what the values of the last periods say, oldest first; None if the state stays as it is."""
    settings = alarm.settings
    treatment = settings.get("TreatMissingData") or "missing"
    known = [(at, value) for at, value in values if value is not None]
    unknown = len(values) - len(known)
    if not known and treatment == "ignore":
        return None
    if not known and treatment == "missing":
        plural = "datapoint was" if unknown == 1 else "datapoints were"
        return Verdict(INSUFFICIENT, f"Insufficient Data: {unknown} {plural} unknown.")
    compare, words = _COMPARISONS[settings["ComparisonOperator"]]
    threshold = float(settings["Threshold"])
    breaching = [(at, value) for at, value in known if compare(value, threshold)]
    wanted = int(settings.get("DatapointsToAlarm") or settings["EvaluationPeriods"])
    is_raised = len(breaching) + (unknown if treatment == "breaching" else 0) >= wanted
    state = ALARM if is_raised else OK
    shown = breaching if is_raised else [each for each in known if each not in breaching]
    if not shown:
        plural = "datapoint was" if unknown == 1 else "datapoints were"
        return Verdict(
            state,
            f"Threshold Crossed: no datapoints were received for {unknown} periods, "
            f"{unknown} missing {plural} treated as [{'Breaching' if is_raised else 'NonBreaching'}].",
        )
    listed = ", ".join(f"{value} ({at:%d/%m/%y %H:%M:%S})" for at, value in reversed(shown))
    verb = "was" if len(shown) == 1 else "were"
    negation = "" if is_raised else "not "
    change = "OK -> ALARM" if is_raised else "ALARM -> OK"
    least = wanted if is_raised else len(values) - wanted + 1
    return Verdict(
        state,
        f"Threshold Crossed: {len(shown)} out of the last {len(values)} datapoints [{listed}] {verb} {negation}{words} "
        f"({threshold}) (minimum {least} datapoint{'' if least == 1 else 's'} for {change} transition).",
    )
