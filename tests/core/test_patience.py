"""For how long does a client in a handler wait for an answer? As long as it says, in virtual time."""

import asyncio
import urllib.request
from collections.abc import Iterator
from typing import Any

import aiohttp
import boto3
import httpx
import pytest
import requests
from botocore.config import Config

from eventsim import RunError, Simulation, SyncSimulation

PARTNER = "https://slow.partner.example/"


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """A world with a function that takes its time, and a slow partner."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("sleeps", handler=lambda event, context: "done", duration="100 s", timeout=300)
        simulation.stub_http("slow.partner.example", body="at last", latency="4 s")
        yield simulation


def asks(world: SyncSimulation, ask: Any) -> tuple[str, int]:
    """Return what a handler gets, or which error, and after how many seconds."""

    def handler(event: Any, context: Any) -> list[Any]:
        left_ms = context.get_remaining_time_in_millis()
        try:
            answer = ask()
        except Exception as error:  # noqa: BLE001 - whatever it is shall be seen
            answer = f"{type(error).__name__}: {error}"
        return [answer, round((left_ms - context.get_remaining_time_in_millis()) / 1000)]

    name = f"asks-{len(world.functions)}"
    world.add_function(name, handler=handler, timeout=900)
    answer, took_s = world.invoke(name)  # type: ignore[misc]  # a list
    return str(answer), int(took_s)  # type: ignore[call-overload]


def invoke(**settings: Any) -> str:
    """Invoke the function that takes its time, as a handler does."""
    client = boto3.client("lambda", region_name="us-east-1", config=Config(**settings))
    answer: bytes = client.invoke(FunctionName="sleeps")["Payload"].read()
    return answer.decode()


def test_an_sdk_gives_up_after_a_minute_and_tries_again(world: SyncSimulation) -> None:
    """The function that it has invoked goes on; so it runs twice, which has surprised many."""
    answer, took_s = asks(world, lambda: invoke(retries={"total_max_attempts": 2}))

    assert answer == (
        'ReadTimeoutError: Read timeout on endpoint URL: "https://lambda.us-east-1.amazonaws.com'
        '/2015-03-31/functions/sleeps/invocations"'
    )
    assert 120 <= took_s <= 122
    world.until_idle()
    assert world.numbers("functions", "sleeps")["invocations"] == 2
    assert world.trace.count("succeeded", "function sleeps") == 2


@pytest.mark.parametrize(("read_timeout", "answer"), [(200, '"done"'), (None, '"done"')])
def test_an_sdk_waits_for_as_long_as_it_is_told(world: SyncSimulation, read_timeout: Any, answer: str) -> None:
    """Who expects a long answer sets `read_timeout`."""
    assert asks(world, lambda: invoke(read_timeout=read_timeout)) == (answer, 100)


def test_a_client_outside_waits_for_ever(world: SyncSimulation) -> None:
    """Its time is not that of the run."""
    assert invoke(retries={"total_max_attempts": 1}) == '"done"'


def get(**settings: Any) -> str:
    """Ask the partner by Python's own client."""
    with urllib.request.urlopen(PARTNER, **settings) as answer:
        return str(answer.read().decode())


def test_clients_of_http_give_up_as_they_are_told(world: SyncSimulation) -> None:
    """Without a limit they wait."""
    assert asks(world, get) == ("at last", 4)
    assert asks(world, lambda: get(timeout=5)) == ("at last", 4)
    assert asks(world, lambda: get(timeout=3)) == ("TimeoutError: timed out", 3)


def test_requests_gives_up_in_its_own_words(world: SyncSimulation) -> None:
    """Which urllib3 has found."""
    assert asks(world, lambda: requests.get(PARTNER, timeout=3).text) == (
        "ReadTimeout: HTTPSConnectionPool(host='slow.partner.example', port=443): Read timed out. (read timeout=3)",
        3,
    )


def test_httpx_gives_up_after_five_seconds(world: SyncSimulation) -> None:
    """That is what it does unless it is told otherwise."""
    world.stub_http("slower.partner.example", body="at last", latency="7 s")
    slower = "https://slower.partner.example/"

    async def get() -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.get(slower)).text

    told = ("ReadTimeout: The read operation timed out", 5)
    assert asks(world, lambda: httpx.get(slower).text) == told
    assert asks(world, lambda: asyncio.run(get())) == told
    assert asks(world, lambda: httpx.get(slower, timeout=8).text) == ("at last", 7)


def test_aiohttp_gives_up_as_it_is_told(world: SyncSimulation) -> None:
    """By the timers of the loop that it runs on."""

    async def get(limit_s: float) -> Any:
        timeout = aiohttp.ClientTimeout(sock_read=limit_s)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(PARTNER) as answer:
            return await answer.text()

    assert asks(world, lambda: asyncio.run(get(3))) == ("SocketTimeoutError: Timeout on reading data from socket", 3)
    assert asks(world, lambda: asyncio.run(get(5))) == ("at last", 4)


def test_a_waiter_outside_lets_virtual_time_pass() -> None:
    """Fifteen minutes of a deployment, and none of the test's."""
    with SyncSimulation(seed=1) as world:
        appconfig = boto3.client("appconfig", region_name="us-east-1")
        app = {"ApplicationId": appconfig.create_application(Name="shop")["Id"]}
        environment = appconfig.create_environment(**app, Name="test")["Id"]
        profile = appconfig.create_configuration_profile(**app, Name="limits", LocationUri="hosted")["Id"]
        appconfig.create_hosted_configuration_version(
            **app, ConfigurationProfileId=profile, Content=b"{}", ContentType="application/json"
        )
        strategy = appconfig.create_deployment_strategy(
            Name="slow", DeploymentDurationInMinutes=10, GrowthFactor=50, FinalBakeTimeInMinutes=5
        )["Id"]
        begun = appconfig.start_deployment(
            **app,
            EnvironmentId=environment,
            DeploymentStrategyId=strategy,
            ConfigurationProfileId=profile,
            ConfigurationVersion="1",
        )

        waiter = appconfig.get_waiter("deployment_complete")
        waiter.wait(**app, EnvironmentId=environment, DeploymentNumber=begun["DeploymentNumber"])

        assert world.now_s == 15 * 60


@pytest.mark.asyncio
async def test_a_waiter_on_the_loop_is_refused(simulation: Simulation) -> None:
    """It would block, and time would stand still."""
    with pytest.raises(RunError, match="made by a coroutine"):
        simulation.sleep(1)
