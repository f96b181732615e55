"""Deployments, and the stages that serve them."""

from typing import Any

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, not_found, page, patched, shown
from eventsim_sources.gateway.api.rest.apis import found
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Deployment, Stage


def create_deployment(call: Call) -> Result:
    """Keep the API as it is now, and let a stage serve it."""
    api = found(call)
    methods = [method for each in api.resources.values() for method in each.resource_methods.values()]
    if not methods:
        raise bad_request("The REST API doesn't contain any methods")
    if any(method.method_integration is None for method in methods):
        raise bad_request("No integration defined for method")
    deployment = api.deploy(description=call.text("description"))
    name = call.text("stageName")
    if name:
        stage = api.stages.get(name)
        now = call.world.clock.date()
        if stage is None:
            stage = api.stages[name] = Stage(deployment_id=deployment.id, stage_name=name, created_date=now)
        stage.deployment_id = deployment.id
        stage.last_updated_date = now
        stage.description = call.text("stageDescription") or stage.description
        stage.variables = {**stage.variables, **call.given.get("variables", {})}
    return shown(deployment)


def get_deployment(call: Call) -> Result:
    """Tell of a deployment."""
    return shown(_deployment(found(call), call))


def get_deployments(call: Call) -> Result:
    """List deployments."""
    items, position = page(
        found(call).deployments.values(), limit=call.given.get("limit"), position=call.given.get("position")
    )
    told: dict[str, Any] = {"items": [shown(each) for each in items]}
    return {**told, "position": position} if position else told


def delete_deployment(call: Call) -> Result:
    """Delete a deployment that no stage serves."""
    api = found(call)
    deployment = _deployment(api, call)
    if any(stage.deployment_id == deployment.id for stage in api.stages.values()):
        raise bad_request("Active stages pointing to this deployment must be moved or deleted")
    del api.deployments[deployment.id]
    return {}


def create_stage(call: Call) -> Result:
    """Let a stage serve a deployment."""
    api = found(call)
    _deployment(api, call)
    now = call.world.clock.date()
    stage = call.make(Stage, createdDate=now, lastUpdatedDate=now)
    if stage.stage_name in api.stages:
        raise conflict("Stage already exists")
    api.stages[stage.stage_name] = stage
    return _told(stage)


def get_stage(call: Call) -> Result:
    """Tell of a stage."""
    return _told(_stage(found(call), call))


def get_stages(call: Call) -> Result:
    """List stages."""
    wanted = call.text("deploymentId")
    stages = found(call).stages.values()
    return {"item": [_told(stage) for stage in stages if wanted in ("", stage.deployment_id)]}


def update_stage(call: Call) -> Result:
    """Change a stage: its variables, or which deployment it serves."""
    api = found(call)
    stage = patched(_stage(api, call), call.given.get("patchOperations", ()), Stage)
    if stage.deployment_id not in api.deployments:
        raise bad_request("Invalid Deployment identifier specified")
    stage.last_updated_date = call.world.clock.date()
    api.stages[stage.stage_name] = stage
    return _told(stage)


def delete_stage(call: Call) -> Result:
    """Delete a stage."""
    api = found(call)
    del api.stages[_stage(api, call).stage_name]
    return {}


def _told(stage: Stage) -> dict[str, Any]:
    told = shown(stage)
    told.setdefault("cacheClusterEnabled", False)
    told["cacheClusterStatus"] = "NOT_AVAILABLE"
    told.setdefault("methodSettings", {})
    told.setdefault("tracingEnabled", False)
    return told


def _deployment(api: Api, call: Call) -> Deployment:
    deployment = api.deployments.get(call.text("deploymentId"))
    if deployment is None:
        raise not_found("Invalid Deployment identifier specified")
    return deployment


def _stage(api: Api, call: Call) -> Stage:
    stage = api.stages.get(call.text("stageName"))
    if stage is None:
        raise not_found("Invalid stage identifier specified")
    return stage
