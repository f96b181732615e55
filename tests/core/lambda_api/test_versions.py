"""What do versions and aliases answer? Frozen copies, and names for them."""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim import ApiError

TELLS = "def handler(event, context): return [{}, context.function_version, context.invoked_function_arn[-6:]]"


@pytest.fixture
def published(aws: Any, zipped: Callable[..., bytes]) -> Any:
    """Lambda with a function that has versions 1 and 2, which tell their number."""
    aws.create(source=TELLS.format(1), Publish=True)
    aws("UpdateFunctionCode", FunctionName="f", ZipFile=zipped({"app.py": TELLS.format(2)}), Publish=True)
    return aws


def test_a_version_is_a_frozen_copy(published: Any) -> None:
    """What is published stays as it is when `$LATEST` changes."""
    assert published.invoke("f:1") == [1, "1", "on:f:1"]
    assert published.invoke(Qualifier="2") == [2, "2", "on:f:2"]


def test_nothing_new_is_not_published(published: Any) -> None:
    """Without a change since the last version that one is the answer (documented)."""
    again = published("PublishVersion", FunctionName="f")
    published("UpdateFunctionConfiguration", FunctionName="f", Timeout=9)
    changed = published("PublishVersion", FunctionName="f", Description="slower")

    assert (again["Version"], changed["Version"], changed["Description"]) == ("2", "3", "slower")
    versions = published("ListVersionsByFunction", FunctionName="f")["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2", "3"]


