"""The section `parameters:` of a scenario."""

from typing import Any

import pytest

from eventsim import ApiError, ConfigurationError, SyncSimulation


@pytest.mark.parametrize(
    ("settings", "type", "value"),
    [
        ({"value": "0.19"}, "String", "0.19"),
        ({"value": ["a", "b"]}, "StringList", "a,b"),
        ({"value": "s3cr3t", "type": "SecureString"}, "SecureString", "s3cr3t"),
        ({"value": "x" * 5_000, "tier": "Advanced"}, "String", "x" * 5_000),
    ],
)
def test_a_parameter_is_read_as_if_it_had_been_put(settings: dict[str, Any], type: str, value: str) -> None:  # noqa: A002 - SSM's word
    """A list is of the type for lists; the summary counts who read."""
    with SyncSimulation() as simulation:
        simulation.add_source("parameters", "/a/b", **settings)

        told: Any = simulation.request("ssm", "GetParameter", {"Name": "/a/b", "WithDecryption": True})["Parameter"]

        assert (told["Type"], told["Value"], told["Version"]) == (type, value, 1)
        assert simulation.numbers("parameters", "/a/b") == {"versions": 1, "reads": 1}


def test_a_scenario_has_what_aws_keeps_for_everybody() -> None:
    """Nobody's account is in its ARN, it is found by its path and not among one's own, and nobody may overwrite it."""
    name = "/aws/service/powertools/python/x86_64/python3.12/latest"
    with SyncSimulation() as simulation:
        simulation.add_source("parameters", name, value="arn:aws:lambda:us-east-1:017000801446:layer:P:1")
        path = name.rpartition("/")[0]

        (told,) = simulation.request("ssm", "GetParametersByPath", {"Path": path})["Parameters"]
        own = simulation.request("ssm", "DescribeParameters", {})["Parameters"]

        assert (told["ARN"], own) == (f"arn:aws:ssm:us-east-1::parameter{name}", [])
        with pytest.raises(ApiError, match="No access to reserved parameter name"):
            simulation.request("ssm", "PutParameter", {"Name": name, "Value": "x", "Overwrite": True})


@pytest.mark.parametrize(
    ("name", "settings", "key", "says"),
    [
        ("aws/x", {"value": "a"}, "parameters.aws/x", "can't be prefixed"),
        ("/a", {"value": "a", "allowed_pattern": r"^\d+$"}, "parameters./a.value", "allowedPattern"),
        ("/a", {"value": ["a"], "type": "String"}, "parameters./a.value", "a list is a `StringList`"),
        ("/a", {"value": "x" * 4_097}, "parameters./a.value", "maximum parameter value of 4096"),
    ],
)
def test_a_mistake_is_told_with_its_key(name: str, settings: dict[str, Any], key: str, says: str) -> None:
    """In AWS's words, where AWS has some."""
    with SyncSimulation() as simulation, pytest.raises(ConfigurationError) as refused:
        simulation.add_source("parameters", name, **settings)

    assert refused.value.key == key
    assert says in str(refused.value)
