"""Deployments, and the stages that serve them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, shown, there
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.apis import door_of, found
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.patches import patched
from eventsim_sources.gateway.api.stage_variables import check_variables
from eventsim_sources.gateway.rest_api import method_settings
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Canary, Deployment, Stage

_STAGE = re.compile(r"[a-zA-Z0-9_-]+")


def create_deployment(call: Call) -> Result:
    """Keep the API as it is now, and let a stage serve it."""
    api = found(call)
    methods = [method for each in api.resources.values() for method in each.resource_methods.values()]
    if not methods:
        raise bad_request("The REST API doesn't contain any methods")
    if any(method.method_integration is None for method in methods):
        raise bad_request("No integration defined for method")
    name = call.text("stageName")
    if name and not _STAGE.fullmatch(name):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    check_variables(call.given.get("variables", {}))
    canary = call.given.get("canarySettings")
    if canary is not None and name not in api.stages:
        raise bad_request("Invalid deployment content specified. A canary needs a stage that is there already.")
    deployment = api.deploy(description=call.text("description"))
    if canary is not None:
        made = msgspec.convert({**canary, "deploymentId": deployment.id}, Canary, strict=False)
        api.stages[name].canary_settings = made
    elif name:
        stage = api.stages.get(name)
        now = call.world.clock.date()
        if stage is None:
            stage = api.stages[name] = Stage(deployment_id=deployment.id, stage_name=name, created_date=now)
        stage.deployment_id = deployment.id
        stage.last_updated_date = now
        stage.description = call.text("stageDescription") or stage.description
        stage.variables = {**stage.variables, **call.given.get("variables", {})}
        stage.cache_cluster_enabled = bool(call.given.get("cacheClusterEnabled", stage.cache_cluster_enabled))
        stage.cache_cluster_size = call.text("cacheClusterSize") or stage.cache_cluster_size
        stage.tracing_enabled = bool(call.given.get("tracingEnabled", stage.tracing_enabled))
    return shown(deployment)


def update_deployment(call: Call) -> Result:
    """Change what is said of a deployment."""
    api = found(call)
    changed = patched(_deployment(api, call), call.given.get("patchOperations", ()), patches.DESCRIBED)
    api.deployments[changed.id] = changed
    return shown(changed)


def get_deployment(call: Call) -> Result:
    """Tell of a deployment; with what it serves if that is embedded."""
    api = found(call)
    deployment = _deployment(api, call)
    told = shown(deployment)
    if "apisummary" in call.given.get("embed", ()):
        told["apiSummary"] = _summary(api, deployment.id)
    return told


def _summary(api: Api, deployment_id: str) -> dict[str, Any]:
    return {
        path: {
            verb: {"authorizationType": method.authorization_type, "apiKeyRequired": method.api_key_required}
            for verb, method in resource.resource_methods.items()
        }
        for path, resource in api.deployed(deployment_id).by_path.items()
        if resource.resource_methods
    }


def get_deployments(call: Call) -> Result:
    """List deployments."""
    return listed(call, found(call).deployments.values())


def delete_deployment(call: Call) -> Result:
    """Delete a deployment that no stage serves."""
    api = found(call)
    deployment = _deployment(api, call)
    if any(deployment.id in _serves(stage) for stage in api.stages.values()):
        raise bad_request("Active stages pointing to this deployment must be moved or deleted")
    del api.deployments[deployment.id]
    return {}


def _serves(stage: Stage) -> tuple[str, ...]:
    """Return the ids of the deployments that a stage serves."""
    canary = stage.canary_settings
    return (stage.deployment_id,) if canary is None else (stage.deployment_id, canary.deployment_id)


def create_stage(call: Call) -> Result:
    """Let a stage serve a deployment."""
    api = found(call)
    _deployment(api, call)
    now = call.world.clock.date()
    stage = call.make(Stage, createdDate=now, lastUpdatedDate=now)
    if not _STAGE.fullmatch(stage.stage_name):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    if stage.stage_name in api.stages:
        raise conflict("Stage already exists")
    check_variables(stage.variables)
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
    stage = _with_patches(_stage(api, call), call.given.get("patchOperations", ()))
    if any(each and each not in api.deployments for each in _serves(stage)):
        raise bad_request("Invalid Deployment identifier specified")
    check_variables(stage.variables)
    stage.last_updated_date = call.world.clock.date()
    api.stages[stage.stage_name] = stage
    return _told(stage)


def _with_patches(stage: Stage, operations: Iterable[Mapping[str, Any]]) -> Stage:
    """Return a stage with patch operations applied, those of its methods' settings as well."""
    settings = {key: dict(given) for key, given in stage.method_settings.items()}
    others = []
    for each in _with_copies(stage, operations):
        path, how = str(each.get("path", "")), str(each.get("op", "replace"))
        path = _PATHS.get(path, path)
        try:
            if not method_settings.patch(settings, path, how, each.get("value")):
                others.append({**each, "path": path})
        except (TypeError, ValueError):
            raise bad_request(f"Invalid patch value {each.get('value')!r} for {path}") from None
    for each in others:
        _check_path(str(each["path"]))
    changed = patched(stage, others, patches.STAGE)
    changed.method_settings = settings
    return changed