@pytest.mark.parametrize(
    "changed",
    [
        {"Description": "other"},
        {"Role": "arn:aws:iam::123456789012:role/other"},
        {"TracingConfig": {"Mode": "Active"}},
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_without_effect_is_published_all_the_same(published: Any, changed: dict[str, Any]) -> None:
    """A setting that changes nothing here is a setting, and a version keeps the one it was published with."""
    published("UpdateFunctionConfiguration", FunctionName="f", **changed)

    numbers = [published("PublishVersion", FunctionName="f")["Version"] for _ in range(2)]

    assert numbers == ["3", "3"]


def test_a_versions_own_description_is_no_change(published: Any) -> None:
    """It is the version's; `$LATEST` stays what it was."""
    published("UpdateFunctionConfiguration", FunctionName="f", Timeout=9)

    numbers = [published("PublishVersion", FunctionName="f", Description=text)["Version"] for text in ("a", "b")]

    assert numbers == ["3", "3"]


def test_other_code_than_expected_is_not_published(published: Any) -> None:
    """`CodeSha256` says what the caller means to publish."""
    with pytest.raises(ApiError, match=r"CodeSHA256 \(x\) is different from current CodeSHA256 in \$LATEST"):
        published("PublishVersion", FunctionName="f", CodeSha256="x")


@pytest.mark.parametrize("name", ["f:1", "f:live"], ids=["version", "alias"])
def test_neither_a_version_nor_an_alias_is_updated(published: Any, name: str) -> None:
    """In the words that are recorded for reserving concurrency; for updates they are deduced."""
    published("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")

    with pytest.raises(ApiError, match="This operation is permitted on Lambda functions only"):
        published("UpdateFunctionConfiguration", FunctionName=name, Timeout=9)
    with pytest.raises(ApiError, match="This operation is permitted on Lambda functions only"):
        published("UpdateFunctionCode", FunctionName=name, ZipFile=b"")


def test_an_alias_leads_to_its_version(published: Any) -> None:
    """Its description bears a revision, which changes with it."""
    created = published("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1", Description="d")
    before = published.invoke("f:live")

    updated = published(
        "UpdateAlias", FunctionName="f", Name="live", FunctionVersion="2", RevisionId=created["RevisionId"]
    )

    assert (before[0], published.invoke("f:live")[0]) == (1, 2)
    assert published("GetAlias", FunctionName="f", Name="live") == updated
    assert (updated["Description"], updated["AliasArn"][-7:]) == ("d", ":f:live")
    with pytest.raises(ApiError, match="Call the GetFunction/GetAlias API"):
        published("UpdateAlias", FunctionName="f", Name="live", RevisionId=created["RevisionId"])


def test_who_creates_and_publishes_at_once_is_told_the_functions_arn(published: Any) -> None:
    """As AWS's example has it; other answers that tell of a version name it in the ARN."""
    created = published.create("g", Publish=True)

    described = published("GetFunctionConfiguration", FunctionName="g", Qualifier="1")
    assert (created["Version"], created["FunctionArn"][-11:]) == ("1", ":function:g")
    assert described["FunctionArn"] == f"{created['FunctionArn']}:1"


@pytest.mark.parametrize("qualifier", ["live", "1", "$LATEST"])
def test_an_arn_ends_in_what_was_asked_for(published: Any, qualifier: str) -> None:
    """Who asks for an alias gets the alias's ARN, and the number of the version that it means."""
    published("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")

    described = published("GetFunction", FunctionName="f", Qualifier=qualifier)["Configuration"]

    assert described["FunctionArn"].endswith(f":function:f:{qualifier}")
    assert described["Version"] == ("1" if qualifier == "live" else qualifier)
    assert published("GetFunctionConfiguration", FunctionName=f"f:{qualifier}") == described


def test_an_alias_may_share_requests(published: Any) -> None:
    """A weight sends that share of them to a second version; an empty routing ends it."""
    weights = {"AdditionalVersionWeights": {"2": 1.0}}
    created = published("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=weights)
    shared = published.invoke("f:live")

    published("UpdateAlias", FunctionName="f", Name="live", RoutingConfig={})

    assert (created["RoutingConfig"], shared[0], published.invoke("f:live")[0]) == (weights, 2, 1)


def test_a_deleted_alias_is_gone(published: Any) -> None:
    """Deleting it once more is no error (recorded)."""
    for name in ("b", "a"):
        published("CreateAlias", FunctionName="f", Name=name, FunctionVersion="1")
    listed = published("ListAliases", FunctionName="f", FunctionVersion="1")["Aliases"]

    for _ in range(2):
        published("DeleteAlias", FunctionName="f", Name="a")

    assert [each["Name"] for each in listed] == ["a", "b"]
    with pytest.raises(ApiError, match=r"Cannot find alias arn: .*:f:a") as refused:
        published("GetAlias", FunctionName="f", Name="a")
    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        pytest.param({"Name": "7"}, "ValidationException", "'7' at 'name'", id="looks like a version"),
        pytest.param({"FunctionVersion": "9"}, "ResourceNotFoundException", "function:f:9", id="no such version"),
        pytest.param(
            {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
            "InvalidParameterValueException",
            "already included",
            id="the same version twice",
        ),
        pytest.param(
            {"RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}},
            "ValidationException",
            "additionalVersionWeights",
            id="weight",
        ),
        pytest.param(
            {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5, "9": 0.1}}},
            "InvalidParameterValueException",
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
            id="three versions, whether they are there or not",
        ),
        pytest.param(
            {"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}},
            "InvalidParameterValueException",
            "is not supported for an alias",
            id="latest",
        ),
    ],
)
def test_a_bad_alias_is_refused(published: Any, parameters: dict[str, Any], code: str, message: str) -> None:
    """The checks are those of a scenario."""
    with pytest.raises(ApiError, match=message) as refused:
        published("CreateAlias", **{"FunctionName": "f", "Name": "live", "FunctionVersion": "1", **parameters})

    assert refused.value.code == code


def test_a_version_can_be_deleted_unless_an_alias_needs_it(published: Any) -> None:
    """Its number is not used again."""
    published("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")
    with pytest.raises(ApiError, match="aliases reference it"):
        published("DeleteFunction", FunctionName="f", Qualifier="1")
    published("DeleteFunction", FunctionName="f:2")
    published("UpdateFunctionConfiguration", FunctionName="f", Timeout=8)

    assert published("PublishVersion", FunctionName="f")["Version"] == "3"
    with pytest.raises(ApiError, match="Function not found"):
        published.invoke("f:2")
    with pytest.raises(ApiError, match=r"\$LATEST version cannot be deleted"):
        published("DeleteFunction", FunctionName="f:$LATEST")


def test_a_version_is_deleted_as_often_as_one_likes(published: Any) -> None:
    """One that never was is no error either; a name can only be an alias's, and those have a call of their own."""
    for version in ("2", "2", "77"):
        assert published("DeleteFunction", FunctionName="f", Qualifier=version) == {"StatusCode": 204}

    with pytest.raises(ApiError, match=r"Deletion of aliases is not currently supported\."):
        published("DeleteFunction", FunctionName="f", Qualifier="nobody")
    with pytest.raises(ApiError, match=r"Function not found: .*:function:g$"):
        published("DeleteFunction", FunctionName="g", Qualifier="1")
