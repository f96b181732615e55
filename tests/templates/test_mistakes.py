"""What is wrong with a template is told with file, line and logical id, before anything is made."""

from pathlib import Path

import pytest

from eventsim import SyncSimulation, TemplateError
from eventsim.template.document import BYTES_MAX
from eventsim.template.inert import SERVICES, TYPES
from eventsim.template.known_types import is_unheard_of, mistake_in
from eventsim.template.table import KINDS

CASES = {
    "a reference to nothing": (
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Ref Nam}\n"
        "Parameters: {Name: {Type: String}}",
        r"4:\d+: Q: there is no resource or parameter `Nam`; did you mean `Name`",
    ),
    "an attribute that the type has not": (
        "Resources:\n  Q: {Type: AWS::SQS::Queue}\nOutputs:\n  X: {Value: !GetAtt Q.Ar}",
        r"4:\d+: AWS::SQS::Queue has no attribute `Ar`; did you mean `Arn`",
    ),
    "a circle": (
        "Resources:\n  A: {Type: AWS::SQS::Queue, DependsOn: B}\n  B: {Type: AWS::SQS::Queue, DependsOn: A}",
        r"2:\d+: these resources depend on one another in a circle: A → B → A",
    ),
    "a dependency on nothing": (
        "Resources:\n  A: {Type: AWS::SQS::Queue, DependsOn: [B]}",
        r"2:\d+: A: there is no resource `B`",
    ),
    "a resource without a type": (
        "Resources:\n  A: {Properties: {}}",
        r"2:\d+: Template format error: \[/Resources/A\] Every Resources object must contain a Type member\.",
    ),
    "a type that is no text": ("Resources:\n  A: {Type: 1}", r"2:\d+: the resource `A` has no `Type`"),
    "a type that there is not": (
        "Resources:\n  Q: {Type: AWS::SQS::Queu}",
        r"2:\d+: Q: `AWS::SQS::Queu` is no resource type of CloudFormation's \(as of .*\); did you mean `Queue`\?",
    ),
    "no type at all": (
        "Resources:\n  Q: {Type: SQS::Queue}",
        r"2:\d+: Q: `SQS::Queue` is no resource type; types are such as `AWS::SQS::Queue` or `Custom::Name`",
    ),
    "a type in small letters": (
        "Resources:\n  Q: {Type: aws::SQS::Queue}",
        r"2:\d+: Q: `aws::SQS::Queue` is no resource type; AWS's begin with `AWS::`",
    ),
    "a type of SAM's without its transform": (
        "Resources:\n  F: {Type: AWS::Serverless::Function}",
        r"2:\d+: F: `AWS::Serverless::Function` is a type of SAM's, and the template has no `Transform: AWS::Server",
    ),
    "a type that SAM has not": (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Type: AWS::Serverless::Funktion}",
        r"3:\d+: F: `AWS::Serverless::Funktion` is no resource type .*; did you mean `Function`\?",
    ),
    "a type that there is not, and no resource": (
        "Conditions: {Never: !Equals [a, b]}\n"
        "Resources:\n  Q: {Type: AWS::SQS::Queu, Condition: Never}\n  R: {Type: AWS::SQS::Queue}",
        r"3:\d+: Q: `AWS::SQS::Queu` is no resource type",
    ),
    "no resources": ("Outputs: {}\n", "the template has no resources"),
    "no YAML": ("Resources:\n  A: [", r":2:|:3:"),
    "a tag that nobody knows": ("Resources:\n  A: !Reff B", r"2:\d+: `!Reff`: CloudFormation has no such tag"),
    "a value out of bounds": (
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {VisibilityTimeout: 99999}",
        r"2:\d+: Q \(AWS::SQS::Queue\): InvalidAttributeValue",
    ),
    "an import of what nobody exports": (
        "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue x}}",
        "no stack of this simulation exports `x`",
    ),
    "a parameter that does not suit": (
        "Parameters:\n  N: {Type: Number, Default: many}\nResources: {Q: {Type: AWS::SQS::Queue}}",
        r"2:\d+: the parameter `N` must be a number, not 'many'",
    ),
    "code that is not there": (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Type: AWS::Serverless::Function, "
        "Properties: {CodeUri: nowhere/deep/, Handler: a.b, Runtime: python3.12}}",
        r"3:\d+: F: there is no .*nowhere/deep",
    ),
    "what SAM refuses": (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Type: AWS::Serverless::Function, "
        "Properties: {Handler: a.b, Runtime: python3.12, Events: {E: {Type: Nothing}}}}",
        r"3:\d+: SAM: ",
    ),
    "an alias bomb": (
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
        ),
        "the aliases in here expand to more than",
    ),
    "a reference to itself": (
        "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Q}x'}}",
        r"template\.yaml:2:.*Q: it refers to itself",
    ),
    "properties that are a list": (
        "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: [1]}",
        r"template\.yaml:2:.*Q: `Properties` is a mapping",
    ),
    "a name twice": (
        "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {QueueName: same}}\n"
        "  B: {Type: AWS::SQS::Queue, Properties: {QueueName: same}}",
        r"template\.yaml:3:.*B \(AWS::SQS::Queue\): same already exists: A of the stack",
    ),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_a_mistake_names_its_line(world: SyncSimulation, tmp_path: Path, text: str, message: str) -> None:
    """And nothing is left in the world."""
    (tmp_path / "template.yaml").write_text(text)

    with pytest.raises(TemplateError, match=message):
        world.deploy(tmp_path / "template.yaml")

    assert list(world.sources("queues")) == []
    assert len(world.functions) == 0