def _check_path(path: str) -> None:
    """See that a patch operation is of something that a stage has.

    Raises:
        ApiError: it is not.
    """
    if not patches.leads_somewhere(path, patches.STAGE):
        raise bad_request(f"Invalid method setting path: {path}. Must be one of: [{_KNOWN}]")


_OF_METHODS = (
    "{0}/metrics/enabled, {0}/logging/dataTrace, {0}/logging/loglevel, {0}/throttling/burstLimit{1}{0}/throttling/"
    "rateLimit{1}{0}/caching/ttlInSeconds, {0}/caching/enabled, {0}/caching/dataEncrypted, {0}/caching/"
    "requireAuthorizationForCacheControl, {0}/caching/unauthorizedCacheControlHeaderStrategy"
)
_KNOWN = ", ".join(
    [
        "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId",
        "/accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format",
        _OF_METHODS.format("/{resourcePath}/{httpMethod}", ""),
        _OF_METHODS.format("/*/*", " "),
        "/variables/{variable_name}, /tracingEnabled",
    ]
)
"""What AWS says there is, as it says it: some commas are missing there."""
_PATHS = {"/xrayEnabled": "/tracingEnabled"}
_DEPLOYMENT, _VARIABLES = "/canarySettings/deploymentId", "/canarySettings/stageVariableOverrides"


def _with_copies(stage: Stage, operations: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield patch operations; those that copy from a canary to its stage, which promotes it, are written out."""
    canary = stage.canary_settings or Canary()
    for each in operations:
        match each.get("op"), each.get("from"), each.get("path"):
            case "copy", from_, "/deploymentId" if from_ == _DEPLOYMENT:
                yield {"op": "replace", "path": "/deploymentId", "value": canary.deployment_id or stage.deployment_id}
            case "copy", from_, "/variables" if from_ == _VARIABLES:
                for name, value in canary.stage_variable_overrides.items():
                    yield {"op": "replace", "path": f"/variables/{name}", "value": value}
            case _:
                yield each


def flush_stage_cache(call: Call) -> Result:
    """Forget the answers that a stage keeps."""
    stage = _stage(found(call), call)
    door_of(call).cache.flush(stage.stage_name)
    return {}


def flush_stage_authorizers_cache(call: Call) -> Result:
    """Forget the answers of authorizers."""
    _stage(found(call), call)
    door_of(call).forget_authorizations()
    return {}


def delete_stage(call: Call) -> Result:
    """Delete a stage."""
    api = found(call)
    del api.stages[_stage(api, call).stage_name]
    return {}


def _told(stage: Stage) -> dict[str, Any]:
    told = shown(stage)
    told["cacheClusterStatus"] = "AVAILABLE" if stage.cache_cluster_enabled else "NOT_AVAILABLE"
    if stage.cache_cluster_enabled:
        told.setdefault("cacheClusterSize", "0.5")
    if stage.canary_settings is not None:
        told["canarySettings"] = shown(stage.canary_settings)
    told["methodSettings"] = method_settings.told(stage.method_settings)
    return told


def _deployment(api: Api, call: Call) -> Deployment:
    return there(api.deployments.get(call.text("deploymentId")), "Invalid Deployment identifier specified")


def _stage(api: Api, call: Call) -> Stage:
    return there(api.stages.get(call.text("stageName")), "Invalid stage identifier specified")
