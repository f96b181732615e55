"""How are REST, HTTP and WebSocket APIs made?"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from eventsim.template.site import Item, Made

Make = Callable[[Item], Awaitable[Made]]


async def rest_api(item: Item) -> Made:
    """Make a REST API; a body describes all of it."""
    body = item.take("Body")
    name = item.text("Name") or (body or {}).get("info", {}).get("title") or item.logical_id
    item.take("FailOnWarnings")
    parameters = item.take("Parameters")
    without = ("Body", "BodyS3Location", "FailOnWarnings", "Parameters", "Mode", "CloneFrom")
    names = {"ApiKeySourceType": "apiKeySource"}
    made = await item.create("apigateway", "CreateRestApi", {"name": name}, names=names, without=without)
    identifier, root = made["id"], made.get("rootResourceId", "")
    undo = item.begin(identifier, ("apigateway", "DeleteRestApi", {"restApiId": identifier}))
    if body is not None:
        settings = {"restApiId": identifier, "mode": "overwrite", "body": json.dumps(body).encode()}
        if parameters:
            settings["parameters"] = parameters
        await item.site.ask("apigateway", "PutRestApi", settings)
        root = await _root_of(item, identifier) or root
    attributes = {"RestApiId": identifier, "RootResourceId": root}
    return Made(physical_id=identifier, attributes=attributes, undo=undo, place=_place(item, identifier))


def _place(item: Item, identifier: str) -> tuple[str, str]:
    """Return how the simulation knows an API: several may bear one name, and SAM gives all of them the stack's."""
    apis = item.site.ground.sources("apis")
    name = next((name for name, source in apis.items() if source.arn.endswith(f"/{identifier}")), identifier)
    return "apis", name


async def _root_of(item: Item, api: str) -> str:
    found = await item.site.ask("apigateway", "GetResources", {"restApiId": api})
    return next((str(each["id"]) for each in found.get("items", []) if each.get("path") == "/"), "")


async def method(item: Item) -> Made:
    """Give a resource of a REST API a method, with what is behind it."""
    where = {
        "restApiId": item.text("RestApiId"),
        "resourceId": item.text("ResourceId"),
        "httpMethod": item.text("HttpMethod").upper(),
    }
    without = ("Integration", "MethodResponses", "RestApiId", "ResourceId", "HttpMethod")
    kind = item.text("AuthorizationType", "NONE")
    more = {**where, "authorizationType": kind}
    await item.create("apigateway", "PutMethod", more, without=(*without, "AuthorizationType"))
    undo = item.begin(item.name(), ("apigateway", "DeleteMethod", where))
    for response in item.take("MethodResponses") or []:
        await _part(item, "PutMethodResponse", response, where)
    integration = item.take("Integration")
    if integration:
        responses = integration.pop("IntegrationResponses", None) or []
        integration.setdefault("IntegrationHttpMethod", where["httpMethod"])
        await _part(item, "PutIntegration", integration, where)
        for response in responses:
            await _part(item, "PutIntegrationResponse", response, where)
    return Made(physical_id=item.name(), undo=undo)


async def _part(item: Item, operation: str, properties: Mapping[str, Any], where: Mapping[str, str]) -> None:
    """Call an operation with a mapping that stands within the resource."""
    part = Item(item.logical_id, item.type, dict(properties), item.site)
    await part.create("apigateway", operation, where, names={"IntegrationHttpMethod": "integrationHttpMethod"})
    item.unused += [name for name in part.properties if name not in part.taken]


async def deployment(item: Item) -> Made:
    """Publish a REST API; a stage that is named besides is made with it."""
    made = await item.create("apigateway", "CreateDeployment", without=("StageDescription", "DeploymentCanarySettings"))
    undo = item.undo("apigateway", "DeleteDeployment", deploymentId=made["id"])
    is_shown = bool(item.text("StageName"))  # by a stage that came with it and goes with the API
    return Made(physical_id=made["id"], attributes={"DeploymentId": made["id"]}, undo=() if is_shown else (undo,))


async def stage(item: Item) -> Made:
    """Make a stage of a REST API, unless publishing made it."""
    where = {"restApiId": item.text("RestApiId"), "stageName": item.text("StageName")}
    names = {"CanarySetting": "canarySettings"}
    await item.create("apigateway", "CreateStage", names=names, without=("MethodSettings", "AccessLogSetting"))
    undo = item.begin(where["stageName"], ("apigateway", "DeleteStage", where))
    changes = [*method_changes(item), *access_log_changes(item)]
    if changes:
        await item.site.ask("apigateway", "UpdateStage", {**where, "patchOperations": changes})
    return Made(physical_id=where["stageName"], undo=undo)


