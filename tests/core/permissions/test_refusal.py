"""Which code and status has a refusal?"""

import pytest

from eventsim.permissions.need import Need
from eventsim.permissions.refusal import access_denied


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("cloudwatch", "PutMetricData", "AccessDenied", 400),
        ("dynamodb", "GetItem", "AccessDeniedException", 400),
        ("ec2", "DescribeVpcs", "UnauthorizedOperation", 403),
        ("ecr", "GetAuthorizationToken", "AccessDeniedException", 400),
        ("ecs", "RunTask", "AccessDeniedException", 400),
        ("iam", "ListRoles", "AccessDenied", 403),
        ("lambda", "Invoke", "AccessDeniedException", 403),
        ("s3", "GetObject", "AccessDenied", 403),
        ("s3", "HeadObject", "403", 403),
        ("sns", "Publish", "AuthorizationError", 403),
        ("sqs", "SendMessage", "AccessDenied", 403),
    ],
)
def test_a_refusal_has_the_status_of_its_protocol(service: str, operation: str, code: str, status: int) -> None:
    """In the JSON protocols it is an error as any other, but for SQS, which had a query protocol before."""
    refused = access_denied(service, operation, who="me", need=Need(f"{service}:{operation}"), because="because")

    assert (refused.code, refused.status) == (code, status)
