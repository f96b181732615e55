"""How much concurrency does the API set aside? Reserved and provisioned, with AWS's checks and states."""

from typing import Any

import pytest

from eventsim import ApiError


@pytest.fixture
def published(aws: Any) -> Any:
    """Lambda with a function that has a version 1 and an alias to it."""
    aws.create(Publish=True)
    aws("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")
    return aws


def test_reserved_concurrency_holds_at_once(aws: Any) -> None:
    """Zero stops a function; without it the function is back in the pool."""
    aws.create()
    aws("PutFunctionConcurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    reserved = aws("GetFunctionConcurrency", FunctionName="f")
    with pytest.raises(ApiError, match="Rate Exceeded"):
        aws.invoke()

    aws("DeleteFunctionConcurrency", FunctionName="f")

    assert (reserved, aws("GetFunctionConcurrency", FunctionName="f")) == ({"ReservedConcurrentExecutions": 0}, {})
    assert aws.invoke() == {"saw": {}}


def test_a_hundred_must_be_left_to_others(aws: Any) -> None:
    """AWS keeps them unreserved (recorded)."""
    aws.create()

    with pytest.raises(ApiError, match=r"below its minimum value of \[100\]"):
        aws("PutFunctionConcurrency", FunctionName="f", ReservedConcurrentExecutions=901)


@pytest.mark.parametrize("name", ["f:1", "f:live", "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"])
def test_only_a_function_reserves_concurrency(published: Any, name: str) -> None:
    """Its versions and aliases have provisioned concurrency (recorded)."""
    with pytest.raises(ApiError, match="This operation is permitted on Lambda functions only") as refused:
        published("PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=1)

    assert refused.value.code == "InvalidParameterValueException"
    assert published("GetFunctionConcurrency", FunctionName="f") == {}


def test_provisioned_concurrency_becomes_ready(published: Any) -> None:
    """It is in progress while the environments initialise, and then available."""
    put = published(
        "PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=2
    )
    published.simulation.until_idle()

    got = published("GetProvisionedConcurrencyConfig", FunctionName="f", Qualifier="live")
    assert (put["Status"], put["AvailableProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0)
    assert put["LastModified"] == "2026-01-01T00:00:00+0000"
    assert (got["Status"], got["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)
    published.invoke("f:live")
    assert published.simulation.trace.count("cold start", "function f") == 2


def test_a_reservation_heeds_what_is_not_ready_yet(published: Any) -> None:
    """AWS counts what was asked for."""
    published("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2)

    with pytest.raises(ApiError, match=r"should not be lower than function's total provisioned concurrency \[2\]"):
        published("PutFunctionConcurrency", FunctionName="f", ReservedConcurrentExecutions=1)


def test_another_count_replaces_the_first(published: Any) -> None:
    """There are as many environments as asked for last."""
    for count in (3, 1):
        published(
            "PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=count
        )
        published.simulation.until_idle()

    listed = published("ListProvisionedConcurrencyConfigs", FunctionName="f")["ProvisionedConcurrencyConfigs"]
    assert [(each["FunctionArn"][-4:], each["AllocatedProvisionedConcurrentExecutions"]) for each in listed] == [
        (":f:1", 1)
    ]


def test_a_failing_init_fails_the_provisioning(aws: Any) -> None:
    """The reason is AWS's."""
    aws.create(source="raise ValueError('no')", Publish=True)
    aws("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1)
    aws.simulation.until_idle()

    got = aws("GetProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1")

    assert (got["Status"], got["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")


def test_provisioned_concurrency_can_be_given_back(published: Any) -> None:
    """Then nothing is set aside any more."""
    published("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2)
    published.simulation.until_idle()

    published("DeleteProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1")

    assert published("GetAccountSettings")["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000
    with pytest.raises(ApiError, match="No Provisioned Concurrency Config found") as refused:
        published("GetProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1")
    assert refused.value.code == "ProvisionedConcurrencyConfigNotFoundException"


def test_provisioning_follows_its_alias(published: Any) -> None:
    """The version that the alias leaves has none any more."""
    published("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=2)
    published.simulation.until_idle()
    published("UpdateFunctionConfiguration", FunctionName="f", Timeout=5)
    published("PublishVersion", FunctionName="f")

    published("UpdateAlias", FunctionName="f", Name="live", FunctionVersion="2")
    published.simulation.until_idle()

    assert [(told["version"], number) for told, number in provisioned(published)] == [("1", 2), ("2", 2)]
    assert published("GetAccountSettings")["AccountLimit"]["UnreservedConcurrentExecutions"] == 998


def test_a_change_meanwhile_does_not_provision_twice(published: Any) -> None:
    """The environments that are being made ready are those that were asked for."""
    published("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2)
    published.simulation.advance("50 ms")
    published("PutFunctionConcurrency", FunctionName="f", ReservedConcurrentExecutions=5)
    published.simulation.until_idle()

    assert [number for _, number in provisioned(published)] == [2]
    assert len(published.told("cold start")) == 2


def test_what_is_given_back_at_once_is_never_made(published: Any) -> None:
    """No environment starts for it."""
    published("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2)
    published("DeleteProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1")
    published.simulation.until_idle()

    assert published.told("cold start") == []


def provisioned(aws: Any) -> list[Any]:
    """Return detail and count of what became ready."""
    return [(entry.detail, entry.value) for entry in aws.simulation.trace.entries(["provisioned"])]


@pytest.mark.parametrize(
    ("qualifier", "count", "message"),
    [
        pytest.param("$LATEST", 1, "cannot be applied to unpublished function versions", id="unpublished"),
        pytest.param("live", 1, "Alias can't be used", id="alias of a provisioned version"),
        pytest.param("1", 950, "below its minimum value", id="too many"),
        pytest.param("9", 1, "Function not found", id="no such version"),
    ],
)
def test_bad_provisioning_is_refused(published: Any, qualifier: str, count: int, message: str) -> None:
    """In AWS's words (recorded)."""
    published("PutProvisionedConcurrencyConfig", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1)

    with pytest.raises(ApiError, match=message):
        published(
            "PutProvisionedConcurrencyConfig",
            FunctionName="f",
            Qualifier=qualifier,
            ProvisionedConcurrentExecutions=count,
        )
