"""What do calls of AppConfig need? The action of the same name on each resource that its path leads through.

A client may begin a session by names, and ARNs have ids. What a scenario has deployed tells them; of what else has
names, only AWS knows. A session's token says nothing of it either.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, Resource, anywhere, like, on, text_in, together, unknown

_ACCOUNT: Final = "arn:aws:appconfig:{region}:{account_id}:"
_APPLICATION: Final = like(f"{_ACCOUNT}application/{{ApplicationId}}")
_ENVIRONMENT: Final = like(f"{_ACCOUNT}application/{{ApplicationId}}/environment/{{EnvironmentId}}")
_PROFILE: Final = like(f"{_ACCOUNT}application/{{ApplicationId}}/configurationprofile/{{ConfigurationProfileId}}")
_VERSION: Final = like(
    f"{_ACCOUNT}application/{{ApplicationId}}/configurationprofile/{{ConfigurationProfileId}}"
    "/hostedconfigurationversion/{VersionNumber}"
)
_DEPLOYMENT: Final = like(
    f"{_ACCOUNT}application/{{ApplicationId}}/environment/{{EnvironmentId}}/deployment/{{DeploymentNumber}}"
)
_STRATEGY: Final = like(f"{_ACCOUNT}deploymentstrategy/{{DeploymentStrategyId}}")
_TAGGED: Final = like("{ResourceArn}")
_WAYS: Final = {
    (): "CreateApplication CreateDeploymentStrategy ListApplications ListDeploymentStrategies",
    (_APPLICATION,): (
        "CreateConfigurationProfile CreateEnvironment DeleteApplication GetApplication ListConfigurationProfiles "
        "ListEnvironments UpdateApplication"
    ),
    (_APPLICATION, _ENVIRONMENT): "DeleteEnvironment GetEnvironment ListDeployments UpdateEnvironment",
    (_APPLICATION, _PROFILE): (
        "CreateHostedConfigurationVersion DeleteConfigurationProfile GetConfigurationProfile "
        "ListHostedConfigurationVersions UpdateConfigurationProfile ValidateConfiguration"
    ),
    (_APPLICATION, _PROFILE, _VERSION): "DeleteHostedConfigurationVersion GetHostedConfigurationVersion",
    (_APPLICATION, _ENVIRONMENT, _DEPLOYMENT): "GetDeployment StopDeployment",
    (_APPLICATION, _ENVIRONMENT, _PROFILE, _STRATEGY): "StartDeployment",
    (_STRATEGY,): "DeleteDeploymentStrategy GetDeploymentStrategy UpdateDeploymentStrategy",
    (_TAGGED,): "ListTagsForResource TagResource UntagResource",
}
"""The resources on which an operation must be allowed, all of them → operations."""
_ID: Final = re.compile(r"[a-z0-9]{7}")


def _configuration(given: Mapping[str, Any], place: Place) -> str:
    ids = _ids(given, place, "ApplicationIdentifier", "EnvironmentIdentifier", "ConfigurationProfileIdentifier")
    return place.arn("appconfig", "application/{}/environment/{}/configuration/{}".format(*ids)) if ids else ""


def _read(path: str) -> Resource:
    """Return what names one of the things that are read without a session, by its path with their ids."""

    def resource(given: Mapping[str, Any], place: Place) -> str:
        ids = _ids(given, place, "Application", "Environment", "Configuration")
        return place.arn("appconfig", path.format(*ids)) if ids else ""

    return resource


def _ids(given: Mapping[str, Any], place: Place, *parameters: str) -> list[str]:
    """Return the ids of an application, an environment and a profile, none if they are not known."""
    names = [text_in(given, each) for each in parameters]
    ids = _ids_told(names, place) or names
    return ids if all(_ID.fullmatch(each) for each in ids) else []


def _ids_told(names: list[str], place: Place) -> list[str]:
    """Return the ids of a configuration that a scenario has deployed, none if it has not."""
    for each in place.sources("configurations").values():
        ids = [each.arn.split("/")[1], each.environment.identifier, each.profile.identifier]
        if all(name in both for name, both in zip(names, zip(ids, each.name.split("/"), strict=False), strict=False)):
            return ids
    return []


_PATHS_READ: Final = ("application/{0}", "application/{0}/environment/{1}", "application/{0}/configurationprofile/{2}")

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        "GetConfiguration": together(*(on(_read(path), "appconfig:GetConfiguration") for path in _PATHS_READ)),
    }
    | {
        name: together(*(on(resource, f"appconfig:{name}") for resource in resources))
        if resources
        else anywhere(f"appconfig:{name}")
        for resources, names in _WAYS.items()
        for name in names.split()
    }
)

OF_CLIENTS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        "GetLatestConfiguration": on(unknown, "appconfig:GetLatestConfiguration"),
        "StartConfigurationSession": on(_configuration, "appconfig:StartConfigurationSession"),
    }
)
"""Those of AppConfig Data."""
