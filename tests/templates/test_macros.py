"""Macros: functions of one stack that rewrite the templates of others."""

from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim.errors import TemplateError

MACROS = """
Resources:
  Rewrite:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code:
        ZipFile: |
          def handler(event, context):
              print(event["transformId"], event["params"], event["templateParameterValues"], event["region"])
              fragment = event["fragment"]
              answer = {"requestId": event["requestId"], "status": "success", "fragment": fragment}
              match event["params"].get("do"):
                  case "delay":
                      fragment["DelaySeconds"] = int(event["params"]["by"])
                  case "text":
                      answer["fragment"] = "renamed"
                  case "refuse":
                      answer |= {"status": "failure", "errorMessage": "no such thing"}
                  case "crash":
                      raise ValueError("broken")
                  case _:
                      for each in fragment["Resources"].values():
                          each.setdefault("Properties", {})["VisibilityTimeout"] = 77
              return answer
  Macro: {Type: AWS::CloudFormation::Macro, Properties: {Name: Rewrite, FunctionName: !GetAtt Rewrite.Arn}}
"""


@pytest.fixture
def macros(world: SyncSimulation, tmp_path: Path) -> SyncSimulation:
    (tmp_path / "macros.yaml").write_text(MACROS)
    world.deploy(tmp_path / "macros.yaml", stack="macros")
    return world


def deployed(world: SyncSimulation, folder: Path, text: str, **more: Any) -> Any:
    (folder / "shop.yaml").write_text(text)
    return world.deploy(folder / "shop.yaml", stack="shop", **more)


def attributes(world: SyncSimulation, url: str) -> Any:
    return world.request("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})["Attributes"]


def test_a_macro_rewrites_a_template(macros: SyncSimulation, tmp_path: Path) -> None:
    """It is told its name, the parameters' values and the region, and gets the template without `Transform`."""
    text = """
Transform: [Rewrite, AWS::LanguageExtensions]
Parameters: {Stage: {Type: String}}
Resources:
  C: {Type: AWS::SQS::Queue}
"""

    made = deployed(macros, tmp_path, text, parameters={"Stage": "test"})

    assert attributes(macros, made["C"])["VisibilityTimeout"] == "77"
    told = [entry.detail["text"] for entry in macros.trace.entries(("logged",))]
    assert any("123456789012::Rewrite {} {'Stage': 'test'} us-east-1" in line for line in told)


def test_a_macro_rewrites_what_stands_beside_it(macros: SyncSimulation, tmp_path: Path) -> None:
    """The innermost first: the outer one gets what the inner one made, which may be anything."""
    text = """
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      Fn::Transform: {Name: Rewrite, Parameters: {do: delay, by: 9}}
      QueueName: {"Fn::Transform": {Name: Rewrite, Parameters: {do: text}}}
"""

    made = deployed(macros, tmp_path, text)

    assert attributes(macros, made["Q"])["DelaySeconds"] == "9"
    assert made["Q"].endswith("/renamed")


@pytest.mark.parametrize(
    ("transform", "says"),
    [
        ("{Name: Rewrite, Parameters: {do: refuse}}", "Transform 123456789012::Rewrite failed with: no such thing"),
        ("{Name: Rewrite, Parameters: {do: crash}}", "failed with: its function failed: ValueError: broken"),
        ("{Name: Rewrit}", "No transform named 123456789012::Rewrit found; did you mean `Rewrite`?"),
    ],
)
def test_what_a_macro_refuses_has_its_place(macros: SyncSimulation, tmp_path: Path, transform: str, says: str) -> None:
    """In AWS's words, with the line."""
    text = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      Fn::Transform: " + transform

    with pytest.raises(TemplateError) as refused:
        deployed(macros, tmp_path, text)

    assert "shop.yaml:5:" in str(refused.value)
    assert says in str(refused.value)


def test_a_macro_does_not_work_in_its_own_template(world: SyncSimulation, tmp_path: Path) -> None:
    """It is not there yet when the template is read."""
    with pytest.raises(TemplateError, match="cannot be used by the template that declares it"):
        deployed(world, tmp_path, "Transform: Rewrite\n" + MACROS)


def test_a_macro_goes_with_its_stack(macros: SyncSimulation, tmp_path: Path) -> None:
    """Then nobody finds it any more."""
    macros.request("cloudformation", "DeleteStack", {"StackName": "macros"})

    with pytest.raises(TemplateError, match="No transform named 123456789012::Rewrite found"):
        deployed(macros, tmp_path, "Transform: Rewrite\nResources: {Q: {Type: AWS::SQS::Queue}}")


def test_a_file_may_be_included_by_transform(world: SyncSimulation, tmp_path: Path) -> None:
    """Its sections are the template's."""
    (tmp_path / "more.yaml").write_text("Mappings: {Of: {Test: {Delay: 4}}}")
    text = """
Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !FindInMap [Of, Test, Delay]}}
"""

    made = deployed(world, tmp_path, text)

    assert attributes(world, made["Q"])["DelaySeconds"] == "4"


EXTENDED = """
Transform: AWS::LanguageExtensions
Parameters: {Stage: {Type: String, Default: test}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources:
  Fn::ForEach::Each:
    - Address
    - [10.0.2.1, 10.0.2.2]
    - "Queue&{Address}":
        Type: AWS::SQS::Queue
        DeletionPolicy: !If [IsProd, Retain, Delete]
"""


@pytest.mark.parametrize(("stage", "left"), [("test", 0), ("prod", 2)])
def test_the_language_extensions_name_and_keep_resources(
    world: SyncSimulation, tmp_path: Path, stage: str, left: int
) -> None:
    """`&{name}` leaves letters and digits, which logical ids are made of; a condition says what is kept."""
    made = deployed(world, tmp_path, EXTENDED, parameters={"Stage": stage})

    world.request("cloudformation", "DeleteStack", {"StackName": "shop"})

    assert sorted(made.resources) == ["Queue10021", "Queue10022"]
    urls: Any = world.request("sqs", "ListQueues", {}).get("QueueUrls", [])
    assert len(urls) == left


WRITTEN_OUT = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Stage: {Type: String, Default: test}}
Mappings: {Shops: {test: {Names: [north, south]}}}
Resources:
  Fn::ForEach::Shops:
    - Shop
    - !FindInMap [Shops, !Ref Stage, Names]
    - Queue${Shop}: {Type: AWS::SQS::Queue}
      Function${Shop}:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: app.handler
          CodeUri: ${Shop}
          Environment: {Variables: {QUEUE: !Ref {"Fn::Sub": "Queue${Shop}"}}}
