"""How do REST, HTTP and WebSocket APIs change, and how load balancers in front of them?"""

import json
from typing import Any

from eventsim.template import kinds_gateway as kinds
from eventsim.template.changes import Properties, differs, patched
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Made

_API_SETTINGS = patched(
    "UpdateRestApi",
    {"restApiId": ""},
    {
        "ApiKeySourceType": "/apiKeySource",
        "Description": "/description",
        "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
        "MinimumCompressionSize": "/minimumCompressionSize",
    },
    {"ApiKeySourceType": "HEADER", "DisableExecuteApiEndpoint": "false"},
)


async def rest_api(item: Item, made: Made, before: Properties) -> None:
    """Describe a REST API anew, and give it other settings; its stages show it once it is deployed."""
    where = {"restApiId": made.physical_id}
    body = item.take("Body")
    if differs(item, before, "Body") and body is not None:
        settings = {**where, "mode": "overwrite", "body": json.dumps(body).encode()}
        await item.site.ask("apigateway", "PutRestApi", settings)
    await _API_SETTINGS(item, made, before)
    operations: list[dict[str, str]] = []
    if differs(item, before, "Name") and item.text("Name"):
        operations.append({"op": "replace", "path": "/name", "value": item.text("Name")})
    if differs(item, before, "Policy"):
        policy = item.take("Policy")
        text = json.dumps(policy) if isinstance(policy, dict) else str(policy or "")
        operations.append({"op": "replace", "path": "/policy", "value": text})
    kept, wanted = before.get("BinaryMediaTypes") or [], item.take("BinaryMediaTypes", [])
    operations += [{"op": "remove", "path": _media(each)} for each in kept if each not in wanted]
    operations += [{"op": "add", "path": _media(each)} for each in wanted if each not in kept]
    if operations:
        await item.site.ask("apigateway", "UpdateRestApi", {**where, "patchOperations": operations})


def _media(given: Any) -> str:
    return f"/binaryMediaTypes/{_escaped(as_text(given))}"


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


async def method(item: Item, made: Made, _: Properties) -> Made:
    """Make a method anew, with all that is behind it."""
    where = {name: item.text(f"{name[0].upper()}{name[1:]}") for name in ("restApiId", "resourceId", "httpMethod")}
    await item.site.ask("apigateway", "DeleteMethod", {**where, "httpMethod": where["httpMethod"].upper()})
    await kinds.method(item)
    return made


_STAGE_SETTINGS = {
    "CacheClusterEnabled": "/cacheClusterEnabled",
    "CacheClusterSize": "/cacheClusterSize",
    "ClientCertificateId": "/clientCertificateId",
    "DeploymentId": "/deploymentId",
    "Description": "/description",
    "DocumentationVersion": "/documentationVersion",
    "TracingEnabled": "/tracingEnabled",
}
_FLAGS = ("CacheClusterEnabled", "TracingEnabled")


async def rest_stage(item: Item, made: Made, before: Properties) -> None:
    """Let a stage show another deployment, and have other variables and settings."""
    changes = [
        {"op": "replace", "path": path, "value": as_text(item.take(name, "false" if name in _FLAGS else ""))}
        for name, path in _STAGE_SETTINGS.items()
        if differs(item, before, name)
    ]
    changes += _variable_changes(item, before)
    if differs(item, before, "MethodSettings"):
        old = before.get("MethodSettings") or []
        changes += [{"op": "remove", "path": key} for key in map(kinds.method_key, old)]
        changes += kinds.method_changes(item)
    if differs(item, before, "AccessLogSetting"):
        changes += kinds.access_log_changes(item) or [{"op": "remove", "path": "/accessLogSettings"}]
    where = {"restApiId": item.text("RestApiId"), "stageName": made.physical_id}
    if changes:
        await item.site.ask("apigateway", "UpdateStage", {**where, "patchOperations": changes})


def _variable_changes(item: Item, before: Properties) -> list[dict[str, str]]:
    new, old = item.take("Variables") or {}, before.get("Variables") or {}
    gone = [{"op": "remove", "path": f"/variables/{name}"} for name in old if name not in new]
    changed = [
        {"op": "replace", "path": f"/variables/{name}", "value": as_text(value)}
        for name, value in new.items()
        if value != old.get(name)
    ]
    return gone + changed


async def usage_plan(item: Item, made: Made, before: Properties) -> None:
    """Give a plan other limits, and other stages."""
    changes = [
        {"op": "replace", "path": path, "value": item.text(name)}
        for name, path in (("UsagePlanName", "/name"), ("Description", "/description"))
        if differs(item, before, name)
    ]
    for name in ("Quota", "Throttle"):
        if differs(item, before, name):
            limits = item.take(name) or {}
            root = f"/{name.lower()}"
            changes += [{"op": "remove", "path": root}] if before.get(name) else []
            changes += [
                {"op": "add", "path": f"{root}/{key[0].lower()}{key[1:]}", "value": as_text(value)}
                for key, value in limits.items()
            ]
    old, new = (_stages_of(each) for each in (before.get("ApiStages"), item.take("ApiStages")))
    changes += [{"op": "remove", "path": "/apiStages", "value": each} for each in old if each not in new]
    changes += [{"op": "add", "path": "/apiStages", "value": each} for each in new if each not in old]
    if changes:
        where = {"usagePlanId": made.physical_id}
        await item.site.ask("apigateway", "UpdateUsagePlan", {**where, "patchOperations": changes})


def _stages_of(given: Any) -> list[str]:
    return [f"{each['ApiId']}:{each['Stage']}" for each in given or []]


async def api(item: Item, made: Made, before: Properties) -> None:
    """Describe an HTTP or a WebSocket API anew."""
    if item.take("Body") is None:
        await item.create("apigatewayv2", "UpdateApi", {"ApiId": made.physical_id})
    elif differs(item, before, "Body"):
        body = json.dumps(item.take("Body"))
        await item.site.ask("apigatewayv2", "ReimportApi", {"ApiId": made.physical_id, "Body": body})
    if not differs(item, before, "CorsConfiguration"):
        return
    if item.take("CorsConfiguration") is None:
        await item.site.ask("apigatewayv2", "DeleteCorsConfiguration", {"ApiId": made.physical_id})
    else:
        await kinds.set_cors(item, made.physical_id)


async def listener_rule(item: Item, made: Made, before: Properties) -> None:
    """Give a rule of a listener other conditions, another action, another place."""
    await item.create("elbv2", "ModifyRule", {"RuleArn": made.physical_id})
    if differs(item, before, "Priority"):
        priorities = [{"RuleArn": made.physical_id, "Priority": item.number("Priority")}]
        await item.site.ask("elbv2", "SetRulePriorities", {"RulePriorities": priorities})


async def target_group(item: Item, made: Made, before: Properties) -> None:
    """Give a target group other targets, and other settings."""
    arn = made.physical_id
    await item.create("elbv2", "ModifyTargetGroup", {"TargetGroupArn": arn})
    old, new = before.get("Targets") or [], item.take("Targets", [])
    for operation, targets in (
        ("DeregisterTargets", [each for each in old if each not in new]),
        ("RegisterTargets", [each for each in new if each not in old]),
    ):
        if targets:
            part = Item(item.logical_id, item.type, {"Targets": targets}, item.site)
            await part.create("elbv2", operation, {"TargetGroupArn": arn})
    if differs(item, before, "TargetGroupAttributes") and item.take("TargetGroupAttributes"):
        parameters = {"TargetGroupArn": arn, "Attributes": item.take("TargetGroupAttributes")}
        await item.site.ask("elbv2", "ModifyTargetGroupAttributes", parameters)
