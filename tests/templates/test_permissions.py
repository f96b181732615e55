"""Do the applications do what they would do on AWS where permissions are enforced? Unless they lack one, on purpose."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.templates import test_applications as told
from tests.templates.conftest import APPLICATIONS

Story = Callable[[SyncSimulation], None]

LACKING: dict[Story, str] = {
    told.test_a_pipe_carries_from_queue_to_queue: "sqs:ReceiveMessage",
    told.test_a_pipe_posts_to_an_api_of_the_same_stack: "dynamodb:PutItem",
    told.test_a_scheduler_sends_to_a_queue: "sqs:SendMessage",
    told.test_a_state_machine_gets_what_the_template_puts_into_it: "lambda:InvokeFunction",
    told.test_a_workflow_waits_for_its_token: "states:SendTaskSuccess",
    told.test_an_api_made_piece_by_piece_answers: "lambda:InvokeFunction",
    told.test_an_api_sends_to_a_queue_by_a_mapping_template: "dynamodb:PutItem",
    told.test_rules_on_a_bus_transform_what_they_tell: "sqs:SendMessage",
}
"""Stories of applications that would fail on AWS → what they lack there."""
WORKING = [
    each
    for name, each in sorted(vars(told).items())
    if name.startswith("test_") and list(inspect.signature(each).parameters) == ["world"]
    if each not in LACKING
]


@contextmanager
def world_with(permissions: Any) -> Iterator[SyncSimulation]:
    """Lend a world whose paths begin among the applications."""
    with SyncSimulation(folder=APPLICATIONS, permissions=permissions) as world:
        yield world
    world.trace.close()


@pytest.mark.parametrize("story", WORKING, ids=lambda story: story.__name__.removeprefix("test_"))
def test_an_application_works_where_permissions_are_enforced(story: Story) -> None:
    """SAM writes most policies itself, and people the others."""
    with world_with("enforced") as world:
        story(world)


ROUTES = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): return event['routeKey']"
      Handler: index.handler
      Runtime: python3.12
      Events:
        One: {Type: HttpApi, Properties: {Path: "/orders/{rest+}", Method: GET}}
Outputs: {Url: {Value: !Sub "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com"}}
"""


def test_a_route_calls_its_function_under_its_own_path(tmp_path: Path) -> None:
    """SAM names the path of the route in the permission, with its variables."""
    (tmp_path / "template.yaml").write_text(ROUTES)
    with world_with("enforced") as world:
        url = world.deploy(tmp_path / "template.yaml").outputs["Url"]

        assert world.http("GET", f"{url}/orders/7/lines").text == "GET /orders/{rest+}"


@pytest.mark.parametrize("story", LACKING, ids=lambda story: story.__name__.removeprefix("test_"))
def test_an_application_is_told_what_it_lacks(story: Story) -> None:
    """It works here all the same, as long as permissions are only told."""
    with world_with("told") as world:
        story(world)

        assert LACKING[story] in {entry.detail["action"] for entry in world.trace.entries(("permission missing",))}