Outputs:
  Fn::ForEach::Arns:
    - Shop
    - [north, !Sub south]
    - Arn${Shop}: {Value: !GetAtt [!Sub "Queue${Shop}", !Select [0, [Arn]]]}
"""


def test_the_language_extensions_write_out_paths_and_references(world: SyncSimulation, tmp_path: Path) -> None:
    """Each turn of a loop has code of its own; a function says to which resource a reference leads."""
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(
            f"import os\ndef handler(event, context):\n    return ['{name}', os.environ['QUEUE']]\n"
        )

    made = deployed(world, tmp_path, WRITTEN_OUT)

    assert world.invoke("Functionnorth") == ["north", made["Queuenorth"]]
    assert world.invoke("Functionsouth") == ["south", made["Queuesouth"]]
    assert made.outputs["Arnsouth"].endswith(made["Queuesouth"].rpartition("/")[2])


@pytest.mark.parametrize("reference", ["!Ref {'Fn::Sub': '${Queue}'}", "!GetAtt [!Ref Queue, Arn]"])
def test_the_language_extensions_know_no_resources(world: SyncSimulation, tmp_path: Path, reference: str) -> None:
    """What a reference leads to must be known before anything is made."""
    text = "Transform: AWS::LanguageExtensions\nResources: {Queue: {Type: AWS::SQS::Queue}}\n"

    with pytest.raises(TemplateError, match="the language extensions know no resources"):
        deployed(world, tmp_path, f"{text}Outputs: {{O: {{Value: {reference}}}}}")


def test_a_deletion_policy_is_a_text_without_the_extensions(world: SyncSimulation, tmp_path: Path) -> None:
    """As CloudFormation refuses it, with its place."""
    text = """
Conditions: {Never: !Equals [a, b]}
Resources: {Q: {Type: AWS::SQS::Queue, DeletionPolicy: !If [Never, Retain, Delete]}}
"""

    with pytest.raises(TemplateError, match="a `DeletionPolicy` is a text, unless `Transform` names"):
        deployed(world, tmp_path, text)
