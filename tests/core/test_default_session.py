"""Which session does `boto3.client` take its settings from?"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import hooks

from eventsim.handler.default_session import hook_swaps, swaps
from eventsim.handler.interpose import Interposition

HANDLER_THAT_LOGS_ALL = """
import logging

logging.getLogger().setLevel(logging.DEBUG)

import boto3

orders = boto3.resource("dynamodb").Table("orders")

def handler(event, context):
    orders.put_item(Item={"id": "1"})
"""
RUNS = """
from eventsim import SyncSimulation

digests = set()
for _ in range(3):
    with SyncSimulation() as simulation:
        simulation.add_source("tables", "orders", key="id")
        simulation.add_function("f", handler="app.handler")
        simulation.invoke("f")
        digests.add(simulation.trace.digest())
print(len(digests))
"""


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


def test_names_of_events_are_as_the_sdk_finds_them() -> None:
    """Sessions remember for each other which names stay as they are."""
    names = ("before-call.sqs.SendMessage", "before-call.elb.DescribeTags", "before-call.logs.GetLogEvents")

    def found() -> list[str]:
        aliaser: Any = hooks.EventAliaser(hooks.HierarchicalEmitter())
        return [aliaser._alias_event_name(name) for name in names]

    plain = found()
    with Interposition(hook_swaps(hooks)):
        assert [found(), found()] == [plain, plain]


def test_a_listener_of_events_must_take_what_they_tell() -> None:
    """As without a simulation: the SDK's own are known to, those of user code are looked at."""
    with Interposition(hook_swaps(hooks)), pytest.raises(ValueError, match="must accept keyword arguments"):
        hooks.HierarchicalEmitter().register("before-call", lambda: None)


def test_a_log_of_all_that_the_sdk_does_is_the_same_in_every_run(tmp_path: Path) -> None:
    """Models are read once in a process, which would stand in the log of whoever was first."""
    (tmp_path / "app.py").write_text(HANDLER_THAT_LOGS_ALL)
    (tmp_path / "main.py").write_text(RUNS)

    told = subprocess.run([sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert told.stdout == "1\n"
