"""Do templates give APIs domains of their own, and their stages rates?"""

from pathlib import Path

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
