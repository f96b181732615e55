"""AppConfig as its clients know it: one function for each operation."""

from collections.abc import Callable, Mapping
from functools import partial

from eventsim import About, Operation, Request, Result, World
from eventsim_sources.configuration.api import applications, deployments, profiles, reading
from eventsim_sources.configuration.store import Configurations, Regions
from eventsim_sources.without_effect import check_heeded, not_simulated

_PAGE = "MaxResults NextToken"
_PROFILE = "ApplicationId ConfigurationProfileId"
_ENVIRONMENT = "ApplicationId EnvironmentId"
_STRATEGY = "Description DeploymentDurationInMinutes FinalBakeTimeInMinutes GrowthFactor GrowthType"
_OPERATIONS: Mapping[str, tuple[Callable[[Configurations, Request], Result], str]] = {
    "CreateApplication": (applications.create_application, "Name Description Tags"),
    "CreateConfigurationProfile": (
        profiles.create_configuration_profile,
        "ApplicationId Name Description LocationUri RetrievalRoleArn Validators Tags Type KmsKeyIdentifier",
    ),
    "CreateDeploymentStrategy": (deployments.create_deployment_strategy, f"Name ReplicateTo Tags {_STRATEGY}"),
    "CreateEnvironment": (applications.create_environment, "ApplicationId Name Description Monitors Tags"),
    "CreateHostedConfigurationVersion": (
        profiles.create_hosted_configuration_version,
        f"{_PROFILE} Description Content ContentType LatestVersionNumber VersionLabel",
    ),
    "DeleteApplication": (applications.delete_application, "ApplicationId"),
    "DeleteConfigurationProfile": (profiles.delete_configuration_profile, f"{_PROFILE} DeletionProtectionCheck"),
    "DeleteDeploymentStrategy": (deployments.delete_deployment_strategy, "DeploymentStrategyId"),
    "DeleteEnvironment": (applications.delete_environment, f"{_ENVIRONMENT} DeletionProtectionCheck"),
    "DeleteHostedConfigurationVersion": (
        profiles.delete_hosted_configuration_version,
        f"{_PROFILE} VersionNumber",
    ),
    "GetApplication": (applications.get_application, "ApplicationId"),
    "GetConfiguration": (
        reading.get_configuration,
        "Application Environment Configuration ClientId ClientConfigurationVersion",
    ),
    "GetConfigurationProfile": (profiles.get_configuration_profile, _PROFILE),
    "GetDeployment": (deployments.get_deployment, f"{_ENVIRONMENT} DeploymentNumber"),
    "GetDeploymentStrategy": (deployments.get_deployment_strategy, "DeploymentStrategyId"),
    "GetEnvironment": (applications.get_environment, _ENVIRONMENT),
    "GetHostedConfigurationVersion": (profiles.get_hosted_configuration_version, f"{_PROFILE} VersionNumber"),
    "ListApplications": (applications.list_applications, _PAGE),
    "ListConfigurationProfiles": (profiles.list_configuration_profiles, f"ApplicationId Type {_PAGE}"),
    "ListDeploymentStrategies": (deployments.list_deployment_strategies, _PAGE),
    "ListDeployments": (deployments.list_deployments, f"{_ENVIRONMENT} {_PAGE}"),
    "ListEnvironments": (applications.list_environments, f"ApplicationId {_PAGE}"),
    "ListHostedConfigurationVersions": (
        profiles.list_hosted_configuration_versions,
        f"{_PROFILE} VersionLabel {_PAGE}",
    ),
    "ListTagsForResource": (applications.list_tags_for_resource, "ResourceArn"),
    "StartDeployment": (
        deployments.start_deployment,
        f"{_ENVIRONMENT} DeploymentStrategyId ConfigurationProfileId ConfigurationVersion Description Tags "
        "KmsKeyIdentifier LatestDeploymentNumber",
    ),
    "StopDeployment": (deployments.stop_deployment, f"{_ENVIRONMENT} DeploymentNumber AllowRevert"),
    "TagResource": (applications.tag_resource, "ResourceArn Tags"),
    "UntagResource": (applications.untag_resource, "ResourceArn TagKeys"),
    "UpdateApplication": (applications.update_application, "ApplicationId Name Description"),
    "UpdateConfigurationProfile": (
        profiles.update_configuration_profile,
        f"{_PROFILE} Name Description RetrievalRoleArn Validators KmsKeyIdentifier",
    ),
    "UpdateDeploymentStrategy": (deployments.update_deployment_strategy, f"DeploymentStrategyId {_STRATEGY}"),
    "UpdateEnvironment": (applications.update_environment, f"{_ENVIRONMENT} Name Description Monitors"),
    "ValidateConfiguration": (profiles.validate_configuration, f"{_PROFILE} ConfigurationVersion"),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_INERT: Mapping[str, str] = {
    "KmsKeyIdentifier": "nothing is encrypted",
    "Monitors": "no alarm rolls a deployment back",
    "ReplicateTo": "there are no documents of Systems Manager",
    "RetrievalRoleArn": "permissions are not checked",
}
"""What is taken and changes nothing."""

_OF_APPLICATION = About("application:ApplicationId")
_ABOUT: Mapping[str, About] = {
    "CreateApplication": About("application:Id"),
    "CreateConfigurationProfile": _OF_APPLICATION,
    "CreateEnvironment": _OF_APPLICATION,
    "CreateHostedConfigurationVersion": _OF_APPLICATION,
    "DeleteApplication": About("application:ApplicationId", ends=True),
    "DeleteConfigurationProfile": _OF_APPLICATION,
    "DeleteEnvironment": _OF_APPLICATION,
    "DeleteHostedConfigurationVersion": _OF_APPLICATION,
    "StartDeployment": _OF_APPLICATION,
    "StopDeployment": _OF_APPLICATION,
    "UpdateApplication": _OF_APPLICATION,
    "UpdateConfigurationProfile": _OF_APPLICATION,
    "UpdateEnvironment": _OF_APPLICATION,
}
"""All of an application goes with it; a strategy stays, as deployments began with it."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return AppConfig's operations for one simulation."""
    regions = world.share(Regions)
    made = {name: partial(_carry_out, regions, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=(), about=_ABOUT)


def _carry_out(
    regions: Regions, operation: Callable[[Configurations, Request], Result], takes: str, request: Request
) -> Result:
    configurations = regions.of(request.region)
    check_heeded(configurations.world, request, takes, inert=_INERT)
    if request.parameters.get("DeletionProtectionCheck") == "APPLY":
        raise not_simulated(request, "DeletionProtectionCheck=APPLY")
    return operation(configurations, request)
