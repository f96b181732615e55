"""Do stacks deploy configurations of AppConfig, and others when they are updated?"""

import json
from typing import Any

from eventsim import SyncSimulation
from tests import sdk


def template(greeting: str, environment: str = "prod") -> str:
    """Return a template that deploys a greeting, in a quarter of an hour."""

    def resource(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::AppConfig::{kind}", "Properties": properties}

    within = {"ApplicationId": {"Ref": "Shop"}}
    profile = {**within, "ConfigurationProfileId": {"Ref": "Settings"}}
    content = json.dumps({"greeting": greeting})
    resources = {
        "Shop": resource("Application", Name="shop", Tags=[{"Key": "team", "Value": "a"}]),
        "Prod": resource("Environment", **within, Name=environment),
        "Settings": resource("ConfigurationProfile", **within, Name="settings", LocationUri="hosted"),
        f"Version{greeting}": resource(
            "HostedConfigurationVersion", **profile, Content=content, ContentType="application/json"
        ),
        "Slowly": resource(
            "DeploymentStrategy",
            Name="slowly",
            DeploymentDurationInMinutes=15,
            GrowthFactor=25,
            GrowthType="LINEAR",
            FinalBakeTimeInMinutes=0,
            ReplicateTo="NONE",
        ),
        "Deployed": resource(
            "Deployment",
            **profile,
            EnvironmentId={"Ref": "Prod"},
            DeploymentStrategyId={"Ref": "Slowly"},
            ConfigurationVersion={"Ref": f"Version{greeting}"},
        ),
    }
    outputs = {"Shop": {"Value": {"Ref": "Shop"}}, "Prod": {"Value": {"Fn::GetAtt": "Prod.EnvironmentId"}}}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def read() -> str:
    """Return the configuration as a client gets it."""
    client: Any = sdk.client("appconfigdata")
    token = client.start_configuration_session(
        ApplicationIdentifier="shop", EnvironmentIdentifier="prod", ConfigurationProfileIdentifier="settings"
    )["InitialConfigurationToken"]
    return str(client.get_latest_configuration(ConfigurationToken=token)["Configuration"].read().decode())


def test_a_stack_deploys_before_anything_runs(cloudformation: Any) -> None:
    """CloudFormation waits for a deployment; here none has to wait for the first."""
    cloudformation.create_stack(StackName="shop", TemplateBody=template("hello"))

    assert read() == '{"greeting": "hello"}'
    assert [
        each["ResourceStatus"] for each in cloudformation.describe_stack_resources(StackName="shop")["StackResources"]
    ] == ["CREATE_COMPLETE"] * 6


def test_an_update_deploys_another_version_in_its_time(world: SyncSimulation, cloudformation: Any) -> None:
    """The version and the deployment are replaced; the old version goes."""
    cloudformation.create_stack(StackName="shop", TemplateBody=template("hello"))
    cloudformation.update_stack(StackName="shop", TemplateBody=template("goodbye"))
    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    ids = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    client: Any = sdk.client("appconfig")
    where = {"ApplicationId": ids["Shop"], "EnvironmentId": ids["Prod"]}

    started = client.get_deployment(**where, DeploymentNumber=2)["State"]
    world.advance("15 minutes")

    assert (stack["StackStatus"], started) == ("UPDATE_COMPLETE", "DEPLOYING")
    assert client.get_deployment(**where, DeploymentNumber=2)["State"] == "COMPLETE"
    assert read() == '{"greeting": "goodbye"}'


def test_a_name_changes_in_place_and_all_of_it_goes(cloudformation: Any) -> None:
    client: Any = sdk.client("appconfig")
    cloudformation.create_stack(StackName="shop", TemplateBody=template("hello", "test"))
    cloudformation.update_stack(StackName="shop", TemplateBody=template("hello", "prod"))
    after = read()

    cloudformation.delete_stack(StackName="shop")

    assert after == '{"greeting": "hello"}'
    assert client.list_applications()["Items"] == []
    assert len(client.list_deployment_strategies()["Items"]) == 4
