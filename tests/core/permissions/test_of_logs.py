"""What do calls of CloudWatch and CloudWatch Logs need?"""

import pytest

from tests.core.permissions.calls import asked, keys

HERE = "arn:aws:logs:eu-west-1:123456789012:log-group"
GROUP = f"{HERE}:/aws/lambda/shop"
ALARM = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm"


@pytest.mark.parametrize(
    "group",
    [
        {"logGroupName": "/aws/lambda/shop"},
        {"logGroupIdentifier": "/aws/lambda/shop"},
        {"logGroupIdentifier": GROUP},
        {"logGroupIdentifier": f"{GROUP}:*"},
    ],
)
def test_a_log_group_is_asked_for_as_a_stream_without_a_name(group: dict[str, str]) -> None:
    """So a policy that lacks the `:*` at its end does not allow it, as on AWS."""
    assert asked("logs", "FilterLogEvents", **group) == [("logs:FilterLogEvents", f"{GROUP}:log-stream:")]


@pytest.mark.parametrize("operation", ["CreateLogStream", "DeleteLogStream", "PutLogEvents", "GetLogEvents"])
def test_calls_about_a_stream_are_about_it_alone(operation: str) -> None:
    """A policy may name one stream of a log group."""
    assert asked("logs", operation, logGroupName="/aws/lambda/shop", logStreamName="a/b") == [
        (f"logs:{operation}", f"{GROUP}:log-stream:a/b")
    ]


def test_tags_are_on_the_log_group_itself() -> None:
    """Those three actions take the ARN that has nothing at its end (documented)."""
    assert asked("logs", "TagResource", resourceArn=GROUP) == [("logs:TagResource", GROUP)]


def test_a_call_about_no_log_group_is_about_one_without_a_name() -> None:
    """As a list of them all."""
    assert asked("logs", "DescribeLogGroups", logGroupNamePrefix="/aws") == [
        ("logs:DescribeLogGroups", f"{HERE}::log-stream:")
    ]


def test_a_query_needs_each_log_group_that_it_reads() -> None:
    """By names, or by ARNs."""
    assert asked("logs", "StartQuery", logGroupNames=["a"], logGroupIdentifiers=[f"{HERE}:b"]) == [
        ("logs:StartQuery", f"{HERE}:a:log-stream:"),
        ("logs:StartQuery", f"{HERE}:b:log-stream:"),
    ]


def test_a_subscription_needs_its_role_to_be_passed() -> None:
    """It is Logs that puts the records then."""
    role = "arn:aws:iam::123456789012:role/to-stream"

    assert asked("logs", "PutSubscriptionFilter", logGroupName="a", roleArn=role) == [
        ("logs:PutSubscriptionFilter", f"{HERE}:a:log-stream:"),
        ("iam:PassRole", role),
    ]


def test_what_is_masked_needs_another_action_to_be_seen() -> None:
    """Data protection is not lifted by reading alone."""
    assert asked("logs", "FilterLogEvents", logGroupName="a", unmask=True) == [
        ("logs:FilterLogEvents", f"{HERE}:a:log-stream:"),
        ("logs:Unmask", f"{HERE}:a:log-stream:"),
    ]


def test_metrics_are_no_resources_and_tell_their_namespace() -> None:
    """A policy lets somebody put metrics into one namespace by a condition."""
    assert asked("cloudwatch", "PutMetricData", Namespace="Shop") == [("cloudwatch:PutMetricData", "*")]
    assert keys("cloudwatch", "PutMetricData", Namespace="Shop") == {"cloudwatch:namespace": ("Shop",)}


def test_alarms_are_asked_for_one_by_one() -> None:
    """Without names, it is all of them."""
    assert asked("cloudwatch", "DeleteAlarms", AlarmNames=["a", "b"]) == [
        ("cloudwatch:DeleteAlarms", f"{ALARM}:a"),
        ("cloudwatch:DeleteAlarms", f"{ALARM}:b"),
    ]
    assert asked("cloudwatch", "DescribeAlarms", AlarmNames=["a"]) == [("cloudwatch:DescribeAlarms", f"{ALARM}:a")]
    assert asked("cloudwatch", "DescribeAlarms") == [("cloudwatch:DescribeAlarms", f"{ALARM}:*")]


def test_dashboards_belong_to_no_region() -> None:
    """Alone among what CloudWatch has."""
    assert asked("cloudwatch", "GetDashboard", DashboardName="shop") == [
        ("cloudwatch:GetDashboard", "arn:aws:cloudwatch::123456789012:dashboard/shop")
    ]
