"""What do rules of buses and schedules emit?

Rules of the default bus are told by their name, those of other buses by their bus and their name; both are told for all
rules together, too (documented).
"""

from collections.abc import Mapping

from eventsim.calls.metric import Home, Metric, Place, Point, counted, detail_of, one
from eventsim.trace import Entry

_EVENTS, _SCHEDULER = "AWS/Events", "AWS/Scheduler"
_MATCHED = ("event matched",)
_DELIVERED, _RETRIED, _FAILED = "event delivered", "event delivery retried", "event delivery failed"
_TOLD, _TRIED_AGAIN, _GIVEN_UP = "schedule delivered", "schedule delivery retried", "schedule delivery failed"


def _of_default_bus(entry: Entry, _: Home) -> Mapping[str, str]:
    return {} if "EventBusName" in detail_of(entry) else {"RuleName": _last_name(entry)}


def _of_other_bus(entry: Entry, _: Home) -> Mapping[str, str]:
    bus = detail_of(entry).get("EventBusName")
    return {"EventBusName": bus, "RuleName": _last_name(entry)} if bus else {}


def _of_account(_: Entry, home: Home) -> Mapping[str, str]:
    return {"AccountId": home.account_id}


def _last_name(entry: Entry) -> str:
    """Return what a place is called without its bus or its group."""
    return entry.place.partition(" ")[2].rpartition("/")[2]


def _group(entry: Entry, _: Home) -> Mapping[str, str]:
    return {"ScheduleGroup": entry.place.removeprefix("schedule ").rpartition("/")[0] or "default"}


def _first(entry: Entry) -> Point | None:
    """Count an event that a rule took, unless another has taken it before."""
    return None if entry.value else one(entry)


def _when_repeated(entry: Entry) -> Point:
    return Point(entry.at_us + entry.value, 1)


def _throttled(entry: Entry) -> Point | None:
    return one(entry) if detail_of(entry).get("is_throttled") else None


_BUS_AND_RULE = ("EventBusName", "RuleName")
_RULE = Place("rule", (("RuleName",), ()), _of_default_bus)
_RULE_OF_BUS = Place("rule", (_BUS_AND_RULE, ()), _of_other_bus)
_SCHEDULE = Place("schedule", (("ScheduleGroup",), ()), _group)


def _of_rules(place: Place) -> tuple[Metric, ...]:
    return (
        Metric(_EVENTS, "RetryInvocationAttempts", "Count", (_RETRIED,), place, _when_repeated),
        Metric(
            _EVENTS,
            "InvocationsSentToDlq",
            "Count",
            ("undelivered event kept",),
            place,
            one,
            undone_by="undelivered event lost",
        ),
        *counted(
            _EVENTS,
            place,
            {
                "TriggeredRules": ("event matched", "rule fired"),
                "Invocations": (_DELIVERED, _FAILED),
                "FailedInvocations": _FAILED,
                "InvocationAttempts": (_DELIVERED, _RETRIED, _FAILED),
                "SuccessfulInvocationAttempts": _DELIVERED,
                "InvocationsFailedToBeSentToDlq": "undelivered event lost",
            },
        ),
    )


METRICS = (
    *_of_rules(_RULE),
    *_of_rules(_RULE_OF_BUS),
    Metric(_EVENTS, "MatchedEvents", "Count", _MATCHED, Place("rule", (("RuleName",),), _of_default_bus), one),
    Metric(_EVENTS, "MatchedEvents", "Count", _MATCHED, Place("rule", (_BUS_AND_RULE,), _of_other_bus), one),
    Metric(_EVENTS, "MatchedEvents", "Count", _MATCHED, Place("rule", ((),), _of_account), _first),
    Metric(
        _SCHEDULER,
        "InvocationsSentToDeadLetterCount",
        "Count",
        ("undelivered firing kept",),
        _SCHEDULE,
        one,
        undone_by="undelivered firing lost",
    ),
    Metric(_SCHEDULER, "TargetErrorThrottledCount", "Count", (_TRIED_AGAIN, _GIVEN_UP), _SCHEDULE, _throttled),
    *counted(
        _SCHEDULER,
        _SCHEDULE,
        {
            "InvocationAttemptCount": (_TOLD, _TRIED_AGAIN, _GIVEN_UP),
            "TargetErrorCount": (_TRIED_AGAIN, _GIVEN_UP),
            "InvocationDroppedCount": _GIVEN_UP,
            "InvocationsFailedToBeSentToDeadLetterCount": "undelivered firing lost",
        },
    ),
)
