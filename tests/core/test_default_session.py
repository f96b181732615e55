"""Which session does `boto3.client` take its settings from?"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from eventsim.handler.default_session import swaps
from eventsim.handler.interpose import Interposition


@pytest.fixture(autouse=True)
def sessions() -> Iterator[None]:
    """boto3 as it is while a run lasts."""
    with Interposition(swaps(boto3)):
        yield


def _region() -> str:
    return str(boto3.client("sqs").meta.region_name)


def _variables(region: str) -> dict[str, str]:
    return {"AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


def test_every_environment_has_its_own(user_process: Any) -> None:
    """Clients take the region of the environment in which they are made, whoever was first."""
    one = user_process.environment("one", environ=_variables("eu-west-1"))
    two = user_process.environment("two", environ=_variables("us-west-2"))

    assert user_process.run((one, _region), (two, _region)) == ["eu-west-1", "us-west-2"]


def test_it_is_made_once_and_can_be_set_up(user_process: Any) -> None:
    """`setup_default_session` counts for its environment only."""
    one = user_process.environment("one", environ=_variables("eu-west-1"))
    two = user_process.environment("two", environ=_variables("eu-west-1"))
    before = boto3.DEFAULT_SESSION

    def handler() -> str:
        boto3.setup_default_session(region_name="ap-south-1")
        return _region()

    assert user_process.run((one, handler), (two, _region)) == ["ap-south-1", "eu-west-1"]
    assert user_process.inside(_region, one) == "ap-south-1"
    assert boto3.DEFAULT_SESSION is before
