"""AWS AppConfig's agent as Lambda extension, asked by handlers over HTTP."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from tests.core.extensions.conftest import get

Add = Callable[..., None]
LAYER = "arn:aws:lambda:us-east-1:027255383542:layer:AWS-AppConfig-Extension:207"
PATH = "/applications/shop/environments/prod/configurations/settings"


def ask(path: str = PATH, **query: str) -> tuple[int, str]:
    return get(path, port=2772, **query)


def deploy(world: SyncSimulation, content: bytes) -> None:
    """Deploy another version of the configuration, at once."""

    def call(operation: str, **given: Any) -> Any:
        return world.request("appconfig", operation, given)

    (application,) = call("ListApplications")["Items"]
    owner = {"ApplicationId": application["Id"]}
    (environment,) = call("ListEnvironments", **owner)["Items"]
    (profile,) = call("ListConfigurationProfiles", **owner)["Items"]
    named = {**owner, "ConfigurationProfileId": profile["Id"]}
    kind = "application/json"
    made = call("CreateHostedConfigurationVersion", **named, Content=content, ContentType=kind, VersionLabel="new")
    call(
        "StartDeployment",
        **named,
        EnvironmentId=environment["Id"],
        DeploymentStrategyId="AppConfig.AllAtOnce",
        ConfigurationVersion=str(made["VersionNumber"]),
    )


@pytest.fixture
def settings(world: SyncSimulation) -> SyncSimulation:
    """A simulation with a configuration."""
    world.add_source("configurations", "shop/prod/settings", content={"n": 1})
    return world


def test_a_configuration_is_fetched_once(settings: SyncSimulation, add: Add) -> None:
    add(lambda event, context: [ask(), ask()], layers=(LAYER,))

    assert settings.invoke("f") == [[200, '{"n":1}']] * 2
    assert [entry.detail["origin"] for entry in settings.trace.entries(["extension asked"])] == [
        "appconfigdata",
        "its cache",
    ]


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        ({}, ['{"n":1}', '{"n":1}', '{"n":2}']),
        ({"AWS_APPCONFIG_EXTENSION_POLL_INTERVAL_SECONDS": 20}, ['{"n":1}', '{"n":2}', '{"n":2}']),
    ],
    ids=["45 s", "20 s"],
)
def test_an_invocation_asks_again_when_the_interval_is_over(
    settings: SyncSimulation, add: Add, variables: dict[str, Any], seen: list[str]
) -> None:
    """Not while it runs: what it has got stays the same for it."""
    add(lambda event, context: ask()[1], layers=(LAYER,), **variables)

    told = [settings.invoke("f")]
    deploy(settings, b'{"n":2}')
    for _ in range(2):
        settings.advance("30 s")
        told.append(settings.invoke("f"))

    assert told == seen


def test_what_is_kept_outlives_a_failure(settings: SyncSimulation, add: Add) -> None:
    """The log tells of it; the answer is the old one."""
    add(lambda event, context: ask()[1], layers=(LAYER,))
    settings.invoke("f")
    settings.advance("1 minute")
    settings.stub("appconfigdata", "GetLatestConfiguration", error="InternalServerException")

    assert settings.invoke("f") == '{"n":1}'
    (line,) = [e.detail["text"] for e in settings.trace.entries(["logged"]) if "[appconfig agent]" in e.detail["text"]]
    assert "ERROR retrieve failure for 'shop:prod:settings': InternalServerException" in line


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/applications/shop/environments/prod/configurations/none", 404),
        ("/applications/shop", 404),
    ],
)
def test_what_is_not_there_is_404(settings: SyncSimulation, add: Add, path: str, status: int) -> None:
    add(lambda event, context: ask(path)[0], layers=(LAYER,))

    assert settings.invoke("f") == status


def test_flags_are_picked(world: SyncSimulation, add: Add) -> None:
    """One flag is told as it is, several by their names."""
    flags = {name: {"name": name} for name in ("a", "b", "c")}
    content = {"version": "1", "flags": flags, "values": {name: {"enabled": name != "b"} for name in flags}}
    world.add_source("configurations", "shop/prod/settings", content=content, type="feature flags")

    def handler(event: Any, context: Any) -> Any:
        return [ask(flag="a"), ask(f"{PATH}?flag=b&flag=c"), ask(flag="d")[0]]

    add(handler, layers=(LAYER,))

    assert world.invoke("f") == [
        [200, '{"enabled":true}'],
        [200, '{"b":{"enabled":false},"c":{"enabled":true}}'],
        404,
    ]


def test_a_handler_waits_where_a_service_does(world: SyncSimulation, add: Add) -> None:
    """A stub may take its time; the answer comes in virtual time, and so does a refusal."""

    async def begin() -> Mapping[str, Any]:
        await asyncio.sleep(2)
        return {"InitialConfigurationToken": "t"}

    async def refuse() -> Mapping[str, Any]:
        await asyncio.sleep(3)
        raise ApiError("ThrottlingException", "slow down", status=429)

    world.stub("appconfigdata", "StartConfigurationSession", lambda _: begin())
    world.stub("appconfigdata", "GetLatestConfiguration", lambda _: refuse())
    add(lambda event, context: ask()[0], layers=(LAYER,))
    before_us = world.clock.now_us

    assert world.invoke("f") == 429
    assert world.clock.now_us - before_us == pytest.approx(5_101_000)


def test_a_module_may_ask_while_it_is_imported(settings: SyncSimulation, tmp_path: Any) -> None:
    """Unlike the extension for secrets, the agent answers from the beginning."""
    (tmp_path / "app.py").write_text(
        "import json, urllib.request\n"
        f"told = json.load(urllib.request.urlopen('http://localhost:2772{PATH}'))\n"
        "def handler(event, context):\n"
        "    return told\n"
    )
    settings.add_function("f", handler="app.handler", code=str(tmp_path), layers=[LAYER])

    assert settings.invoke("f") == json.loads('{"n":1}')
