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

from eventsim.calls.alarm_rule import AlarmRule
from eventsim.calls.metrics import Dimensions, Point

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
class Watched:
    """One metric that an alarm watches, and what was seen of it lately.

    Attributes:
        unit: what the run says of its unit.
        read_count: how much of the trace was read.
    """

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str = ""
    points: list[Point] = field(default_factory=list)
    read_count: int = 0


@dataclass(slots=True)
class Alarm:
    """An alarm, as it was put, and how it stands.

    Attributes:
        settings: what was given, by AWS's names.
        is_composite: whether a rule over other alarms decides.
        updated_us: when the settings were put.
        state_us: when the state was last said, whether it changed or not.
        transitioned_us: when it last changed.
        watched: what it has seen of its metrics lately, by metric.
        is_watching: whether it looks at the end of its periods.
        is_understood: whether its expression is simulated.
        rule: that of a composite alarm.
        is_being_judged: whether its rule is being looked at: a loop of rules goes round once.
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
    watched: dict[tuple[str, str, Dimensions], Watched] = field(default_factory=dict)
    is_watching: bool = False
    is_understood: bool = True
    rule: AlarmRule | None = None
    is_being_judged: bool = False

    @property
    def is_evaluated(self) -> bool:
        """Whether a metric or an expression decides, compared with a number."""
        return (
            not self.is_composite
            and self.is_understood
            and self.settings["ComparisonOperator"] in _COMPARISONS
            and self.settings.get("Threshold") is not None
        )

    @property
    def queries(self) -> Sequence[Mapping[str, Any]]:
        """What it watches, as queries for metrics and expressions over them."""
        given: Sequence[Mapping[str, Any]] | None = self.settings.get("Metrics")
        if given:
            return given
        metric = {
            name: self.settings[name] for name in ("Namespace", "MetricName", "Dimensions") if name in self.settings
        }
        asked = {"Metric": metric, "Period": self.period_us // 1_000_000, "Stat": self.statistic}
        return [{"Id": "m1", "MetricStat": {**asked, "Unit": self.settings.get("Unit")}}]

    @property
    def answer_id(self) -> str:
        """Which of the queries is compared: the one that returns data."""
        return next(str(query["Id"]) for query in self.queries if query.get("ReturnData") is not False)

    @property
    def statistic(self) -> str:
        """The statistic that is compared."""
        return str(self.settings.get("Statistic") or self.settings.get("ExtendedStatistic") or "Average")

    @property
    def period_us(self) -> int:
        """How long each data point's period is."""
        given = self.settings.get("Metrics") or ()
        of_queries = [query.get("Period") or (query.get("MetricStat") or {}).get("Period") or 0 for query in given]
        return int(self.settings.get("Period") or max(of_queries, default=0) or 60) * 1_000_000

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
