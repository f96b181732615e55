"""How does an alarm change, and who is told? The states of alarms as time passes.

Whoever an alarm names among its actions is sent the message of AWS: topics and functions; the default bus hears of
every change, and composite alarms look at their rules. Other actions (of instances, of scaling) have nobody to act on;
the trace tells of them. Alarms look at the end of each of their periods, as long as time passes for another reason:
they keep no run from being idle.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from eventsim.api import Caller
from eventsim.calls.alarm_history import AlarmHistory
from eventsim.calls.alarm_messages import bus_event, child_state, function_event, told_of, topic_message, topic_subject
from eventsim.calls.alarm_suppression import SUPPRESSOR, Hold, hold_of
from eventsim.calls.alarms import ALARM, OK, Alarm, judge, reason_data
from eventsim.calls.inert import Inert
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

    def watch(self, alarm: Alarm) -> str:
        """Have the metrics of an alarm measured; return what nobody here can tell of them."""

    def values_of(self, alarm: Alarm, begins_us: Sequence[int]) -> list[float | None]:
        """Return what an alarm watches in some periods, None where there is no data."""


class Alarms:
    """The alarms of one simulation.

    Args:
        call: carries out operations of other services.
        find: returns the target with an ARN, None if there is none.
        permits: tells whether a target lets a service send to it for a source.
    """

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        account_id: str,
        region: str,
        call: Callable[..., Any],
        find: Callable[[str], Target | None],
        permits: Callable[..., bool],
    ) -> None:
        self.by_name: dict[str, Alarm] = {}
        self.history = AlarmHistory(clock)
        self.account_id, self.region = account_id, region
        self.bus_arn = f"arn:aws:events:{region}:{account_id}:event-bus/default"
        self.call, self.find, self.permits = call, find, permits
        kind = trace.kind
        self.changed = kind("alarm changed", "{subject} went from {before} to {state}: {reason}")
        self.told = kind("alarm told", "{subject} told {to}")
        self.suppressed = kind("alarm actions suppressed", "{subject} told nobody: {reason}")
        self.untold = kind("alarm action failed", "{subject} could not tell {to}: {reason}")

    def named(self, name: str) -> Alarm | None:
        """Return the alarm that a name or an ARN means, None if there is none."""
        return self.by_name.get(name.rpartition(":alarm:")[2])

    def state_of(self, name: str) -> str:
        """Return the state of an alarm, "" if there is none."""
        alarm = self.named(name)
        return "" if alarm is None else alarm.state


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
    begins_us = range(end_us - alarm.window_us, end_us, period_us)
    values = cloudwatch.values_of(alarm, begins_us)
    verdict = judge(alarm, [(clock.date(begin_us), value) for begin_us, value in zip(begins_us, values, strict=True)])
    if verdict is not None and verdict.state != alarm.state:
        change(cloudwatch, alarm, verdict.state, verdict.reason, 0, reason_data(alarm, verdict, clock.date()))
    watch(cloudwatch, alarm)


def change(cloudwatch: Watcher, alarm: Alarm, state: str, reason: str, cause: int, data: str = "") -> None:
    """Say an alarm's state, and tell its actions if it is another one than before (documented).

    Args:
        data: what was looked at, as JSON, "" if nothing was.
    """
    told, now_us = told_of(alarm), cloudwatch.clock.now_us
    before = told.value
    alarm.state, alarm.reason, alarm.reason_data, alarm.state_us = state, reason, data, now_us
    if state == before:
        return
    alarm.transitioned_us, alarm.previous_state = now_us, before
    if before == ALARM:
        alarm.calmed_us = now_us
    hold = _note_hold(cloudwatch, alarm)
    subject = cloudwatch.trace.subject("alarm", alarm.name)
    detail = {"before": before, "state": state, "reason": reason}
    entry = cloudwatch.trace.record(cloudwatch.alarms.changed, subject, subject, cause, detail=detail)
    cloudwatch.alarms.history.changed(alarm, told, told_of(alarm))
    bus = cloudwatch.alarms.find(cloudwatch.alarms.bus_arn)
    if bus is not None:
        body = json.dumps(bus_event(alarm, told, cloudwatch.clock))
        bus.accept(Envelope(body=body, source_arn=alarm.arn, cause=entry))
    _act(cloudwatch, alarm, hold, entry)
    for held in _suppressed_by(cloudwatch.alarms, alarm):
        _act(cloudwatch, held, _note_hold(cloudwatch, held), entry)
    for parent in parents_of(cloudwatch.alarms, alarm):
        date = f"{cloudwatch.clock.date():%A %d %B, %Y %H:%M:%S} UTC"
        reason = f"{alarm.arn} transitioned to {alarm.state} at {date}"
        judge_composite(cloudwatch, parent, [alarm], reason, entry)


def _note_hold(cloudwatch: Watcher, alarm: Alarm) -> Hold | None:
    """Note what keeps an alarm from telling of its state, and return it: nothing if it told of this one last."""
    suppressor = cloudwatch.alarms.named(alarm.settings.get(SUPPRESSOR) or "")
    hold = None if alarm.told_state == alarm.state else hold_of(alarm, suppressor, cloudwatch.clock.now_us)
    alarm.suppressed_by = "" if hold is None else hold.by
    return hold


def _act(cloudwatch: Watcher, alarm: Alarm, hold: Hold | None, cause: int) -> None:
    """Tell whom an alarm names of its state, now or when nothing keeps it from that any more."""
    if alarm.told_state == alarm.state:
        return
    if hold is None:
        alarm.told_state = alarm.state
        for arn in alarm.actions():
            _tell(cloudwatch, alarm, arn, alarm.previous_state, cause)
        return
    subject = cloudwatch.trace.subject("alarm", alarm.name)
    cloudwatch.trace.record(cloudwatch.alarms.suppressed, subject, subject, cause, detail={"reason": hold.reason})
    if hold.until_us is not None:

        def look_again(_: None) -> None:
            if cloudwatch.alarms.by_name.get(alarm.name) is alarm and alarm.suppressed_by == hold.by:
                _act(cloudwatch, alarm, _note_hold(cloudwatch, alarm), cause)

        cloudwatch.clock.by_calendar(hold.until_us, look_again, None)


def _suppressed_by(alarms: Alarms, suppressor: Alarm) -> list[Alarm]:
    return [
        alarm for alarm in alarms.by_name.values() if alarms.named(alarm.settings.get(SUPPRESSOR) or "") is suppressor
    ]


def parents_of(alarms: Alarms, child: Alarm) -> list[Alarm]:
    """Return the composite alarms whose rules name an alarm."""
    return [
        alarm
        for alarm in alarms.by_name.values()
        if alarm.rule is not None and child in [alarms.named(name) for name in alarm.rule.names]
    ]


def children_of(alarms: Alarms, composite: Alarm) -> list[Alarm]:
    """Return the alarms that the rule of a composite alarm names."""
    names = composite.rule.names if composite.rule else []
    return [alarm for name in names if (alarm := alarms.named(name)) is not None]


def judge_composite(cloudwatch: Watcher, composite: Alarm, looked_at: Sequence[Alarm], reason: str, cause: int) -> None:
    """See whether the rule of a composite alarm holds, and say its state if that is another one than before.

    Args:
        looked_at: the alarms because of which that is seen; those that raise it are told of instead.
    """
    if composite.rule is None or composite.is_being_judged:
        return
    alarms = cloudwatch.alarms
    state = ALARM if composite.rule.holds(alarms.state_of) else OK
    if state == composite.state:
        return
    raising = [child for child in children_of(alarms, composite) if child.state == ALARM]
    told = raising if state == ALARM else looked_at
    states = [{"arn": child.arn, "state": child_state(child, cloudwatch.clock)} for child in told]
    composite.is_being_judged = True
    change(cloudwatch, composite, state, reason, cause, json.dumps({"triggeringAlarms": states}))
    composite.is_being_judged = False


def _tell(cloudwatch: Watcher, alarm: Alarm, arn: str, before: str, cause: int) -> None:
    subject = cloudwatch.trace.subject("alarm", alarm.name)
    try:
        fault = _hand_over(cloudwatch, alarm, arn, before, cause)
    except ApiError as error:
        fault = str(error)
    kind = cloudwatch.alarms.untold if fault else cloudwatch.alarms.told
    detail = {"to": arn, **({"reason": fault} if fault else {})}
    cloudwatch.trace.record(kind, subject, subject, cause, detail=detail)
    cloudwatch.alarms.history.acted(alarm, arn, fault)


def _hand_over(cloudwatch: Watcher, alarm: Alarm, arn: str, before: str, cause: int) -> str:
    """Tell whom an ARN names, or return why there is nobody to tell.

    Raises:
        ApiError: who is named refuses.
    """
    alarms = cloudwatch.alarms
    told_by = cloudwatch.clock, alarms.account_id, alarms.region
    if ":sns:" in arn:
        message = json.dumps(topic_message(alarm, before, *told_by))
        if not alarms.permits(arn, "cloudwatch.amazonaws.com", alarm.arn, cause=cause):
            return "its policy does not allow it"
        parameters = {"TopicArn": arn, "Subject": topic_subject(alarm, alarms.region), "Message": message}
        alarms.call("sns", "Publish", parameters, caller=Caller(cause=cause))
        return ""
    target = alarms.find(arn) if ":lambda:" in arn else None
    if target is None:
        return "there is no such target"
    if not alarms.permits(arn, "lambda.alarms.cloudwatch.amazonaws.com", alarm.arn, cause=cause):
        return "its resource policy does not allow it"
    body = json.dumps(function_event(alarm, before, *told_by))
    target.accept(Envelope(body=body, source_arn=alarm.arn, cause=cause))
    return ""
