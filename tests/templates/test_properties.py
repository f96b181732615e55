"""Properties that a type does not have, or must have: CloudFormation checks them, and so does what its clients ask."""

from pathlib import Path
from typing import Any

from eventsim import SyncSimulation
from eventsim.template.known_properties import KNOWN, Mistake, mistakes_in
from eventsim.template.table import KINDS
from eventsim.template.updates import NAMED, UPDATES

GOOD = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 3}}}"
BAD = GOOD.replace("DelaySeconds: 3", "DelaySecond: 3, Colour: !If [Never, red, !Ref AWS::NoValue], Size: 2")
BAD += "\nConditions: {Never: !Equals [a, b]}"
WORDS = (
    "Properties validation failed for resource Q with message:\n"
    "#: extraneous key [DelaySecond] is not permitted\n"
    "#: extraneous key [Size] is not permitted"
)


def failed(cloudformation: Any) -> tuple[str, str, str]:
    """Return status, reason and detailed status of the resource that failed."""
    events = cloudformation.describe_stack_events(StackName="shop")["StackEvents"]
    (event,) = [each for each in events if each["ResourceStatus"].endswith("_FAILED")]
    return event["ResourceStatus"], event["ResourceStatusReason"], event["DetailedStatus"]


def test_a_stack_with_a_property_that_there_is_not_is_rolled_back(cloudformation: Any) -> None:
    """The event names it; what a condition leaves out is not there."""
    cloudformation.create_stack(StackName="shop", TemplateBody=BAD)

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert failed(cloudformation) == ("CREATE_FAILED", WORDS, "VALIDATION_FAILED")


def test_a_property_that_must_be_given_is_missed(cloudformation: Any) -> None:
    """Before the operation that makes the resource is called; a change set sees it at once."""
    body = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Handler: index.handler, Runtime: python3.12}}}"
    asked = {"StackName": "new", "ChangeSetName": "one"}
    cloudformation.create_stack(StackName="shop", TemplateBody=body)
    cloudformation.create_change_set(**asked, ChangeSetType="CREATE", TemplateBody=body)

    assert failed(cloudformation)[1] == (
        "Properties validation failed for resource F with message:\n"
        "#: required key [Code] not found\n"
        "#: required key [Role] not found"
    )
    events = cloudformation.describe_events(**asked)["OperationEvents"]
    assert {each["ValidationPath"] for each in events} == {"/Resources/F/Properties"}


def test_an_update_with_a_property_that_there_is_not_is_taken_back(cloudformation: Any) -> None:
    """The queue stays as it was."""
    cloudformation.create_stack(StackName="shop", TemplateBody=GOOD)

    cloudformation.update_stack(StackName="shop", TemplateBody=BAD)

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert failed(cloudformation) == ("UPDATE_FAILED", WORDS, "VALIDATION_FAILED")


def test_a_change_set_with_a_property_that_there_is_not_fails(cloudformation: Any) -> None:
    """CDK asks for the events then; who wants no validation finds out when the stack is made."""
    asked = {"StackName": "shop", "ChangeSetType": "CREATE", "TemplateBody": BAD}
    cloudformation.create_change_set(**asked, ChangeSetName="one")
    cloudformation.create_change_set(**asked, ChangeSetName="two", DisableValidation=True)

    told = cloudformation.describe_change_set(StackName="shop", ChangeSetName="one")
    events = cloudformation.describe_events(StackName="shop", ChangeSetName="one", Filters={"FailedEvents": True})[
        "OperationEvents"
    ]
    cloudformation.execute_change_set(StackName="shop", ChangeSetName="two")

    assert (told["Status"], told["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert told["StatusReason"] == (
        "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early "
        "Validation errors, use the DescribeEvents API for detailed failure information."
    )
    assert [(each["ValidationPath"], each["ValidationStatusReason"]) for each in events] == [
        ("/Resources/Q/Properties/DelaySecond", "#: extraneous key [DelaySecond] is not permitted"),
        ("/Resources/Q/Properties/Size", "#: extraneous key [Size] is not permitted"),
    ]
    assert failed(cloudformation) == ("CREATE_FAILED", WORDS, "VALIDATION_FAILED")


def test_who_deploys_a_template_of_their_own_is_told(world: SyncSimulation, tmp_path: Path) -> None:
    """And has the stack."""
    (tmp_path / "t.yaml").write_text(BAD)

    deployed = world.deploy(tmp_path / "t.yaml")

    assert deployed.notes == [
        "Q: DelaySecond is not simulated, and has no effect; did you mean `DelaySeconds`?",
        "Q: Size is not simulated, and has no effect",
    ]


def test_what_is_made_by_is_known() -> None:
    """Every type that is simulated has its properties, those among them by which the simulation works."""
    types = {name for name in KINDS if name.startswith("AWS::")} - {"AWS::CloudFormation::Macro"}

    used = [(name, fixed) for name, update in UPDATES.items() for fixed in update.fixed] + [*NAMED.items()]
    unknown = [(name, by) for name, by in used if Mistake(by, is_missing=False) in mistakes_in(name, [by])]
    assert types - KNOWN.keys() == set()
    assert unknown == []
