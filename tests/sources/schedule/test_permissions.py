"""May the role of a schedule do what its target asks for?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.roles import make_role, missing

ROLE = "arn:aws:iam::123456789012:role/scheduler"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
TARGETS = {
    "a queue": {"Arn": QUEUE, "Input": "now"},
    "an operation": {"Arn": UNIVERSAL, "Input": f'{{"QueueUrl": "{URL}jobs", "MessageBody": "now"}}'},
}


@contextmanager
def world_with(actions: dict[str, Any], target: Any, permissions: Any = "enforced") -> Iterator[SyncSimulation]:
    """Lend a world in which a schedule has fired once."""
    with SyncSimulation(permissions=permissions) as world:
        make_role(world, "scheduler", actions)
        for name in ("jobs", "dead"):
            world.request("sqs", "CreateQueue", {"QueueName": name})
        parameters = {
            "Name": "s",
            "ScheduleExpression": "at(2026-01-01T01:00:00)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {**target, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": DEAD}},
        }
        world.request("scheduler", "CreateSchedule", parameters)
        world.until_idle()
        yield world


def messages(world: SyncSimulation, queue: str) -> Any:
    """Return the messages in a queue."""
    parameters = {"QueueUrl": URL + queue, "MessageAttributeNames": ["All"]}
    return world.request("sqs", "ReceiveMessage", parameters).get("Messages", [])


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_schedule_does_what_its_role_allows(target: Any) -> None:
    """Delivered by Scheduler's own way or as any operation: the action is the same."""
    with world_with({"sqs:SendMessage": QUEUE}, target) as world:
        (message,) = messages(world, "jobs")

        assert message["Body"] == "now"


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_what_the_role_does_not_allow_is_a_dead_letter_at_once(target: Any) -> None:
    """A refusal is not tried again."""
    with world_with({"sqs:SendMessage": DEAD}, target) as world:
        (letter,) = messages(world, "dead")

        told = {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}
        assert (told["ERROR_CODE"], told["RETRY_ATTEMPTS"]) == ("AccessDenied", "0")
        assert told["ERROR_MESSAGE"] == (
            "User: arn:aws:sts::123456789012:assumed-role/scheduler/s is not authorized to perform: sqs:sendmessage "
            f"on resource: {QUEUE} because no identity-based policy allows the sqs:sendmessage action"
        )


def test_the_role_sends_dead_letters_too() -> None:
    """Without its permission they are lost."""
    with world_with({}, TARGETS["a queue"]) as world:
        assert messages(world, "dead") == []
        assert missing(world) == [("sqs:SendMessage", QUEUE), ("sqs:SendMessage", DEAD)]


def test_what_is_only_told_is_delivered() -> None:
    """The trace says what would have been refused."""
    with world_with({}, TARGETS["a queue"], "told") as world:
        assert len(messages(world, "jobs")) == 1
        assert missing(world) == [("sqs:SendMessage", QUEUE)]


def test_the_least_policy_of_a_schedule_is_its_role_s() -> None:
    """Roles of services stand beside functions."""
    with world_with({}, TARGETS["a queue"], "noted") as world:
        statement = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [QUEUE]}
        assert world.permissions_needed()["scheduler"]["Statement"] == [statement]
