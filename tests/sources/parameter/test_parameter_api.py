"""The parameter store through a real client."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation() as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def client(simulation: SyncSimulation) -> Any:
    return boto3.client("ssm", **KEYS)


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


REFUSALS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "none of this name": (lambda c: get(c, "/x"), "ParameterNotFound"),
    "no such version": (lambda c: get(c, "/a:9"), "could not find version 9 of /a"),
    "a name that is taken": (lambda c: c.put_parameter(Name="/a", Value="x", Type="String"), "already exists"),
    "a new one without a type": (lambda c: c.put_parameter(Name="/b", Value="x"), "type is required"),
    "a reserved name": (lambda c: put(c, "/aws/x", "x"), "can't be prefixed with"),
    "too many levels": (lambda c: put(c, "/a" * 16, "x"), "HierarchyLevelLimitExceeded"),
    "too long": (lambda c: put(c, "/b", "x" * 4097), "maximum parameter value of 4096 characters"),
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
