"""How does an alarm change, and who is told? The states of alarms as time passes.

Whoever an alarm names among its actions is sent the message of AWS: topics and functions; the default bus hears of
every change. Other actions (of instances, of scaling) have nobody to act on; the trace tells of them. Alarms look at
the end of each of their periods, as long as time passes for another reason: they keep no run from being idle.
"""

import json
from collections.abc import Callable
from typing import Any, Protocol

from eventsim.api import Caller
from eventsim.calls.alarm_messages import Told, bus_event, function_event, topic_message, topic_subject
from eventsim.calls.alarms import Alarm, judge
from eventsim.calls.inert import Inert
from eventsim.calls.metrics import Point
from eventsim.clock import Clock
from eventsim.envelope import Envelope
from eventsim.errors import ApiError
from eventsim.target import Target
from eventsim.trace import Trace


class Watcher(Protocol):
    """What alarms work with: `CloudWatchApi`."""

    clock: Clock
    trace: Trace
    inert: Inert
    alarms: "Alarms"
    tags: dict[str, dict[str, str]]

    def arn(self, resource: str) -> str:
        """Return the ARN of an alarm or a dashboard."""

    def watch(self, alarm: Alarm) -> bool:
        """Have the metric of an alarm measured; return whether anybody may emit it."""

    def points_of(self, alarm: Alarm) -> list[Point]:
        """Return the data points that an alarm watches."""

    def statistic(self, points: list[Point], statistic: str) -> float:
        """Return what a statistic says of data points."""


class Alarms:
    """The alarms of one simulation.

    Args:
        call: carries out operations of other services.
        find: returns the target with an ARN, None if there is none.
        permits: tells whether a target lets a service send to it for a source.
    """

    def __init__(
        self,
        trace: Trace,
        account_id: str,
        region: str,
        call: Callable[..., Any],
        find: Callable[[str], Target | None],
        permits: Callable[[str, str, str], bool],
    ) -> None:
        self.by_name: dict[str, Alarm] = {}
        self.history: list[dict[str, Any]] = []
        self.account_id, self.region = account_id, region
        self.bus_arn = f"arn:aws:events:{region}:{account_id}:event-bus/default"
        self.call, self.find, self.permits = call, find, permits
        kind = trace.kind
        self.changed = kind("alarm changed", "{subject} went from {before} to {state}: {reason}")
        self.told = kind("alarm told", "{subject} told {to}")
        self.untold = kind("alarm action failed", "{subject} could not tell {to}: {reason}")


def watch(cloudwatch: Watcher, alarm: Alarm) -> None:
    """Look at the end of this period, and at that of every following one."""
    alarm.is_watching = True
    clock, period_us = cloudwatch.clock, alarm.period_us
    clock.by_calendar(clock.now_us + period_us - clock.epoch_us() % period_us, lambda _: _look(cloudwatch, alarm), None)


def _look(cloudwatch: Watcher, alarm: Alarm) -> None:
    if cloudwatch.alarms.by_name.get(alarm.name) is not alarm or not alarm.is_evaluated:
        alarm.is_watching = False
        return
    clock, period_us = cloudwatch.clock, alarm.period_us
    end_us = clock.now_us - clock.epoch_us() % period_us
    points = cloudwatch.points_of(alarm)
    values = []
    for begin_us in range(end_us - alarm.window_us, end_us, period_us):
        within = [point for point in points if begin_us <= point.at_us < begin_us + period_us]
        value = cloudwatch.statistic(within, alarm.statistic) if within else None
        values.append((clock.date(begin_us), value))
    verdict = judge(alarm, values)
    if verdict is not None and verdict.state != alarm.state:
        change(cloudwatch, alarm, verdict.state, verdict.reason, 0)
    watch(cloudwatch, alarm)


def change(cloudwatch: Watcher, alarm: Alarm, state: str, reason: str, cause: int) -> None:
    """Say an alarm's state, and tell its actions if it is another one than before (documented)."""
    told, now_us = Told(alarm.state, alarm.reason, alarm.state_us), cloudwatch.clock.now_us
    before = told.value
    alarm.state, alarm.reason, alarm.state_us = state, reason, now_us
    if state == before:
        return
    alarm.transitioned_us = now_us
    subject = cloudwatch.trace.subject("alarm", alarm.name)
    detail = {"before": before, "state": state, "reason": reason}
    entry = cloudwatch.trace.record(cloudwatch.alarms.changed, subject, subject, cause, detail=detail)
    remember(cloudwatch, alarm, "StateUpdate", f"Alarm updated from {before} to {state}")
    bus = cloudwatch.alarms.find(cloudwatch.alarms.bus_arn)
    if bus is not None:
        body = json.dumps(bus_event(alarm, told, cloudwatch.clock))
        bus.accept(Envelope(body=body, source_arn=alarm.arn, cause=entry))
    for arn in alarm.actions():
        _tell(cloudwatch, alarm, arn, before, entry)


def _tell(cloudwatch: Watcher, alarm: Alarm, arn: str, before: str, cause: int) -> None:
    subject = cloudwatch.trace.subject("alarm", alarm.name)
    try:
        fault = _hand_over(cloudwatch, alarm, arn, before, cause)
    except ApiError as error:
        fault = str(error)
    kind = cloudwatch.alarms.untold if fault else cloudwatch.alarms.told
    detail = {"to": arn, **({"reason": fault} if fault else {})}
    cloudwatch.trace.record(kind, subject, subject, cause, detail=detail)
    summary = f"Failed to execute action {arn}" if fault else f"Successfully executed action {arn}"
    remember(cloudwatch, alarm, "Action", summary)


def _hand_over(cloudwatch: Watcher, alarm: Alarm, arn: str, before: str, cause: int) -> str:
    """Tell whom an ARN names, or return why there is nobody to tell.

    Raises:
        ApiError: who is named refuses.
    """
    alarms = cloudwatch.alarms
    told_by = cloudwatch.clock, alarms.account_id, alarms.region
    if ":sns:" in arn:
        message = json.dumps(topic_message(alarm, before, *told_by))
        parameters = {"TopicArn": arn, "Subject": topic_subject(alarm, alarms.region), "Message": message}
        alarms.call("sns", "Publish", parameters, caller=Caller(cause=cause))
        return ""
    target = alarms.find(arn) if ":lambda:" in arn else None
    if target is None:
        return "there is no such target"
    if not alarms.permits(arn, "lambda.alarms.cloudwatch.amazonaws.com", alarm.arn):
        return "its resource policy does not allow it"
    body = json.dumps(function_event(alarm, before, *told_by))
    target.accept(Envelope(body=body, source_arn=alarm.arn, cause=cause))
    return ""


def remember(cloudwatch: Watcher, alarm: Alarm, kind: str, summary: str) -> None:
    cloudwatch.alarms.history.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "CompositeAlarm" if alarm.is_composite else "MetricAlarm",
            "Timestamp": cloudwatch.clock.date(),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps({"version": "1.0", "type": kind}),
        }
    )
