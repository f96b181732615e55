"""The section `secrets:` of a scenario."""

import json
from typing import Any

import pytest

from eventsim import ConfigurationError, SyncSimulation


def test_data_becomes_json_and_bytes_stay_bytes() -> None:
    """As `CreateSecret` would have it; the summary counts who read."""
    with SyncSimulation() as simulation:
        simulation.add_source("secrets", "db", secret_string={"user": "shop"}, tags={"team": "a"})
        simulation.add_source("secrets", "key", secret_binary="aGVsbG8=", description="of the door")

        text = simulation.request("secretsmanager", "GetSecretValue", {"SecretId": "db"})["SecretString"]
        data = simulation.request("secretsmanager", "GetSecretValue", {"SecretId": "key"})["SecretBinary"]

        assert (json.loads(str(text)), data) == ({"user": "shop"}, b"hello")
        assert simulation.numbers("secrets", "db") == {"versions": 1, "reads": 1}


def test_a_secret_may_have_no_value_yet() -> None:
    """Somebody puts it later."""
    with SyncSimulation() as simulation:
        simulation.add_source("secrets", "later")

        simulation.request("secretsmanager", "PutSecretValue", {"SecretId": "later", "SecretString": "now"})

        assert simulation.numbers("secrets", "later") == {"versions": 1, "reads": 0}


@pytest.mark.parametrize(
    ("settings", "key", "says"),
    [
        ({"secret_string": "a", "secret_binary": "YQ=="}, "secrets.s.secret_string", "both a binary value and a"),
        ({"secret_binary": "%"}, "secrets.s.secret_binary", "no Base64"),
        ({"secret_string": "x" * 65_537}, "secrets.s.secret_string", "less than or equal to 65536"),
    ],
)
def test_a_mistake_is_told_with_its_key(settings: dict[str, Any], key: str, says: str) -> None:
    """In AWS's words, where AWS has some."""
    with SyncSimulation() as simulation, pytest.raises(ConfigurationError, match=says) as refused:
        simulation.add_source("secrets", "s", **settings)

    assert refused.value.key == key
