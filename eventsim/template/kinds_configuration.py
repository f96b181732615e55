"""How are the applications, environments, profiles, versions and deployments of AppConfig made?"""

from collections.abc import Mapping
from typing import Any

from eventsim.api import OF_AWS
from eventsim.template.inert import Make
from eventsim.template.site import Item, Made


def _identified(kind: str) -> Make:
    """Return what makes a thing that is known by an id of its own: an application, or what belongs to one."""

    async def make(item: Item) -> Made:
        identifier = (await item.create("appconfig", f"Create{kind}"))["Id"]
        own = {f"{kind}Id": identifier}
        return Made(physical_id=identifier, attributes=own, undo=(item.undo("appconfig", f"Delete{kind}", **own),))

    return make


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
    "AWS::AppConfig::Application": _identified("Application"),
    "AWS::AppConfig::ConfigurationProfile": _identified("ConfigurationProfile"),
    "AWS::AppConfig::Deployment": deployment,
    "AWS::AppConfig::DeploymentStrategy": deployment_strategy,
    "AWS::AppConfig::Environment": _identified("Environment"),
    "AWS::AppConfig::HostedConfigurationVersion": hosted_version,
}
