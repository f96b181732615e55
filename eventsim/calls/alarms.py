"""When is an alarm raised? What an alarm watches, and what its last data points say of it.

An alarm looks a little further back than it evaluates (unconfirmed how far, but for AWS's example). If that holds as
many data points as it evaluates, the latest of them count, whatever is missing between them. Otherwise those that are
missing count as its `TreatMissingData` says: as breaching, as not breaching, or not at all. As many breaching ones as
`DatapointsToAlarm` raise it. If nothing but breaching ones is there, too few, `ignore` leaves the state as it is, and
`missing` raises the alarm once the oldest of them is as old as that number of periods. AWS's page shows it in tables.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventsim.calls.alarm_rule import AlarmRule
from eventsim.calls.metric import Dimensions, Point

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
ACTIONS = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT: "InsufficientDataActions"}
"""Which actions a state has."""
EXTRA_PERIODS = 2
"""So many periods more than it evaluates an alarm looks back (documented by an example of three)."""
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
        previous_state: the state before the last change.
        told_state: the state of which its actions told last.
        calmed_us: when it last went out of ALARM, None for never.
        suppressed_by: what keeps it from its actions, "" for nothing.
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
    previous_state: str = INSUFFICIENT
    told_state: str = INSUFFICIENT
    calmed_us: int | None = None
    suppressed_by: str = ""

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
        return self.period_us * (int(self.settings["EvaluationPeriods"]) + EXTRA_PERIODS)

    def actions(self) -> Sequence[str]:
        """Return the ARNs to tell of the present state."""
        return () if self.settings.get("ActionsEnabled") is False else self.settings.get(ACTIONS[self.state]) or ()


Datum = tuple[datetime, float]
"""A data point: when its period begins, and its value."""


class Verdict(Struct, frozen=True):
    """What the last data points say of an alarm.

    Attributes:
        data: the points that were looked at, oldest first.
    """

    state: str
    reason: str
    data: Sequence[Datum] = ()


def judge(alarm: Alarm, values: Sequence[tuple[datetime, float | None]]) -> Verdict | None:
    """Return what the values of the last periods say, oldest first; None if the state stays as it is."""
    settings = alarm.settings
    count = int(settings["EvaluationPeriods"])
    wanted = int(settings.get("DatapointsToAlarm") or count)
    treatment = settings.get("TreatMissingData") or "missing"
    data = [(at, value) for at, value in values if value is not None][-count:]
    missing = count - len(data)
    if not data and treatment == "ignore":
        return None
    if not data and treatment == "missing":
        plural = "datapoint was" if missing == 1 else "datapoints were"
        return Verdict(INSUFFICIENT, f"Insufficient Data: {missing} {plural} unknown.")
    breaching = [each for each in data if _breaches(settings, each[1])]
    is_raised = len(breaching) + (missing if treatment == "breaching" else 0) >= wanted
    if not is_raised and missing and breaching == data and treatment in ("missing", "ignore"):
        if treatment == "ignore":
            return None
        is_raised = any(value is not None for _, value in values[: len(values) - wanted + 1])
    return _verdict(settings, data, breaching, missing, is_raised=is_raised)


def _breaches(settings: Mapping[str, Any], value: float) -> bool:
    compare, _ = _COMPARISONS[settings["ComparisonOperator"]]
    return compare(value, float(settings["Threshold"]))


def _verdict(
    settings: Mapping[str, Any], data: Sequence[Datum], breaching: Sequence[Datum], missing: int, *, is_raised: bool
) -> Verdict:
    """Put a verdict into AWS's words."""
    state = ALARM if is_raised else OK
    shown = breaching if is_raised else [each for each in data if each not in breaching]
    if not shown:
        periods = "1 period" if missing == 1 else f"{missing} periods"
        points = "1 missing datapoint was" if missing == 1 else f"{missing} missing datapoints were"
        treated = "Breaching" if is_raised else "NonBreaching"
        reason = f"Threshold Crossed: no datapoints were received for {periods} and {points} treated as [{treated}]."
        return Verdict(state, reason, data)
    count = int(settings["EvaluationPeriods"])
    wanted = int(settings.get("DatapointsToAlarm") or count)
    _, words = _COMPARISONS[settings["ComparisonOperator"]]
    listed = ", ".join(f"{value} ({at:%d/%m/%y %H:%M:%S})" for at, value in reversed(shown))
    verb = "was" if len(shown) == 1 else "were"
    negation = "" if is_raised else "not "
    change = "OK -> ALARM" if is_raised else "ALARM -> OK"
    least = wanted if is_raised else count - wanted + 1
    return Verdict(
        state,
        f"Threshold Crossed: {len(shown)} out of the last {count} datapoints [{listed}] {verb} {negation}{words} "
        f"({float(settings['Threshold'])}) (minimum {least} datapoint{'' if least == 1 else 's'} for {change} "
        "transition).",
        data,
    )


def reason_data(alarm: Alarm, verdict: Verdict, now: datetime) -> str:
    """Return what an alarm looked at, as JSON (documented by examples)."""
    told: dict[str, Any] = {"version": "1.0", "queryDate": _instant(now)}
    if verdict.data:
        told["startDate"] = _instant(verdict.data[0][0])
    if not alarm.settings.get("Metrics"):
        told["statistic"] = alarm.statistic
    told |= {
        "period": alarm.period_us // 1_000_000,
        "recentDatapoints": [value for _, value in verdict.data],
        "threshold": float(alarm.settings["Threshold"]),
        "evaluatedDatapoints": [{"timestamp": _instant(at), "value": value} for at, value in reversed(verdict.data)],
    }
    return json.dumps(told, separators=(",", ":"))


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
