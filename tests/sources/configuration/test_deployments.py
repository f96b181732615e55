"""Deployments in virtual time, through a real client."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.configuration.conftest import Shop

LINEAR = {
    "Name": "linear",
    "DeploymentDurationInMinutes": 15,
    "GrowthFactor": 25,
    "GrowthType": "LINEAR",
    "FinalBakeTimeInMinutes": 5,
    "ReplicateTo": "NONE",
}


@pytest.fixture
def linear(shop: Shop) -> str:
    return str(shop.appconfig.create_deployment_strategy(**LINEAR)["Id"])


@pytest.fixture
def profile(shop: Shop) -> dict[str, str]:
    """A profile with two versions."""
    made = shop.profile()
    shop.version(made, {"n": 1})
    shop.version(made, {"n": 2}, VersionLabel="v2")
    return made


def test_a_deployment_grows_bakes_and_is_complete(shop: Shop, profile: dict[str, str], linear: str) -> None:
    """The environment is `DEPLOYING` meanwhile; the newest event comes first."""
    started = shop.deploy(profile, strategy=linear)
    seen = [(started["State"], started["PercentageComplete"])]
    for span in ("3 minutes", "9 minutes", "3 minutes"):
        shop.simulation.advance(span)
        told = shop.deployment()
        seen.append((told["State"], told["PercentageComplete"]))
    environment = shop.appconfig.get_environment(**shop.ids)["State"]
    shop.simulation.advance("5 minutes")
    told = shop.deployment()

    assert seen == [("DEPLOYING", 1), ("DEPLOYING", 25), ("DEPLOYING", 100), ("BAKING", 100)]
    assert (environment, shop.appconfig.get_environment(**shop.ids)["State"]) == ("DEPLOYING", "READY_FOR_DEPLOYMENT")
    assert (told["State"], str(told["CompletedAt"] - told["StartedAt"])) == ("COMPLETE", "0:20:00")
    assert [event["EventType"] for event in told["EventLog"]] == [
        *("DEPLOYMENT_COMPLETED", "BAKE_TIME_STARTED"),
        *["PERCENTAGE_UPDATED"] * 4,
        "DEPLOYMENT_STARTED",
    ]
    assert told["EventLog"][2]["Description"] == "Configuration available to 100.00% of clients"


def test_a_deployment_that_is_stopped_is_rolled_back(shop: Shop, profile: dict[str, str], linear: str) -> None:
    """Who had got the new version gets the old one again."""
    shop.deploy(profile)
    shop.simulation.advance("10 minutes")
    shop.deploy(profile, "v2", linear)
    shop.simulation.advance("12 minutes")
    token = shop.begin()
    new, token = shop.poll(token)

    shop.appconfig.stop_deployment(**shop.ids, DeploymentNumber=2)

    assert (new, shop.poll(token)[0]) == ('{"n": 2}', '{"n": 1}')
    assert shop.deployment(2)["State"] == shop.appconfig.get_environment(**shop.ids)["State"] == "ROLLED_BACK"
    assert [event["EventType"] for event in shop.deployment(2)["EventLog"][:2]] == [
        "ROLLBACK_COMPLETED",
        "ROLLBACK_STARTED",
    ]


def test_a_complete_one_is_reverted_within_three_days(shop: Shop, profile: dict[str, str]) -> None:
    """And only if the request allows that."""
    for version in ("1", "2"):
        shop.deploy(profile, version)
        shop.simulation.advance("10 minutes")

    with pytest.raises(ClientError, match="is COMPLETE and cannot be stopped"):
        shop.appconfig.stop_deployment(**shop.ids, DeploymentNumber=2)
    shop.simulation.advance("71 hours")
    stopped = shop.appconfig.stop_deployment(**shop.ids, DeploymentNumber=2, AllowRevert=True)
    shop.simulation.advance("2 hours")
    with pytest.raises(ClientError, match="is COMPLETE and cannot be stopped"):
        shop.appconfig.stop_deployment(**shop.ids, DeploymentNumber=1, AllowRevert=True)

    assert stopped["State"] == "REVERTED"
    assert shop.poll(shop.begin())[0] == '{"n": 1}'


def test_one_environment_has_one_deployment_at_a_time(shop: Shop, profile: dict[str, str]) -> None:
    shop.deploy(profile)

    with pytest.raises(ClientError) as refused:
        shop.deploy(profile, "2")

    assert refused.value.response["Error"]["Code"] == "ConflictException"
    assert [each["DeploymentNumber"] for each in shop.appconfig.list_deployments(**shop.ids)["Items"]] == [1]


def test_a_deployment_keeps_the_strategy_that_it_began_with(shop: Shop, profile: dict[str, str], linear: str) -> None:
    shop.deploy(profile, strategy=linear)

    shop.appconfig.update_deployment_strategy(DeploymentStrategyId=linear, GrowthFactor=50)
    shop.simulation.advance("3 minutes")

    assert shop.deployment()["PercentageComplete"] == 25


def test_strategies_of_every_account_stay_as_they_are(shop: Shop, linear: str) -> None:
    listed = shop.appconfig.list_deployment_strategies(MaxResults=50)["Items"]

    assert listed[0]["Id"] == "AppConfig.AllAtOnce"
    assert listed[-1] == {"Id": linear, **LINEAR}
    with pytest.raises(ClientError, match="AppConfig's own"):
        shop.appconfig.delete_deployment_strategy(DeploymentStrategyId="AppConfig.AllAtOnce")


def test_a_schema_is_checked_before_a_deployment_begins(shop: Shop) -> None:
    schema = '{"type": "object", "properties": {"n": {"type": "integer", "maximum": 1}}}'
    profile = shop.profile("checked", Validators=[{"Type": "JSON_SCHEMA", "Content": schema}])
    for number in (1, 2):
        shop.version(profile, {"n": number})

    shop.appconfig.validate_configuration(**profile, ConfigurationVersion="1")
    with pytest.raises(ClientError, match="2 is greater than the maximum of 1") as refused:
        shop.deploy(profile, "2")

    (detail,) = refused.value.response["Details"]["InvalidConfiguration"]  # type: ignore[typeddict-item]
    assert (detail["Location"], detail["Type"]) == ("#/n", "JSON_SCHEMA")


@pytest.mark.parametrize("schema", ["{", "[" * 2_000, "[]", '{"type": "text"}'])
def test_a_validator_is_a_schema(shop: Shop, schema: str) -> None:
    """It is refused when it is brought (what AWS says then is unconfirmed)."""
    validators = [{"Type": "JSON_SCHEMA", "Content": schema}]
    profile = shop.profile()

    with pytest.raises(ClientError, match=r"BadRequestException.*the validator is no JSON Schema"):
        shop.profile("checked", Validators=validators)
    with pytest.raises(ClientError, match="the validator is no JSON Schema"):
        shop.appconfig.update_configuration_profile(**profile, Validators=validators)


def test_a_schema_has_patterns_of_python_s(shop: Shop) -> None:
    """Other expressions of Java's are told when a version is held against them."""
    validators = [{"Type": "JSON_SCHEMA", "Content": r'{"pattern": "\\p{Lu}"}'}]
    profile = shop.profile("checked", Validators=validators)
    shop.version(profile, "Shop")

    with pytest.raises(ClientError, match="the validator has a pattern that is none of Python's"):
        shop.appconfig.validate_configuration(**profile, ConfigurationVersion="1")


