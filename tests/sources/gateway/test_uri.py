"""What does the URI of an integration lead to?"""

import pytest

from eventsim_sources.gateway.uri import FunctionUri, ServerUri, ServiceUri, read_uri

GATEWAY = "arn:aws:apigateway:us-east-1:"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def service(name: str, **more: str) -> ServiceUri:
    """Return what leads to a service."""
    return ServiceUri(region="us-east-1", service=name, **more)


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        (f"{GATEWAY}lambda:path/2015-03-31/functions/{FUNCTION}/invocations", FunctionUri(FUNCTION)),
        (f"{GATEWAY}lambda:path//2015-03-31/functions/{FUNCTION}/invocations", FunctionUri(FUNCTION)),
        (
            f"{GATEWAY}lambda:path/2015-03-31/functions/{FUNCTION}:${{stageVariables.alias}}/invocations",
            FunctionUri(f"{FUNCTION}:live"),
        ),
        (
            f"{GATEWAY}lambda:path/2021-11-15/functions/{FUNCTION}/response-streaming-invocations",
            FunctionUri(FUNCTION, streams=True),
        ),
        (f"{GATEWAY}lambda:path/2021-11-15/functions/{FUNCTION}/invocations", None),
        (FUNCTION, FunctionUri(FUNCTION)),
        (f"{GATEWAY}sqs:path/123456789012/q", service("sqs", path="123456789012/q")),
        (f"{GATEWAY}sqs:path//123456789012/q", service("sqs", path="123456789012/q")),
        (f"{GATEWAY}sns:path/", service("sns")),
        (f"{GATEWAY}sns:action/Publish&TopicArn=t", service("sns", action="Publish", query="TopicArn=t")),
        (f"{GATEWAY}dynamodb:action/PutItem", service("dynamodb", action="PutItem")),
        (f"{GATEWAY}s3:path/bucket/key", service("s3", path="bucket/key")),
        (f"{GATEWAY}bucket.s3:path/key", service("s3", path="bucket/key")),
        ("https://${stageVariables.alias}/a", ServerUri("https://live/a")),
        ("arn:aws:apigateway:us-east-1:lambda", None),
        ("nowhere", None),
    ],
)
def test_a_uri_leads_somewhere(uri: str, found: object) -> None:
    """To a function, a service or a server; AWS's own examples have two slashes behind `path`."""
    assert read_uri(uri, {"alias": "live"}) == found
