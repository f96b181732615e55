"""Versions and aliases of state machines."""

from typing import Any

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.workflow.conftest import MACHINE, ROLE, ended, passing


def test_a_version_stays_as_it_was_published(world: SyncSimulation, sfn: Any) -> None:
    """What is changed later concerns the machine, not its versions."""
    made = sfn.create_state_machine(
        name="m", definition=passing(1), roleArn=ROLE, publish=True, versionDescription="first"
    )
    sfn.update_state_machine(stateMachineArn=MACHINE, definition=passing(2))

    execution = ended(world, sfn, made["stateMachineVersionArn"])
    described = sfn.describe_state_machine(stateMachineArn=f"{MACHINE}:1")

    assert execution["output"] == "1"
    assert execution["stateMachineVersionArn"] == described["stateMachineArn"] == f"{MACHINE}:1"
    assert described["description"] == "first"
    assert ended(world, sfn, MACHINE)["output"] == "2"


def test_a_revision_is_published_once(sfn: Any) -> None:
    """Publishing what has not changed gives the version that is there; the newest comes first."""
    sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE)
    first = sfn.publish_state_machine_version(stateMachineArn=MACHINE)["stateMachineVersionArn"]
    again = sfn.publish_state_machine_version(stateMachineArn=MACHINE, revisionId="INITIAL")["stateMachineVersionArn"]
    changed = sfn.update_state_machine(stateMachineArn=MACHINE, definition=passing(2), publish=True)

    listed = sfn.list_state_machine_versions(stateMachineArn=MACHINE)["stateMachineVersions"]

    assert first == again == f"{MACHINE}:1"
    assert [each["stateMachineVersionArn"] for each in listed] == [f"{MACHINE}:2", f"{MACHINE}:1"]
    assert sfn.describe_state_machine(stateMachineArn=MACHINE)["revisionId"] == changed["revisionId"]


def test_only_the_revision_that_is_meant_is_published(sfn: Any) -> None:
    """Somebody else may have changed the machine since."""
    sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE)
    sfn.update_state_machine(stateMachineArn=MACHINE, definition=passing(2))

    code, _ = refusal(sfn.publish_state_machine_version, stateMachineArn=MACHINE, revisionId="INITIAL")

    assert code == "ConflictException"


def published(sfn: Any) -> None:
    """Make a machine with two versions, which give 1 and 2."""
    sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE, publish=True)
    sfn.update_state_machine(stateMachineArn=MACHINE, definition=passing(2), publish=True)


def route(version: int, weight: int = 100) -> dict[str, Any]:
    """Return one way of an alias."""
    return {"stateMachineVersionArn": f"{MACHINE}:{version}", "weight": weight}


def test_an_alias_leads_to_a_version(world: SyncSimulation, sfn: Any) -> None:
    """An execution knows by which alias and version it was started, and is found by each of them."""
    published(sfn)
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=[route(1)])["stateMachineAliasArn"]

    before = ended(world, sfn, alias)
    sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=[route(2)])
    after = ended(world, sfn, alias)

    assert (before["output"], after["output"]) == ("1", "2")
    assert (after["stateMachineAliasArn"], after["stateMachineVersionArn"]) == (alias, f"{MACHINE}:2")
    assert len(sfn.list_executions(stateMachineArn=alias)["executions"]) == 2
    assert len(sfn.list_executions(stateMachineArn=f"{MACHINE}:1")["executions"]) == 1


def test_an_alias_splits_executions(world: SyncSimulation, sfn: Any) -> None:
    """Luck chooses the version by the weights."""
    published(sfn)
    routes = [route(1, 70), route(2, 30)]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]

    outputs = [ended(world, sfn, alias)["output"] for _ in range(100)]

    assert 55 <= outputs.count("1") <= 85
    assert sfn.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"] == routes


def test_an_alias_is_made_once(sfn: Any) -> None:
    """The same again is no error; another one of this name is."""
    published(sfn)
    first = sfn.create_state_machine_alias(name="live", routingConfiguration=[route(1)])

    again = sfn.create_state_machine_alias(name="live", routingConfiguration=[route(1)])
    code, _ = refusal(sfn.create_state_machine_alias, name="live", routingConfiguration=[route(2)])

    assert first["stateMachineAliasArn"] == again["stateMachineAliasArn"]
    assert code == "ConflictException"


def test_a_version_in_use_stays(sfn: Any) -> None:
    """Before a version goes, the aliases that lead to it must go."""
    published(sfn)
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=[route(1)])["stateMachineAliasArn"]

    code, message = refusal(sfn.delete_state_machine_version, stateMachineVersionArn=f"{MACHINE}:1")
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{MACHINE}:1")

    assert (code, message[-6:]) == ("ConflictException", "[live]")
    assert refusal(sfn.start_execution, stateMachineArn=f"{MACHINE}:1")[0] == "StateMachineDoesNotExist"
    assert refusal(sfn.describe_state_machine_alias, stateMachineAliasArn=alias)[0] == "ResourceNotFound"


def test_aliases_are_listed_by_machine_and_by_version(sfn: Any) -> None:
    """The newest comes first."""
    published(sfn)
    sfn.create_state_machine_alias(name="old", routingConfiguration=[route(1)])
    sfn.create_state_machine_alias(name="new", routingConfiguration=[route(2)])

    def names(arn: str) -> list[str]:
        listed = sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]
        return [each["stateMachineAliasArn"].rpartition(":")[2] for each in listed]

    assert names(MACHINE) == ["new", "old"]
    assert names(f"{MACHINE}:1") == ["old"]


def test_routes_must_make_sense(sfn: Any) -> None:
    """Weights are 100 in all, and versions exist."""
    published(sfn)

    light = refusal(sfn.create_state_machine_alias, name="a", routingConfiguration=[route(1, 50), route(2, 40)])
    twice = refusal(sfn.create_state_machine_alias, name="a", routingConfiguration=[route(1, 50), route(1, 50)])
    nowhere = refusal(sfn.create_state_machine_alias, name="a", routingConfiguration=[route(9)])

    assert [light[0], twice[0], nowhere[0]] == ["ValidationException", "ValidationException", "ResourceNotFound"]


def test_versions_go_with_their_machine(sfn: Any) -> None:
    """A machine made anew has none, and counts from 1."""
    published(sfn)
    sfn.create_state_machine_alias(name="live", routingConfiguration=[route(1)])

    sfn.delete_state_machine(stateMachineArn=MACHINE)
    made = sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE, publish=True)

    assert made["stateMachineVersionArn"] == f"{MACHINE}:1"
    assert sfn.list_state_machine_aliases(stateMachineArn=MACHINE)["stateMachineAliases"] == []


def test_a_description_needs_a_version(sfn: Any) -> None:
    """A version's description without a version is refused, as is a role that is none."""
    parameters = {"name": "m", "definition": passing(1), "roleArn": ROLE}

    described = refusal(sfn.create_state_machine, **parameters, versionDescription="x")
    of_nobody = refusal(sfn.create_state_machine, **parameters | {"roleArn": "bad:arn"})

    assert described[0] == "ValidationException"
    assert of_nobody == ("InvalidArn", "Invalid Role Arn: 'bad:arn'")