def test_several_mistakes_are_told_at_once(world: SyncSimulation, tmp_path: Path) -> None:
    """Nobody mends one line after another."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref X, DelaySeconds: !Ref Z}}\n"
        "Outputs: {O: {Value: !Ref Y}}"
    )

    with pytest.raises(TemplateError) as caught:
        world.deploy(tmp_path / "t.yaml")

    assert [name for name in "XYZ" if f"`{name}`" in str(caught.value)] == ["X", "Y", "Z"]


def test_a_template_that_is_too_large_is_refused(world: SyncSimulation, tmp_path: Path) -> None:
    """CloudFormation takes a million bytes."""
    (tmp_path / "t.yaml").write_text("#" * (BYTES_MAX + 1))

    with pytest.raises(TemplateError, match="at most 1,000,000 bytes"):
        world.deploy(tmp_path / "t.yaml")


def test_a_parameter_that_nobody_declares_is_refused(world: SyncSimulation) -> None:
    """A misspelt name does not pass in silence."""
    with pytest.raises(TemplateError, match="no parameter `WithResult`; did you mean `WithResults`"):
        world.deploy("api_queue_service/template.yaml", parameters={"WithResult": "true"})


def test_a_refusal_takes_back_what_was_made(world: SyncSimulation, tmp_path: Path) -> None:
    """The first queue goes when the second is refused."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  A: {Type: AWS::SQS::Queue}\n"
        "  B: {Type: AWS::SQS::Queue, DependsOn: A, Properties: {DelaySeconds: -1}}"
    )

    with pytest.raises(TemplateError, match="B "):
        world.deploy(tmp_path / "t.yaml")

    assert list(world.sources("queues")) == []


def test_what_is_odd_is_noted(world: SyncSimulation, tmp_path: Path) -> None:
    """A key that is there twice counts once, the last; a property without effect says why; a value is invented."""
    (tmp_path / "t.yaml").write_text(
        "Parameters: {Mail: {Type: String}}\n"
        "Resources:\n  A: {Type: AWS::SQS::Queue}\n  A: {Type: AWS::DynamoDB::Table, Properties: {"
        "AttributeDefinitions: [{AttributeName: id, AttributeType: S}], "
        "KeySchema: [{AttributeName: id, KeyType: HASH}], BillingMode: PAY_PER_REQUEST, "
        "ImportSourceSpecification: {InputFormat: CSV}}}\n"
    )

    deployed = world.deploy(tmp_path / "t.yaml")

    assert [line.type for line in deployed.lines] == ["AWS::DynamoDB::Table"]
    assert deployed.notes == [
        "the parameter Mail has no value, so it is 'eventsim@example.com'; give another with --parameter",
        f"{tmp_path / 't.yaml'}:4: `A` is here twice; the last one counts",
        "A: ImportSourceSpecification is not simulated, and has no effect",
    ]


