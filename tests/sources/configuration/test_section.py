"""The section `configurations:` of a scenario, and who reads what stands there."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.feature_flags import AppConfigStore, FeatureFlags

from eventsim import ConfigurationError, SyncSimulation
from tests import sdk
from tests.sources.configuration.conftest import FLAGS

POWERTOOLS_FLAGS = {
    "ten_percent_off": {
        "default": False,
        "rules": {
            "premium": {
                "when_match": True,
                "conditions": [{"action": "EQUALS", "key": "tier", "value": "premium"}],
            }
        },
    }
}


def test_powertools_reads_parameters(world: SyncSimulation) -> None:
    """Unmodified; what it has read it keeps for as long as it is told."""
    world.add_source("configurations", "shop/prod/settings", content={"greeting": "hello"})

    def handler(event: Any, context: Any) -> Any:
        settings = {"environment": "prod", "application": "shop", "transform": "json", "max_age": 60}
        return [parameters.get_app_config("settings", **settings)["greeting"] for _ in range(2)]

    world.add_function("greet", handler=handler)

    assert world.invoke("greet") == ["hello", "hello"]
    assert world.numbers("configurations", "shop/prod/settings") == {"versions": 1, "deployments": 1, "reads": 1}


def test_powertools_evaluates_feature_flags(world: SyncSimulation) -> None:
    """Its rules are in a freeform configuration."""
    world.add_source("configurations", "shop/prod/features", content=POWERTOOLS_FLAGS)

    def handler(event: Any, context: Any) -> bool:
        store = AppConfigStore(environment="prod", application="shop", name="features")
        return bool(FeatureFlags(store=store).evaluate(name="ten_percent_off", context=event, default=False))

    world.add_function("price", handler=handler)

    assert [world.invoke("price", {"tier": tier}) for tier in ("premium", "basic")] == [True, False]


def test_what_a_scenario_has_made_can_be_tagged(world: SyncSimulation) -> None:
    """By itself and beside everything else that has tags."""
    world.add_source("configurations", "shop/prod/settings", content="hello")
    tags: Any = sdk.client("resourcegroupstaggingapi")

    assert tags.get_resources()["ResourceTagMappingList"] == []

    appconfig: Any = sdk.client("appconfig")
    application = appconfig.list_applications()["Items"][0]["Id"]
    environment = appconfig.list_environments(ApplicationId=application)["Items"][0]["Id"]
    profile = appconfig.list_configuration_profiles(ApplicationId=application)["Items"][0]["Id"]
    own = f"arn:aws:appconfig:us-east-1:123456789012:application/{application}"
    places = (
        own,
        f"{own}/environment/{environment}",
        f"{own}/environment/{environment}/deployment/1",
        f"{own}/configurationprofile/{profile}",
    )
    for arn in places:
        appconfig.tag_resource(ResourceArn=arn, Tags={"team": "shop"})

    assert [appconfig.list_tags_for_resource(ResourceArn=arn)["Tags"] for arn in places] == [{"team": "shop"}] * 4


def test_text_is_text_and_data_is_json(world: SyncSimulation) -> None:
    world.add_source("configurations", "shop/prod/motd", content="hello")
    world.add_source("configurations", "shop/prod/flags", content=FLAGS, type="feature flags")
    names = {"ApplicationIdentifier": "shop", "EnvironmentIdentifier": "prod"}

    told = []
    for name in ("motd", "flags"):
        asked = {**names, "ConfigurationProfileIdentifier": name}
        token = world.request("appconfigdata", "StartConfigurationSession", asked)["InitialConfigurationToken"]
        answer = world.request("appconfigdata", "GetLatestConfiguration", {"ConfigurationToken": token})
        told.append((answer["Configuration"], answer["ContentType"]))

    assert told == [
        (b"hello", "text/plain"),
        (b'{"checkout":{"enabled":true,"limit":5},"sale":{"enabled":false}}', "application/json"),
    ]


@pytest.mark.parametrize(
    ("name", "settings", "key", "says"),
    [
        ("settings", {"content": "a"}, "configurations.settings", "application/environment/profile"),
        ("a/b/c", {"content": {}, "type": "feature flags"}, "configurations.a/b/c.content", "Invalid configuration"),
    ],
)
def test_a_mistake_is_told_with_its_key(
    world: SyncSimulation, name: str, settings: dict[str, Any], key: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says) as refused:
        world.add_source("configurations", name, **settings)

    assert refused.value.key == key
