"""Operations on deployment strategies and on deployments."""

from typing import Any

from msgspec import structs

from eventsim import Request, Result
from eventsim_sources.configuration.api.applications import environment_of
from eventsim_sources.configuration.api.call import page, told
from eventsim_sources.configuration.api.profiles import HOSTED
from eventsim_sources.configuration.deployment import UNDER_WAY, UNDONE, Deployment
from eventsim_sources.configuration.limits import REVERT_S
from eventsim_sources.configuration.store import Application, Configurations, Environment, bad_request, conflict
from eventsim_sources.configuration.strategy import PREDEFINED, Strategy
from eventsim_sources.configuration.validation import check_version

_MEMBERS = {
    "Description": "description",
    "DeploymentDurationInMinutes": "duration_min",
    "FinalBakeTimeInMinutes": "bake_min",
    "GrowthFactor": "growth_factor",
    "GrowthType": "growth_type",
    "ReplicateTo": "replicate_to",
}
"""What operations call the settings of a strategy."""


def create_deployment_strategy(configurations: Configurations, request: Request) -> Result:
    """Make a strategy."""
    given: Any = request.parameters
    made = Strategy(identifier=configurations.new_id(), name=str(given["Name"]), **_settings(given))
    configurations.strategies[made.identifier] = made
    configurations.keep_tags(made.path, given.get("Tags"))
    return _strategy_told(made)


def get_deployment_strategy(configurations: Configurations, request: Request) -> Result:
    """Tell of a strategy."""
    return _strategy_told(configurations.strategy(str(request.parameters["DeploymentStrategyId"])))


def list_deployment_strategies(configurations: Configurations, request: Request) -> Result:
    """List the strategies: those that every account has, and one's own."""
    every = [*PREDEFINED.values(), *configurations.strategies.values()]
    return page(map(_strategy_told, every), request.parameters)


def update_deployment_strategy(configurations: Configurations, request: Request) -> Result:
    """Change a strategy; deployments that have started keep theirs."""
    strategy = _own(configurations, request)
    made = structs.replace(strategy, **_settings(request.parameters))
    configurations.strategies[strategy.identifier] = made
    return _strategy_told(made)


def delete_deployment_strategy(configurations: Configurations, request: Request) -> Result:
    """Forget a strategy."""
    strategy = _own(configurations, request)
    del configurations.strategies[strategy.identifier]
    configurations.forget_tags(strategy.path)
    return {}


def _settings(given: Any) -> dict[str, Any]:
    return {setting: given[name] for name, setting in _MEMBERS.items() if given.get(name) is not None}


def _own(configurations: Configurations, request: Request) -> Strategy:
    strategy = configurations.strategy(str(request.parameters["DeploymentStrategyId"]))
    if strategy.identifier in PREDEFINED:
        raise bad_request(f"{strategy.identifier} is a strategy of AppConfig's own and stays as it is.")
    return strategy


def _strategy_told(strategy: Strategy) -> dict[str, Any]:
    settings = {name: getattr(strategy, setting) for name, setting in _MEMBERS.items()}
    return told(Id=strategy.identifier, Name=strategy.name, **settings)


# --- deployments -------------------------------------------------------------------------------------------


def start_deployment(configurations: Configurations, request: Request) -> Result:
    """Begin to deploy a version.

    A stack of CloudFormation's waits for its deployments. So the first one that it starts counts as through: what a
    run finds was deployed before.
    """
    given: Any = request.parameters
    application, environment = environment_of(configurations, request)
    profile = application.profile(str(given["ConfigurationProfileId"]))
    strategy = configurations.strategy(str(given["DeploymentStrategyId"]))
    version = profile.version(str(given["ConfigurationVersion"]))
    now_us, count = configurations.world.clock.now_us, len(environment.deployments)
    under_way = environment.under_way(now_us)
    if under_way is not None:
        raise conflict(f"Deployment {under_way.number} into the environment is under way.")
    if given.get("LatestDeploymentNumber") not in (None, count):
        raise conflict(f"The latest deployment is {count}, and not {given['LatestDeploymentNumber']}.")
    check_version(profile, version)
    is_through = request.caller.is_aws and not environment.standing(profile, now_us)
    made = Deployment(
        number=count + 1,
        profile=profile,
        version=version,
        strategy=strategy,
        started_us=now_us - (strategy.duration_us + strategy.bake_us if is_through else 0),
        description=str(given.get("Description") or ""),
    )
    environment.deployments.append(made)
    path = f"{application.path_of(environment)}/deployment/{made.number}"
    configurations.keep_tags(path, given.get("Tags"))
    return _deployment_told(configurations, application, environment, made)


def get_deployment(configurations: Configurations, request: Request) -> Result:
    """Tell how far a deployment is."""
    application, environment = environment_of(configurations, request)
    deployment = environment.deployment(int(str(request.parameters["DeploymentNumber"])))
    return _deployment_told(configurations, application, environment, deployment)


def list_deployments(configurations: Configurations, request: Request) -> Result:
    """List the deployments into an environment, the newest first."""
    _, environment = environment_of(configurations, request)
    found = [_summary(configurations, each) for each in reversed(environment.deployments)]
    return page(found, request.parameters)


def stop_deployment(configurations: Configurations, request: Request) -> Result:
    """Roll a deployment back that is under way; revert one that is complete, if the request allows that."""
    application, environment = environment_of(configurations, request)
    deployment = environment.deployment(int(str(request.parameters["DeploymentNumber"])))
    now_us = configurations.world.clock.now_us
    state = deployment.state(now_us)
    may_revert = request.parameters.get("AllowRevert") and now_us - deployment.completed_us <= REVERT_S * 1_000_000
    if state in UNDONE or (state not in UNDER_WAY and not may_revert):
        raise bad_request(f"Deployment {deployment.number} is {state} and cannot be stopped.")
    deployment.stopped_us = now_us
    return _deployment_told(configurations, application, environment, deployment)


def _summary(configurations: Configurations, deployment: Deployment) -> dict[str, Any]:
    clock, strategy = configurations.world.clock, deployment.strategy
    state = deployment.state(clock.now_us)
    is_over = state not in UNDER_WAY
    ended_us = deployment.completed_us if deployment.stopped_us is None else deployment.stopped_us
    return told(
        DeploymentNumber=deployment.number,
        ConfigurationName=deployment.profile.name,
        ConfigurationProfileId=deployment.profile.identifier,
        ConfigurationVersion=str(deployment.version.number),
        DeploymentDurationInMinutes=strategy.duration_min,
        GrowthType=strategy.growth_type,
        GrowthFactor=strategy.growth_factor,
        FinalBakeTimeInMinutes=strategy.bake_min,
        State=state,
        PercentageComplete=deployment.percentage(clock.now_us),
        StartedAt=clock.date(deployment.started_us),
        CompletedAt=clock.date(ended_us) if is_over else None,
        VersionLabel=deployment.version.label,
    )


def _deployment_told(
    configurations: Configurations, application: Application, environment: Environment, deployment: Deployment
) -> dict[str, Any]:
    clock = configurations.world.clock
    events = [
        {
            "EventType": event.type,
            "TriggeredBy": event.by,
            "Description": event.description,
            "OccurredAt": clock.date(event.at_us),
        }
        for event in deployment.events(clock.now_us)
    ]
    return {
        "ApplicationId": application.identifier,
        "EnvironmentId": environment.identifier,
        "DeploymentStrategyId": deployment.strategy.identifier,
        "ConfigurationLocationUri": HOSTED,
        **told(Description=deployment.description),
        **_summary(configurations, deployment),
        "EventLog": events,
    }