@pytest.mark.parametrize("reference", ["http://example.com/schema", "#/definitions/none", "#"])
def test_a_schema_refers_to_nothing_but_its_parts(shop: Shop, reference: str) -> None:
    """Nothing is fetched for it, and what leads round in circles fits nothing."""
    schema = json.dumps({"$ref": reference})
    profile = shop.profile("checked", Validators=[{"Type": "JSON_SCHEMA", "Content": schema}])
    shop.version(profile, {})

    with pytest.raises(ClientError, match="the validator refers to what is not in it, or to itself"):
        shop.appconfig.validate_configuration(**profile, ConfigurationVersion="1")


@pytest.mark.parametrize(
    ("operation", "parameters", "says"),
    [
        ("create_configuration_profile", {"LocationUri": "s3://b/k"}, "LocationUri=s3://b/k is not simulated"),
        (
            "create_configuration_profile",
            {"LocationUri": "hosted", "Validators": [{"Type": "LAMBDA", "Content": "arn"}]},
            "Validators.Type=LAMBDA is not simulated",
        ),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(
    shop: Shop, operation: str, parameters: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        getattr(shop.appconfig, operation)(ApplicationId=shop.application, Name="p", **parameters)


def test_alarms_roll_nothing_back_and_the_trace_says_so(shop: Shop) -> None:
    monitors = [{"AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"}]

    shop.appconfig.update_environment(**shop.ids, Monitors=monitors)

    assert shop.appconfig.get_environment(**shop.ids)["Monitors"] == monitors
    (entry,) = shop.simulation.trace.entries(["accepted without effect"])
    assert entry.detail["parameter"] == "Monitors"
