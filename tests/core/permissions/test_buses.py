"""What do calls of EventBridge, its Scheduler and its Pipes need?"""

from typing import Any

import pytest

from eventsim.permissions.need import Need
from tests.core.permissions.test_needs import needs

EVENTS = "arn:aws:events:eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/sender"


def test_each_entry_is_judged_on_its_bus() -> None:
    """Alike ones once; policies ask for what they are about."""
    other = "arn:aws:events:eu-west-1:210987654321:event-bus/audit"
    paid = {"Source": "shop", "DetailType": "Paid", "Detail": "{}"}
    about = {"events:source": ("shop",), "events:detail-type": ("Paid",)}

    assert needs("events", "PutEvents", Entries=[paid, paid, {**paid, "EventBusName": other}]) == [
        Need("events:PutEvents", f"{EVENTS}:event-bus/default", about),
        Need("events:PutEvents", other, about),
    ]


@pytest.mark.parametrize(
    ("bus", "resource"),
    [
        (None, "rule/paid"),
        ("default", "rule/paid"),
        ("orders", "rule/orders/paid"),
        (f"{EVENTS}:event-bus/orders", "rule/orders/paid"),
    ],
)
def test_rules_of_the_default_bus_do_not_name_it(bus: str | None, resource: str) -> None:
    """Those of all others do."""
    assert needs("events", "DeleteRule", Name="paid", EventBusName=bus) == [
        Need("events:DeleteRule", f"{EVENTS}:{resource}")
    ]


def test_a_rule_says_what_it_waits_for() -> None:
    """Policies let make rules for some sources only; what a rule is given needs leave of its own."""
    pattern = '{"source": ["shop", {"prefix": "s"}], "detail-type": ["Paid"]}'
    rule = f"{EVENTS}:rule/paid"

    assert needs("events", "PutRule", Name="paid", EventPattern=pattern, RoleArn=ROLE, Tags=[{}]) == [
        Need("events:PutRule", rule, {"events:source": ("shop",), "events:detail-type": ("Paid",)}),
        Need("events:TagResource", rule),
        Need("iam:PassRole", ROLE, {"iam:PassedToService": ("events.amazonaws.com",)}),
    ]


def test_targets_are_told_and_their_roles_passed() -> None:
    """Policies let aim at some targets only."""
    target = "arn:aws:sqs:eu-west-1:123456789012:work"

    assert needs("events", "PutTargets", Rule="paid", Targets=[{"Id": "1", "Arn": target, "RoleArn": ROLE}]) == [
        Need("events:PutTargets", f"{EVENTS}:rule/paid", {"events:TargetArn": (target,)}),
        Need("iam:PassRole", ROLE, {"iam:PassedToService": ("events.amazonaws.com",)}),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "given", "resource"),
    [
        ("events", "StartReplay", {"ReplayName": "again"}, "events:eu-west-1:123456789012:replay/again"),
        ("events", "DescribeEventBus", {}, "events:eu-west-1:123456789012:event-bus/default"),
        ("events", "ActivateEventSource", {"Name": "aws.partner/a"}, "events:eu-west-1::event-source/aws.partner/a"),
        ("events", "ListRules", {}, "events:eu-west-1:123456789012:rule/*"),
        ("scheduler", "GetSchedule", {"Name": "daily"}, "scheduler:eu-west-1:123456789012:schedule/default/daily"),
        ("scheduler", "ListSchedules", {"GroupName": "g"}, "scheduler:eu-west-1:123456789012:schedule/g/*"),
        ("pipes", "StopPipe", {"Name": "p"}, "pipes:eu-west-1:123456789012:pipe/p"),
    ],
)
def test_everything_has_its_own_arn(service: str, operation: str, given: dict[str, Any], resource: str) -> None:
    """Made of its name."""
    assert needs(service, operation, **given) == [Need(f"{service}:{operation}", f"arn:aws:{resource}")]


def test_a_schedule_needs_its_role_passed() -> None:
    """It is the target's."""
    assert needs("scheduler", "CreateSchedule", Name="daily", GroupName="g", Target={"RoleArn": ROLE}) == [
        Need("scheduler:CreateSchedule", "arn:aws:scheduler:eu-west-1:123456789012:schedule/g/daily"),
        Need("iam:PassRole", ROLE, {"iam:PassedToService": ("scheduler.amazonaws.com",)}),
    ]
