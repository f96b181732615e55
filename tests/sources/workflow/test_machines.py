"""Machines, activities and lists of them, as clients see them."""

import json
from functools import partial
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.workflow.conftest import MACHINE, ROLE, passing

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"


def test_another_role_or_other_tags_make_no_other_machine(sfn: Any) -> None:
    """A machine is the same if name, definition, type and settings are; role and tags stay as they were."""
    sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE, tags=[{"key": "a", "value": "1"}])

    sfn.create_state_machine(name="m", definition=passing(1), roleArn=f"{ROLE}-2", tags=[{"key": "a", "value": "2"}])

    assert sfn.describe_state_machine(stateMachineArn=MACHINE)["roleArn"] == ROLE
    assert sfn.list_tags_for_resource(resourceArn=MACHINE)["tags"] == [{"key": "a", "value": "1"}]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"definition": passing(2)}, id="definition"),
        pytest.param({"tracingConfiguration": {"enabled": True}}, id="tracing"),
        pytest.param({"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}}, id="key"),
    ],
)
def test_other_settings_make_another_machine(sfn: Any, other: Any) -> None:
    """And there is one of this name already."""
    given = {"name": "m", "definition": passing(1), "roleArn": ROLE}
    sfn.create_state_machine(**given)

    assert refusal(sfn.create_state_machine, **given | other) == (
        "StateMachineAlreadyExists",
        f"State Machine Already Exists: '{MACHINE}'",
    )


def test_a_page_has_a_hundred_entries(sfn: Any) -> None:
    """Unless `maxResults` says otherwise; 0 does not."""
    for number in range(101):
        sfn.create_activity(name=f"a{number:03}")

    pages = sfn.list_activities(), sfn.list_activities(maxResults=0), sfn.list_activities(maxResults=1000)
    rest = sfn.list_activities(nextToken=pages[0]["nextToken"])

    assert [len(each["activities"]) for each in pages] == [100, 100, 101]
    assert [each["name"] for each in rest["activities"]] == ["a100"]
    assert refusal(sfn.list_activities, nextToken="no") == ("InvalidToken", "Invalid Token: 'Invalid token'")


def test_an_activity_is_made_once(world: SyncSimulation, sfn: Any) -> None:
    """It keeps the date it was made at; another encryption would be another activity."""
    made = sfn.create_activity(name="a")
    world.advance("1 hour")

    again = sfn.create_activity(name="a")

    dates = {each["creationDate"] for each in (made, again, sfn.describe_activity(activityArn=ACTIVITY))}
    assert dates == {made["creationDate"]}
    assert sfn.list_activities()["activities"][0]["creationDate"] == made["creationDate"]
    assert sfn.describe_activity(activityArn=ACTIVITY)["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}
    assert refusal(sfn.create_activity, name="a", encryptionConfiguration=encryption)[0] == "ActivityAlreadyExists"


def test_fifty_tags_are_enough(sfn: Any) -> None:
    """One more is refused, and nothing changes."""
    sfn.create_activity(name="a", tags=[{"key": f"k{number}", "value": ""} for number in range(50)])

    assert refusal(sfn.tag_resource, resourceArn=ACTIVITY, tags=[{"key": "more", "value": ""}])[0] == "TooManyTags"
    assert len(sfn.list_tags_for_resource(resourceArn=ACTIVITY)["tags"]) == 50


def test_a_tag_has_a_key(sfn: Any) -> None:
    """Whoever bears it; nothing is made then."""
    for make in (
        partial(sfn.create_activity, name="a"),
        partial(sfn.create_state_machine, name="m", definition=passing(1), roleArn=ROLE),
    ):
        code, message = refusal(make, tags=[{"key": "k"}, {"value": "v"}])
        assert (code, "Value null at 'tags.2.member.key'" in message) == ("ValidationException", True)
    assert sfn.list_activities()["activities"] == sfn.list_state_machines()["stateMachines"] == []


def test_a_description_may_leave_out_data(world: SyncSimulation, sfn: Any) -> None:
    """`METADATA_ONLY` tells neither definitions nor inputs and outputs."""
    sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE)
    arn = sfn.start_execution(stateMachineArn=MACHINE, input=json.dumps({"a": 1}))["executionArn"]
    world.until_idle()

    told = sfn.describe_execution(executionArn=arn, includedData="METADATA_ONLY")
    machine = sfn.describe_state_machine_for_execution(executionArn=arn, includedData="METADATA_ONLY")

    assert "input" not in told
    assert "output" not in told
    assert (told["inputDetails"], told["outputDetails"]) == ({"included": False}, {"included": False})
    assert machine["definition"] == "{}"
    assert (machine["loggingConfiguration"]["level"], machine["tracingConfiguration"]) == ("OFF", {"enabled": False})


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        ("describe_state_machine", {"stateMachineArn": "m"}, "Invalid ARN prefix: m"),
        (
            "describe_state_machine",
            {"stateMachineArn": ACTIVITY},
            "Resource type not valid in this context: activity",
        ),
        (
            "describe_execution",
            {"executionArn": MACHINE.replace("stateMachine", "express")},
            "Resource type not valid in this context: express",
        ),
        ("describe_activity", {"activityArn": MACHINE}, "Resource type not valid in this context: stateMachine"),
    ],
)
def test_an_arn_names_what_is_asked_for(sfn: Any, operation: str, given: Any, message: str) -> None:
    """Another kind is refused by its name."""
    assert refusal(getattr(sfn, operation), **given) == ("InvalidArn", f"Invalid Arn: '{message}'")


def test_a_machine_tells_all_of_its_settings(sfn: Any) -> None:
    """Also those that nobody gave."""
    sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE)

    told = sfn.describe_state_machine(stateMachineArn=MACHINE)

    assert told["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}
    assert told["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert told["tracingConfiguration"] == {"enabled": False}