def access_log_changes(item: Item) -> list[dict[str, str]]:
    """Return the patch operations that set where and how a stage logs who called."""
    return [
        {"op": "replace", "path": f"/accessLogSettings/{name[:1].lower()}{name[1:]}", "value": str(value)}
        for name, value in (item.take("AccessLogSetting") or {}).items()
    ]


_METHOD_SETTINGS = {
    "ThrottlingRateLimit": "throttling/rateLimit",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "CachingEnabled": "caching/enabled",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CacheDataEncrypted": "caching/dataEncrypted",
    "LoggingLevel": "logging/loglevel",
    "DataTraceEnabled": "logging/dataTrace",
    "MetricsEnabled": "metrics/enabled",
}


def method_changes(item: Item) -> list[dict[str, str]]:
    """Return the patch operations that set what a template says of the methods of a stage."""
    return [
        {
            "op": "replace",
            "path": f"{method_key(given)}/{_METHOD_SETTINGS[name]}",
            "value": str(value).lower() if isinstance(value, bool) else str(value),
        }
        for given in item.take("MethodSettings") or ()
        for name, value in given.items()
        if name in _METHOD_SETTINGS
    ]


def method_key(given: Mapping[str, Any]) -> str:
    """Return where the settings of some methods stand in a stage."""
    path = str(given.get("ResourcePath", "/*")).removeprefix("/") or "~1"
    return f"/{path}/{given.get('HttpMethod', '*')}"


async def domain_name(item: Item) -> Made:
    """Make a domain name, of version 1."""
    made = await item.create("apigateway", "CreateDomainName")
    names = ("domainNameArn", "distributionDomainName", "distributionHostedZoneId")
    return _domain("apigateway", "domainName", made, (*names, "regionalDomainName", "regionalHostedZoneId"))


async def domain_name_2(item: Item) -> Made:
    """Make a domain name, of version 2."""
    made = await item.create("apigatewayv2", "CreateDomainName")
    configuration = (made.get("DomainNameConfigurations") or [{}])[0]
    regional = {
        "RegionalDomainName": configuration.get("ApiGatewayDomainName", ""),
        "RegionalHostedZoneId": configuration.get("HostedZoneId", ""),
    }
    return _domain("apigatewayv2", "DomainName", {**made, **regional}, ("DomainNameArn", *regional))


def _domain(service: str, parameter: str, made: Mapping[str, Any], names: tuple[str, ...]) -> Made:
    name = str(made[parameter])
    attributes = {f"{each[0].upper()}{each[1:]}": str(made.get(each, "")) for each in names}
    return Made(physical_id=name, attributes=attributes, undo=((service, "DeleteDomainName", {parameter: name}),))


async def base_path_mapping(item: Item) -> Made:
    """Let a base path of a domain lead to a REST API."""
    await item.create("apigateway", "CreateBasePathMapping", without=("Id",))
    undo = item.undo("apigateway", "DeleteBasePathMapping", basePath=item.text("BasePath", "(none)"))
    return Made(physical_id=item.name(), undo=(undo,))


def of_rest(operation: str, identifier: str, attribute: str = "", *, undo: str, **names: str) -> Make:
    """Return what makes a part of a REST API by one operation.

    Args:
        identifier: the member of the result that identifies the part.
        attribute: what `Fn::GetAtt` calls that.
        undo: the operation that deletes it, and its parameter: `DeleteX xId`.
        names: property → what the operation calls it.
    """
    delete, _, parameter = undo.partition(" ")

    async def make(item: Item) -> Made:
        named = {names.get(each, each) for each in item.properties} & {"Name", "name"}
        given = {} if named or operation not in _NAMED else {"name": item.name()}
        made = await item.create("apigateway", operation, given, names=names)
        found = str(made.get(identifier) or item.name())
        attributes = {attribute: found} if attribute else {}
        return Made(
            physical_id=found, attributes=attributes, undo=(item.undo("apigateway", delete, **{parameter: found}),)
        )

    return make


_NAMED = ("CreateAuthorizer", "CreateModel", "CreateUsagePlan", "CreateApiKey", "CreateRequestValidator")


async def api(item: Item) -> Made:
    """Make an HTTP or a WebSocket API; a body describes all of it."""
    body = item.take("Body")
    if body is not None:
        parameters = {"Body": json.dumps(body), "FailOnWarnings": item.flag("FailOnWarnings")}
        made = await item.site.ask("apigatewayv2", "ImportApi", parameters)
        item.begin(made["ApiId"], ("apigatewayv2", "DeleteApi", {"ApiId": made["ApiId"]}))
        if item.tags():
            arn = item.site.arn("apigateway", f"/apis/{made['ApiId']}", account="")
            await item.site.ask("apigatewayv2", "TagResource", {"ResourceArn": arn, "Tags": item.tags()})
        if item.take("CorsConfiguration"):
            await set_cors(item, made["ApiId"])
        item.take("Name")
    else:
        without = ("Body", "BodyS3Location", "BasePath", "FailOnWarnings", "DisableSchemaValidation")
        made = await item.create("apigatewayv2", "CreateApi", without=without)
    identifier = made["ApiId"]
    undo = (("apigatewayv2", "DeleteApi", {"ApiId": identifier}),)
    attributes = {"ApiId": identifier, "ApiEndpoint": made.get("ApiEndpoint", "")}
    return Made(physical_id=identifier, attributes=attributes, undo=undo, place=_place(item, identifier))


