"""May a service act in a role? The role's trust says so, and each service has words of its own for it."""

import json
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from tests.roles import make_role, missing

HERE = "us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/worker"
DEFINITION = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
STREAM = f"arn:aws:kinesis:{HERE}:stream/s"
SCHEDULE = {
    "Name": "s",
    "ScheduleExpression": "rate(1 hour)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": f"arn:aws:sqs:{HERE}:q", "RoleArn": ROLE},
}
CASES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "states": (
        "stepfunctions",
        "CreateStateMachine",
        {"name": "m", "definition": DEFINITION, "roleArn": ROLE},
        "AccessDeniedException: Neither the global service principal states.amazonaws.com, nor the regional one is "
        "authorized to assume the provided role.",
    ),
    "scheduler": (
        "scheduler",
        "CreateSchedule",
        SCHEDULE,
        "ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ),
    "events": (
        "events",
        "PutTargets",
        {"Rule": "r", "Targets": [{"Id": "t", "Arn": STREAM, "RoleArn": ROLE}]},
        f"ValidationException: Provided role '{ROLE}' cannot be assumed by principal 'events.amazonaws.com'.",
    ),
    "firehose": (
        "firehose",
        "CreateDeliveryStream",
        {
            "DeliveryStreamName": "d",
            "ExtendedS3DestinationConfiguration": {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake"},
        },
        f"InvalidArgumentException: Firehose is unable to assume role {ROLE}. Please check the role provided.",
    ),
}


def attempt(principal: str, case: str, permissions: Any = "enforced") -> tuple[str, list[tuple[Any, Any]]]:
    """Have a service take a role that trusts one service; return its refusal, and what the trace tells."""
    service, operation, parameters, _ = CASES[case]
    with SyncSimulation(permissions=permissions) as world:
        make_role(world, "worker", {}, trusts=[principal])
        world.request("events", "PutRule", {"Name": "r", "EventPattern": '{"source": ["shop"]}'})
        try:
            world.request(service, operation, parameters)
        except ApiError as error:
            return str(error), missing(world)
        return "", missing(world)


@pytest.mark.parametrize("case", CASES)
def test_a_service_takes_a_role_that_trusts_it(case: str) -> None:
    """By the name of the service."""
    assert attempt(case, case) == ("", [])


def test_step_functions_has_a_name_in_every_region() -> None:
    """Old roles trust that one."""
    assert attempt("states.us-east-1", "states") == ("", [])


@pytest.mark.parametrize("case", CASES)
def test_a_service_takes_no_role_that_trusts_another(case: str) -> None:
    """Whoever names such a role is refused at once."""
    refusal, told = attempt("lambda", case)

    assert (refusal, told) == (CASES[case][3], [("sts:AssumeRole", ROLE)])


def test_what_is_only_told_of_is_taken() -> None:
    """The trace says what would have been refused."""
    assert attempt("lambda", "states", "told") == ("", [("sts:AssumeRole", ROLE)])