def test_a_type_of_another_service_is_taken_and_told(world: SyncSimulation, tmp_path: Path) -> None:
    """Only the types of services that are simulated are all known; a slip in a service's name is asked about."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  Job: {Type: AWS::Glue::Job}\n  Theirs: {Type: Vendor::Thing::Part}\n"
        "  New: {Type: AWS::Lambda::WebFunction}\n  F: {Type: AWS::Lamda::Function}\n"
    )

    deployed = world.deploy(tmp_path / "t.yaml")

    assert [line.told for line in deployed.lines] == [
        "is of the type AWS::Glue::Job, which is not simulated",
        "is of the type Vendor::Thing::Part, which is not simulated",
        "is of the type AWS::Lambda::WebFunction, which is not simulated",
        "is of the type AWS::Lamda::Function, which is not simulated; did you mean `AWS::Lambda::Function`?",
    ]


@pytest.mark.parametrize("name", [*KINDS, *TYPES])
def test_a_type_that_is_simulated_is_one(name: str) -> None:
    """The list of what there is holds what works and what is accepted."""
    assert mistake_in(name, is_sam=True) == ""


def test_a_service_that_is_accepted_has_types() -> None:
    """Nor is a client told that there are none."""
    assert [name for name in SERVICES if is_unheard_of(f"AWS::{name}::Thing")] == []


def test_a_property_that_is_nearly_one_is_guessed(world: SyncSimulation, tmp_path: Path) -> None:
    """CloudFormation would refuse it; here it is told what was meant, if that is plain to see."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n"
        "  A: {Type: AWS::SQS::Queue, Properties: {VisibiltyTimeout: 90}}\n"
        "  B: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [a]}, Target: []}}\n"
        "  C: {Type: AWS::Kinesis::Stream, Properties: {ShardCounts: 2, Retention: 30}}\n"
    )

    deployed = world.deploy(tmp_path / "t.yaml")

    assert deployed.notes == [
        "A: VisibiltyTimeout is not simulated, and has no effect; did you mean `VisibilityTimeout`?",
        "B: Target is not simulated, and has no effect; did you mean `Targets`?",
        "C: ShardCounts is not simulated, and has no effect; did you mean `ShardCount`?",
        "C: Retention is not simulated, and has no effect",
    ]


def test_policies_of_making_and_changing_are_told(world: SyncSimulation, tmp_path: Path) -> None:
    """Nothing waits for signals and nothing changes in turns; of what is not made there is nothing to tell."""
    (tmp_path / "t.yaml").write_text(
        "Conditions: {Never: !Equals [a, b]}\n"
        "Resources:\n"
        "  A: {Type: AWS::SQS::Queue, CreationPolicy: {ResourceSignal: {Count: 2}}}\n"
        "  B: {Type: AWS::SQS::Queue, UpdatePolicy: {AutoScalingRollingUpdate: {MaxBatchSize: 1}}}\n"
        "  C: {Type: AWS::SQS::Queue, Condition: Never, UpdatePolicy: {UseOnlineResharding: true}}\n"
    )

    deployed = world.deploy(tmp_path / "t.yaml")

    assert deployed.notes == [
        "A: CreationPolicy has no effect: nothing waits for signals",
        "B: UpdatePolicy has no effect: what changes, changes at once",
    ]


def test_the_translator_leaves_no_complaint_behind(world: SyncSimulation, tmp_path: Path) -> None:
    """Of metrics that nobody published; it would stand in the log of whichever function runs as it is collected."""
    metrics = pytest.importorskip("samtranslator.metrics.method_decorator").MetricsMethodWrapperSingleton
    template = "Transform: AWS::Serverless-2016-10-31\nResources: {Kept: {Type: AWS::Serverless::SimpleTable}}"
    (tmp_path / "t.yaml").write_text(template)

    world.deploy(tmp_path / "t.yaml")

    assert metrics.get_instance().metrics_cache == {}
