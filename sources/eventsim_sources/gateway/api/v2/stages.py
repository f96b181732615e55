"""Deployments of APIs of version 2, and the stages that serve them."""

import re
from typing import Any

import msgspec

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, not_found, shown, there
from eventsim_sources.gateway.api.stage_variables import check_variables
from eventsim_sources.gateway.api.v2.apis import found, listed, merged
from eventsim_sources.gateway.http_api.api import Api
from eventsim_sources.gateway.http_api.door import HttpDoor
from eventsim_sources.gateway.http_api.model import Deployment, Stage


def create_deployment(call: Call) -> Result:
    """Keep the API as it is now, and let a stage serve it."""
    api = found(call)
    name = call.text("StageName")
    stage = api.stages.get(name) if name else None
    if name and stage is None:
        raise not_found(f"Invalid stage identifier specified {name}")
    if stage is not None and stage.auto_deploy:
        raise bad_request("Deployment cannot be created for a stage that deploys by itself")
    if not api.routes:
        raise bad_request("At least one route is required before deploying the Api.")
    deployment = api.deploy(description=call.text("Description"))
    if stage is not None:
        stage.deployment_id = deployment.deployment_id
        stage.last_updated_date = call.world.clock.date()
    return shown(deployment)


def update_deployment(call: Call) -> Result:
    """Change what is said of a deployment."""
    deployment = _deployment(found(call), call)
    deployment.description = str(call.given.get("Description", deployment.description))
    return shown(deployment)


def delete_access_log_settings(call: Call) -> Result:
    """Log nothing; nothing was."""
    _stage(found(call), call).access_log_settings = {}
    return {}


def delete_route_settings(call: Call) -> Result:
    """Let a route have the rates of all."""
    stage = _stage(found(call), call)
    if stage.route_settings.pop(call.text("RouteKey"), None) is None:
        raise not_found(f"Invalid route key specified {call.text('RouteKey')}")
    return {}


def reset_authorizers_cache(call: Call) -> Result:
    """Forget the answers of authorizers."""
    _stage(found(call), call)
    door = call.register.sources[call.text("ApiId")].door
    if isinstance(door, HttpDoor):
        door.forget_authorizations()
    return {}


def get_deployment(call: Call) -> Result:
    """Tell of a deployment."""
    return shown(_deployment(found(call), call))


def get_deployments(call: Call) -> Result:
    """List deployments."""
    return listed(call, [shown(each) for each in found(call).deployments.values()])


def delete_deployment(call: Call) -> Result:
    """Delete a deployment that no stage serves."""
    api = found(call)
    deployment = _deployment(api, call)
    if any(stage.deployment_id == deployment.deployment_id for stage in api.stages.values()):
        raise bad_request("Active stages pointing to this deployment must be moved or deleted")
    del api.deployments[deployment.deployment_id]
    return {}


def create_stage(call: Call) -> Result:
    """Let a stage serve a deployment, or whatever the API is at any time (`AutoDeploy`)."""
    api = found(call)
    now = call.world.clock.date()
    stage = call.make(Stage, CreatedDate=now, LastUpdatedDate=now)
    if not _STAGE.fullmatch(stage.stage_name):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    if stage.stage_name in api.stages:
        raise conflict("Stage already exists")
    check_variables(stage.stage_variables)
    _check_routes(stage, api)
    if stage.deployment_id:
        _deployment(api, call)
    if stage.auto_deploy:
        stage.deployment_id = api.deploy(auto=True).deployment_id
    api.stages[stage.stage_name] = stage
    return _told(stage)


_STAGE = re.compile(r"\$default|[a-zA-Z0-9_-]+")


def _check_routes(stage: Stage, api: Api) -> None:
    """See that settings are of routes that are there.

    Raises:
        ApiError: one is not.
    """
    keys = {route.route_key for route in api.routes.values()}
    for key in stage.route_settings:
        if key not in keys:
            raise not_found(f"Unable to find Route by key {key} within the provided RouteSettings")


def get_stage(call: Call) -> Result:
    """Tell of a stage."""
    return _told(_stage(found(call), call))


def get_stages(call: Call) -> Result:
    """List stages."""
    return listed(call, [_told(each) for each in found(call).stages.values()])


def update_stage(call: Call) -> Result:
    """Change a stage: its variables, or which deployment it serves."""
    api = found(call)
    stage = _stage(api, call)
    if call.text("DeploymentId"):
        _deployment(api, call)
    changes = {name: value for name, value in call.given.items() if name != "ApiId"}
    changes["LastUpdatedDate"] = call.world.clock.date()
    described = merged(msgspec.to_builtins(stage), changes, "RouteSettings", "StageVariables")
    stage = msgspec.convert(described, Stage, strict=False)
    check_variables(stage.stage_variables)
    _check_routes(stage, api)
    api.stages[stage.stage_name] = stage
    return _told(stage)


def delete_stage(call: Call) -> Result:
    """Delete a stage."""
    api = found(call)
    del api.stages[_stage(api, call).stage_name]
    return {}


def _told(stage: Stage) -> dict[str, Any]:
    told = {"AutoDeploy": False, "StageVariables": {}, "RouteSettings": {}, "Tags": {}, **shown(stage)}
    if not stage.api_gateway_managed:
        del told["ApiGatewayManaged"]
    if stage.auto_deploy and stage.deployment_id:
        words = f"Successfully deployed stage with deployment ID '{stage.deployment_id}'"
        told["LastDeploymentStatusMessage"] = words
    told["DefaultRouteSettings"] = {"DetailedMetricsEnabled": False, **stage.default_route_settings}
    if stage.access_log_settings:
        told["AccessLogSettings"] = stage.access_log_settings
    return told


def _deployment(api: Api, call: Call) -> Deployment:
    return there(
        api.deployments.get(call.text("DeploymentId")),
        f"Invalid Deployment identifier specified {call.text('DeploymentId')}",
    )


def _stage(api: Api, call: Call) -> Stage:
    return there(api.stages.get(call.text("StageName")), f"Invalid stage identifier specified {call.text('StageName')}")
