"""What do calls of API Gateway need?"""

from typing import Any

import pytest

from eventsim.permissions.need import Need
from tests.core.permissions.test_needs import needs


@pytest.mark.parametrize(
    ("service", "operation", "given", "method", "path"),
    [
        ("apigateway", "CreateApiKey", {"name": "tenant"}, "POST", "/apikeys"),
        ("apigateway", "ImportRestApi", {"body": b"{}"}, "POST", "/restapis"),
        ("apigateway", "GetStage", {"restApiId": "a", "stageName": "dev"}, "GET", "/restapis/a/stages/dev"),
        ("apigateway", "TagResource", {"resourceArn": "arn:a/b"}, "PUT", "/tags/arn%3Aa%2Fb"),
        ("apigatewayv2", "UpdateRoute", {"ApiId": "a", "RouteId": "r"}, "PATCH", "/apis/a/routes/r"),
    ],
)
def test_a_call_needs_the_method_and_the_path_of_its_request(
    service: str, operation: str, given: dict[str, Any], method: str, path: str
) -> None:
    """IAM has no action for each operation; paths have no account, and no version."""
    assert needs(service, operation, **given) == [Need(f"apigateway:{method}", f"arn:aws:apigateway:eu-west-1::{path}")]
