"""Do templates give APIs domains of their own, and their stages rates?"""

from pathlib import Path
from typing import Any

from eventsim import SyncSimulation

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      MethodSettings:
        - {ResourcePath: "/*", HttpMethod: "*", ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2}
      Domain:
        DomainName: api.example.com
        CertificateArn: arn:aws:acm:us-east-1:123456789012:certificate/x
        BasePath: [v1]
  Order:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handle
      Runtime: python3.12
      InlineCode: |
        def handle(event, context):
            return {"statusCode": 200, "body": event["path"]}
      Events:
        Get: {Type: Api, Properties: {Path: /orders, Method: get, RestApiId: !Ref Shop}}
"""


def test_a_template_gives_an_api_a_domain_and_its_stage_a_rate(world: SyncSimulation, tmp_path: Path) -> None:
    """As SAM's `Domain` and `MethodSettings` say it."""
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)

    world.deploy(template)

    replies = [world.http("GET", "https://api.example.com/v1/orders") for _ in range(3)]
    assert [(reply.status, reply.text) for reply in replies[:2]] == [(200, "/v1/orders")] * 2
    assert replies[2].status == 429


def test_a_bare_path_is_one_of_the_stage_that_the_template_asks_for(world: SyncSimulation, tmp_path: Path) -> None:
    """SAM makes another, `Stage`, before it, which has none of its settings."""
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    world.deploy(template)

    replies = [world.http("GET", "/orders") for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]


def _listed(world: SyncSimulation, operation: str) -> list[Any]:
    items: list[Any] = world.request("apigateway", operation, {})["items"]
    return items


def test_keys_and_plans_go_with_their_stack(world: SyncSimulation, tmp_path: Path) -> None:
    """They are the account's, not an API's; the same key comes back with the next stack."""
    template = tmp_path / "keys.yaml"
    template.write_text(
        "Resources:\n"
        f"  Key: {{Type: AWS::ApiGateway::ApiKey, Properties: {{Enabled: true, Value: {'v' * 20}}}}}\n"
        "  Plan: {Type: AWS::ApiGateway::UsagePlan, Properties: {UsagePlanName: p}}\n"
        "  Under:\n"
        "    Type: AWS::ApiGateway::UsagePlanKey\n"
        "    Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}\n"
    )
    world.deploy(template, stack="one")
    made = [_listed(world, each) for each in ("GetApiKeys", "GetUsagePlans")]

    world.request("cloudformation", "DeleteStack", {"StackName": "one"})

    assert [len(items) for items in made] == [1, 1]
    assert [_listed(world, each) for each in ("GetApiKeys", "GetUsagePlans")] == [[], []]
    world.deploy(template, stack="two")
