"""How are the applications, environments, profiles, versions and deployments of AppConfig made?"""

from collections.abc import Mapping
from typing import Any

from eventsim.api import OF_AWS
from eventsim.template.site import Item, Made


async def application(item: Item) -> Made:
    """Make an application."""
    identifier = (await item.create("appconfig", "CreateApplication"))["Id"]
    return Made(
        physical_id=identifier,
        attributes={"ApplicationId": identifier},
        undo=(item.undo("appconfig", "DeleteApplication", ApplicationId=identifier),),
    )


async def environment(item: Item) -> Made:
    """Make an environment."""
    identifier = (await item.create("appconfig", "CreateEnvironment"))["Id"]
    return Made(
        physical_id=identifier,
        attributes={"EnvironmentId": identifier},
        undo=(item.undo("appconfig", "DeleteEnvironment", EnvironmentId=identifier),),
    )


async def configuration_profile(item: Item) -> Made:
    """Make a configuration profile."""
    identifier = (await item.create("appconfig", "CreateConfigurationProfile"))["Id"]
    return Made(
        physical_id=identifier,
        attributes={"ConfigurationProfileId": identifier},
        undo=(item.undo("appconfig", "DeleteConfigurationProfile", ConfigurationProfileId=identifier),),
    )


async def hosted_version(item: Item) -> Made:
    """Keep a version of a configuration."""
    number = (await item.create("appconfig", "CreateHostedConfigurationVersion"))["VersionNumber"]
    undo = item.undo("appconfig", "DeleteHostedConfigurationVersion", VersionNumber=number)
    return Made(physical_id=str(number), attributes={"VersionNumber": str(number)}, undo=(undo,))


async def deployment_strategy(item: Item) -> Made:
    """Make a deployment strategy."""
    identifier = (await item.create("appconfig", "CreateDeploymentStrategy"))["Id"]
    undo = (("appconfig", "DeleteDeploymentStrategy", {"DeploymentStrategyId": identifier}),)
    return Made(physical_id=identifier, attributes={"Id": identifier}, undo=undo)


async def deployment(item: Item) -> Made:
    """Start a deployment, as CloudFormation does; nothing takes it away again."""
    made = await item.create("appconfig", "StartDeployment", caller=OF_AWS)
    number = str(made["DeploymentNumber"])
    return Made(physical_id=number, attributes={"DeploymentNumber": number, "State": made["State"]})


CONFIGURATION: Mapping[str, Any] = {
    "AWS::AppConfig::Application": application,
    "AWS::AppConfig::ConfigurationProfile": configuration_profile,
    "AWS::AppConfig::Deployment": deployment,
    "AWS::AppConfig::DeploymentStrategy": deployment_strategy,
    "AWS::AppConfig::Environment": environment,
    "AWS::AppConfig::HostedConfigurationVersion": hosted_version,
}