async def set_cors(item: Item, api: str) -> None:
    """Say which pages of other origins may call an HTTP API."""
    part = Item(item.logical_id, item.type, {"CorsConfiguration": item.take("CorsConfiguration")}, item.site)
    await part.create("apigatewayv2", "UpdateApi", {"ApiId": api})


def of_api(operation: str, identifier: str) -> Make:
    """Return what makes a part of an HTTP or a WebSocket API by one operation.

    Args:
        identifier: the member of the result that identifies the part.
    """

    async def make(item: Item) -> Made:
        made = await item.create("apigatewayv2", operation, without=("AccessPolicyId",))
        found = str(made.get(identifier) or item.name())
        undo = item.undo("apigatewayv2", operation.replace("Create", "Delete"), **{identifier: found})
        is_shown = operation == "CreateDeployment" and bool(item.text("StageName"))  # by that stage
        return Made(physical_id=found, attributes={identifier: found}, undo=() if is_shown else (undo,))

    return make


gateway_response = of_rest("PutGatewayResponse", "responseType", "Id", undo="DeleteGatewayResponse responseType")
"""Says what a REST API answers when it refuses."""


async def account(item: Item) -> Made:
    """Keep the role by which API Gateway would log."""
    item.take("CloudWatchRoleArn")
    return Made(physical_id=item.name(), attributes={"Id": item.name()}, is_inert=True)


GATEWAY: Mapping[str, Any] = {
    "AWS::ApiGateway::Account": account,
    "AWS::ApiGateway::ApiKey": of_rest("CreateApiKey", "id", "APIKeyId", undo="DeleteApiKey apiKey"),
    "AWS::ApiGateway::Authorizer": of_rest(
        "CreateAuthorizer", "id", "AuthorizerId", undo="DeleteAuthorizer authorizerId"
    ),
    "AWS::ApiGateway::BasePathMapping": base_path_mapping,
    "AWS::ApiGateway::Deployment": deployment,
    "AWS::ApiGateway::DomainName": domain_name,
    "AWS::ApiGateway::GatewayResponse": gateway_response,
    "AWS::ApiGateway::Method": method,
    "AWS::ApiGateway::Model": of_rest("CreateModel", "name", undo="DeleteModel modelName"),
    "AWS::ApiGateway::RequestValidator": of_rest(
        "CreateRequestValidator", "id", "RequestValidatorId", undo="DeleteRequestValidator requestValidatorId"
    ),
    "AWS::ApiGateway::Resource": of_rest("CreateResource", "id", "ResourceId", undo="DeleteResource resourceId"),
    "AWS::ApiGateway::RestApi": rest_api,
    "AWS::ApiGateway::Stage": stage,
    "AWS::ApiGateway::UsagePlan": of_rest(
        "CreateUsagePlan", "id", "Id", undo="DeleteUsagePlan usagePlanId", UsagePlanName="name"
    ),
    "AWS::ApiGateway::UsagePlanKey": of_rest("CreateUsagePlanKey", "id", "Id", undo="DeleteUsagePlanKey keyId"),
    "AWS::ApiGatewayV2::Api": api,
    "AWS::ApiGatewayV2::ApiMapping": of_api("CreateApiMapping", "ApiMappingId"),
    "AWS::ApiGatewayV2::Authorizer": of_api("CreateAuthorizer", "AuthorizerId"),
    "AWS::ApiGatewayV2::Deployment": of_api("CreateDeployment", "DeploymentId"),
    "AWS::ApiGatewayV2::DomainName": domain_name_2,
    "AWS::ApiGatewayV2::Integration": of_api("CreateIntegration", "IntegrationId"),
    "AWS::ApiGatewayV2::IntegrationResponse": of_api("CreateIntegrationResponse", "IntegrationResponseId"),
    "AWS::ApiGatewayV2::Model": of_api("CreateModel", "ModelId"),
    "AWS::ApiGatewayV2::Route": of_api("CreateRoute", "RouteId"),
    "AWS::ApiGatewayV2::RouteResponse": of_api("CreateRouteResponse", "RouteResponseId"),
    "AWS::ApiGatewayV2::Stage": of_api("CreateStage", "StageName"),
}
