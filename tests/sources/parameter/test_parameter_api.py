"""The parameter store through a real client."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation() as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def client(simulation: SyncSimulation) -> Any:
    return sdk.client("ssm")


def put(client: Any, name: str, *values: str, kind: str = "String") -> None:
    for value in values:
        client.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)


def get(client: Any, name: str, **asked: Any) -> Any:
    return client.get_parameter(Name=name, **asked)["Parameter"]


def test_versions_are_named_by_number_and_label(client: Any) -> None:
    """A label is on one version of a parameter: giving it to another takes it from the first."""
    put(client, "/a", "one", "two", "three")
    client.label_parameter_version(Name="/a", ParameterVersion=1, Labels=["live"])
    client.label_parameter_version(Name="/a", ParameterVersion=2, Labels=["live", "9no"])

    assert [get(client, name)["Value"] for name in ("/a", "/a:1", "/a:live")] == ["three", "one", "two"]
    assert get(client, "/a:live")["Selector"] == ":live"
    history = client.get_parameter_history(Name="/a")["Parameters"]
    assert [(each["Version"], each["Labels"]) for each in history] == [(1, []), (2, ["live"]), (3, [])]


def test_a_secure_value_is_told_on_demand_only(client: Any) -> None:
    """Without decryption one gets something, but not the value."""
    put(client, "/p", "hush", kind="SecureString")

    assert get(client, "/p", WithDecryption=True)["Value"] == "hush"
    assert "hush" not in get(client, "/p")["Value"]


def test_a_new_value_keeps_what_is_said_of_the_parameter(client: Any) -> None:
    """Its description, its key and its data type; a text that becomes a secret has the key of the account."""
    said = {"Description": "d", "KeyId": "alias/mine", "DataType": "text"}
    client.put_parameter(Name="/p", Value="x", Type="SecureString", **said)
    put(client, "/t", "x")

    put(client, "/p", "y", kind="SecureString")
    put(client, "/t", "y", kind="SecureString")

    told = {each["Name"]: each for each in client.describe_parameters()["Parameters"]}
    assert {name: told["/p"][name] for name in said} == said
    assert told["/t"]["KeyId"] == "alias/aws/ssm"


def test_a_path_has_levels(client: Any) -> None:
    """Without recursion only the next level; pages hold ten at most."""
    for name in ("/shop/a", "/shop/b", "/shop/deep/c", "/shopping"):
        put(client, name, "x")

    def names(**asked: Any) -> list[str]:
        return [each["Name"] for each in client.get_parameters_by_path(**asked)["Parameters"]]

    assert names(Path="/shop") == ["/shop/a", "/shop/b"]
    assert names(Path="/shop/", Recursive=True) == ["/shop/a", "/shop/b", "/shop/deep/c"]
    pages = client.get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True, MaxResults=3)
    assert [len(page["Parameters"]) for page in pages] == [3, 1]


def test_several_are_asked_for_at_once(client: Any) -> None:
    """What is none is told by name."""
    put(client, "/a", "x")

    found = client.get_parameters(Names=["/a", "/b"])

    assert ([each["Name"] for each in found["Parameters"]], found["InvalidParameters"]) == (["/a"], ["/b"])
    assert client.delete_parameters(Names=["/a", "/b"])["DeletedParameters"] == ["/a"]


def test_a_secret_is_read_through_the_parameter_store(client: Any) -> None:
    """A name below `/aws/reference/secretsmanager` leads to a secret, which is version 0 of a secure parameter."""
    sdk.client("secretsmanager").create_secret(Name="shop/db", SecretString="hush")
    name = "/aws/reference/secretsmanager/shop/db"

    found = get(client, name, WithDecryption=True)
    several = client.get_parameters(Names=[name, "/x"], WithDecryption=True)

    assert (found["Name"], found["Type"], found["Value"], found["Version"]) == (name, "SecureString", "hush", 0)
    assert json.loads(found["SourceResult"])["VersionStages"] == ["AWSCURRENT"]
    assert ([each["Value"] for each in several["Parameters"]], several["InvalidParameters"]) == (["hush"], ["/x"])


def expiring(at: str) -> str:
    """Return the policies of a parameter that ends at an instant."""
    return json.dumps([{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": at}}])


def test_a_parameter_ends_as_its_policy_says(simulation: SyncSimulation, client: Any) -> None:
    """An expired parameter is deleted, in virtual time."""
    policies = expiring("2026-01-03T00:00:00.000Z")
    client.put_parameter(Name="/a", Value="x", Type="String", Tier="Intelligent-Tiering", Policies=policies)
    (described,) = client.describe_parameters()["Parameters"]

    simulation.advance("47h")
    before = get(client, "/a")["Value"]
    simulation.advance("1h")

    assert (described["Tier"], described["Policies"][0]["PolicyType"]) == ("Advanced", "Expiration")
    assert before == "x"
    assert client.describe_parameters()["Parameters"] == []


def test_parameters_are_described_by_filters(client: Any) -> None:
    """By the beginning of a name, by type, by tag."""
    client.put_parameter(Name="/a", Value="x", Type="String", Tags=[{"Key": "team", "Value": "shop"}])
    put(client, "/b", "x,y", kind="StringList")

    def names(**given: Any) -> list[str]:
        return [each["Name"] for each in client.describe_parameters(ParameterFilters=[given])["Parameters"]]

    assert names(Key="Name", Option="BeginsWith", Values=["/"]) == ["/a", "/b"]
    assert names(Key="Type", Values=["StringList"]) == ["/b"]
    assert names(Key="tag:team", Values=["shop"]) == ["/a"]
    tags = client.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a")["TagList"]
    assert tags == [{"Key": "team", "Value": "shop"}]


def test_nobody_shares_parameters(client: Any) -> None:
    """Who asks for those of other accounts gets none, and not his own."""
    put(client, "/a", "x")

    assert client.describe_parameters(Shared=True)["Parameters"] == []


def test_the_default_bus_hears_of_every_change(simulation: SyncSimulation, client: Any) -> None:
    """What is created, updated, labelled or deleted, with its type and what is said of it."""
    events: list[Any] = []
    simulation.add_function("note", handler=lambda event, context: events.append(event))
    simulation.add_source("rules", "all", pattern={"source": ["aws.ssm"]}, targets=[{"function": "note"}])
    client.put_parameter(Name="/a", Value="one", Type="String", Description="A number.")
    client.put_parameter(Name="/a", Value="two", Overwrite=True)
    client.label_parameter_version(Name="/a", Labels=["live"])
    client.delete_parameter(Name="/a")
    client.delete_parameters(Names=["/none"])
    simulation.until_idle()

    assert [each["detail"]["operation"] for each in events] == ["Create", "Update", "LabelParameterVersion", "Delete"]
    assert (events[0]["detail-type"], events[0]["resources"]) == (
        "Parameter Store Change",
        ["arn:aws:ssm:us-east-1:123456789012:parameter/a"],
    )
    assert events[0]["detail"] == {"operation": "Create", "name": "/a", "type": "String", "description": "A number."}


REFUSALS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "none of this name": (lambda c: get(c, "/x"), "ParameterNotFound"),
    "no such version": (lambda c: get(c, "/a:9"), "could not find version 9 of /a"),
    "a name that is taken": (lambda c: c.put_parameter(Name="/a", Value="x", Type="String"), "already exists"),
    "a new one without a type": (lambda c: c.put_parameter(Name="/b", Value="x"), "type is required"),
    "a name of AWS's": (lambda c: put(c, "/aws/x", "x"), "No access to reserved parameter name: /aws/x."),
    "a reserved name": (lambda c: put(c, "/ssm/x", "x"), 'can\'t be prefixed with "ssm"'),
    "a reserved word": (lambda c: put(c, "awsome", "x"), 'can\'t be prefixed with "aws" or "ssm"'),
    "no value": (lambda c: put(c, "/b", ""), "Value '' at 'value' failed to satisfy constraint"),
    "another parameter in it": (lambda c: put(c, "/b", "{{ssm:/a}}"), "Parameter value can't nest another parameter"),
    "an unknown type of data": (
        lambda c: c.put_parameter(Name="/b", Value="x", Type="String", DataType="aws:foo"),
        "The following data type is not supported: aws:foo",
    ),
    "a lower tier": (
        lambda c: [
            c.put_parameter(Name="/b", Value="x", Type="String", Tier="Advanced"),
            c.put_parameter(Name="/b", Value="x", Type="String", Tier="Standard", Overwrite=True),
        ],
        "You can't downgrade a parameter",
    ),
    "policies of a standard one": (
        lambda c: c.put_parameter(Name="/b", Value="x", Type="String", Policies=expiring("2026-02-01T00:00:00Z")),
        "advanced tier only",
    ),
    "policies that are none": (
        lambda c: c.put_parameter(Name="/b", Value="x", Type="String", Tier="Advanced", Policies="[{}]"),
        "InvalidPolicyAttributeException",
    ),
    "a key that no path is filtered by": (
        lambda c: c.get_parameters_by_path(Path="/", ParameterFilters=[{"Key": "Name", "Values": ["x"]}]),
        "The following filter key is not valid: Name. Valid filter keys include: \\[Type, KeyId\\].",
    ),
    "an unknown way to compare": (
        lambda c: c.describe_parameters(ParameterFilters=[{"Key": "Type", "Option": "Contains", "Values": ["x"]}]),
        "InvalidFilterOption",
    ),
    "a page that is none": (lambda c: c.describe_parameters(NextToken="x"), "InvalidNextToken"),
    "tags of none": (
        lambda c: c.list_tags_for_resource(ResourceType="Parameter", ResourceId="/x"),
        "The resource ID is not valid. Verify that you entered the correct ID and try again.",
    ),
    "a secret in secret": (
        lambda c: get(c, "/aws/reference/secretsmanager/s"),
        "WithDecryption flag must be True for retrieving a Secret Manager secret.",
    ),
    "a secret that is not there": (
        lambda c: get(c, "/aws/reference/secretsmanager/s", WithDecryption=True),
        "ParameterNotFound",
    ),
    "too many levels": (lambda c: put(c, "/a" * 16, "x"), "HierarchyLevelLimitExceeded"),
    "too long": (lambda c: put(c, "/b", "x" * 4097), "maximum parameter value of 4096 characters"),
    "a pattern that is none": (
        lambda c: c.put_parameter(Name="/b", Value="x", Type="String", AllowedPattern="("),
        "InvalidAllowedPatternException",
    ),
    "a label on the oldest of a hundred versions": (
        lambda c: [
            c.label_parameter_version(Name="/a", ParameterVersion=1, Labels=["live"]),
            put(c, "/a", *map(str, range(100))),
        ],
        r"ParameterMaxVersionLimitExceeded.*Version 1, the oldest version, can't be deleted because it has a label",
    ),
    "tags of another kind of thing": (
        lambda c: c.list_tags_for_resource(ResourceType="OpsItem", ResourceId="d"),
        "ResourceType=OpsItem is not simulated",
    ),
    "a pattern that does not match": (
        lambda c: c.put_parameter(Name="/b", Value="x", Type="String", AllowedPattern="^[0-9]+$"),
        "ParameterPatternMismatchException",
    ),
}


@pytest.mark.parametrize(("ask", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_in_aws_words(client: Any, ask: Callable[[Any], Any], message: str) -> None:
    """Code and message are those that programs look for."""
    put(client, "/a", "one")

    with pytest.raises(ClientError, match=message):
        ask(client)
