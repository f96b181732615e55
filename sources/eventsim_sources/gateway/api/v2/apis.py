"""APIs of version 2 as a whole: make, import, tell, change, tag and delete them."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from eventsim import ApiError, ConfigurationError, Result
from eventsim_sources.gateway import document
from eventsim_sources.gateway.api.call import LISTED_MAX, Call, bad_request, delete, not_found, page, shown, there
from eventsim_sources.gateway.export import http_document
from eventsim_sources.gateway.http_api.api import Api
from eventsim_sources.gateway.http_api.document import fill
from eventsim_sources.gateway.http_api.model import Integration, Route, Settings, Stage
from eventsim_sources.gateway.http_api.routes import DEFAULT
from eventsim_sources.gateway.limits import HTTP_TIMEOUT_MS


def found(call: Call) -> Api:
    """Return the API that a request names.

    Raises:
        ApiError: there is none.
    """
    identifier = call.text("ApiId")
    return there(
        call.register.http(identifier), f"Invalid API identifier specified {call.world.account_id}:{identifier}"
    )


def create_api(call: Call) -> Result:
    """Make an API; with a target, the route and the stage `$default` as well."""
    settings = call.make(Settings, ApiId=call.register.new_id(), CreatedDate=call.world.clock.date())
    if settings.protocol_type == "WEBSOCKET":
        if not call.text("RouteSelectionExpression"):
            raise bad_request("RouteSelectionExpression is required for an API of the protocol type WEBSOCKET")
        if settings.cors_configuration is not None:
            raise bad_request("CORS configuration is not supported for an API of the protocol type WEBSOCKET")
    api = _made(call, settings)
    target = call.text("Target")
    if target:
        _quick(call, api, target)
    return _told(api)


def _made(call: Call, settings: Settings) -> Api:
    source = call.register.make_http(settings)
    call.world.add(source)
    api = source.api
    assert isinstance(api, Api), "that is what was made"
    return api


def _quick(call: Call, api: Api, target: str) -> None:
    is_server = target.startswith(("http://", "https://"))
    integration = Integration(
        integration_id=api.new_id(),
        integration_type="HTTP_PROXY" if is_server else "AWS_PROXY",
        integration_uri=target,
        integration_method="ANY" if is_server else "POST",
        payload_format_version="1.0" if is_server else "2.0",
        credentials_arn=call.text("CredentialsArn"),
        timeout_in_millis=HTTP_TIMEOUT_MS,
        api_gateway_managed=True,
    )
    api.integrations[integration.integration_id] = integration
    route = Route(
        route_id=api.new_id(),
        route_key=call.text("RouteKey") or DEFAULT,
        target=f"integrations/{integration.integration_id}",
        api_gateway_managed=True,
    )
    api.routes[route.route_id] = route
    now = call.world.clock.date()
    stage = Stage(
        stage_name=DEFAULT, auto_deploy=True, created_date=now, last_updated_date=now, api_gateway_managed=True
    )
    api.stages[DEFAULT] = stage
    stage.deployment_id = api.deploy(auto=True).deployment_id
    api.changed()


def import_api(call: Call) -> Result:
    """Make an HTTP API of an OpenAPI document."""
    described = _document(call)
    info = described.get("info") or {}
    settings = Settings(
        api_id=call.register.new_id(),
        name=str(info.get("title") or "imported"),
        protocol_type="HTTP",
        description=str(info.get("description") or ""),
        version=str(info.get("version") or ""),
        created_date=call.world.clock.date(),
    )
    api = _made(call, settings)
    try:
        _fill(call, api, described)
    except ApiError:
        call.register.remove(settings.api_id)
        raise
    return _told(api)


def reimport_api(call: Call) -> Result:
    """Replace an API by an OpenAPI document; its stages stay."""
    api = found(call)
    described = _document(call)
    api.clear()
    info = described.get("info") or {}
    api.settings.name = str(info.get("title") or api.settings.name)
    api.settings.version = str(info.get("version") or api.settings.version)
    api.settings.description = str(info.get("description") or "")
    _fill(call, api, described)
    return _told(api)


def _document(call: Call) -> document.Document:
    try:
        described = document.parse(call.text("Body"))
        document.check_soundness(described)
    except ValueError as error:
        raise bad_request(f"Invalid OpenAPI input: {error}") from None
    return described


def _fill(call: Call, api: Api, described: document.Document) -> None:
    try:
        fill(api, described, how=call.text("Basepath") or "ignore")
    except (ConfigurationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise bad_request(f"Unable to build the API of this document: {error}") from None


def get_api(call: Call) -> Result:
    """Tell of an API."""
    return _told(found(call))


def get_apis(call: Call) -> Result:
    """List APIs."""
    return listed(call, [_told(api) for api in call.register.http_apis()])


def listed(call: Call, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one page of a list."""
    shown_items, token = page_of(call, items)
    told: dict[str, Any] = {"Items": shown_items}
    return {**told, "NextToken": token} if token else told


def page_of(call: Call, items: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of a list, and the token of the next."""
    limit, position = call.given.get("MaxResults"), call.given.get("NextToken")
    return page(items, limit=limit, position=position, usual=LISTED_MAX)


def merged(before: Mapping[str, Any], changes: Mapping[str, Any], *maps: str) -> dict[str, Any]:
    """Return members with changes; in these maps, entries are set one by one, and nothing at all takes one away."""
    made = {**before, **changes}
    for name in maps:
        if name in changes:
            both = {**before.get(name, {}), **changes[name]}
            made[name] = {key: value for key, value in both.items() if value not in ("", {})}
    return made


def update_api(call: Call) -> Result:
    """Change settings of an API."""
    api = found(call)
    if api.settings.protocol_type == "WEBSOCKET" and "CorsConfiguration" in call.given:
        raise bad_request("CORS configuration is not supported for an API of the protocol type WEBSOCKET")
    if call.text("Target"):
        _lead_to(api, call.text("Target"))
    changes = {name: value for name, value in call.given.items() if name != "ApiId"}
    document_of: dict[str, Any] = {**msgspec.to_builtins(api.settings), **changes}
    api.settings = msgspec.convert(document_of, Settings, strict=False)
    api.changed()
    return _told(api)


def _lead_to(api: Api, target: str) -> None:
    """Let the route `$default`, which was made with the API, lead to something else.

    Raises:
        ApiError: none was.
    """
    route = next((each for each in api.routes.values() if each.route_key == DEFAULT), None)
    integration = None if route is None else api.integrations.get(route.target.removeprefix("integrations/"))
    if integration is None:
        raise bad_request("Target can be changed of an API that was created with one")
    is_server = target.startswith(("http://", "https://"))
    integration.integration_type = "HTTP_PROXY" if is_server else "AWS_PROXY"
    integration.integration_method = "ANY" if is_server else "POST"
    integration.payload_format_version = "1.0" if is_server else "2.0"
    integration.integration_uri = target


def export_api(call: Call) -> Result:
    """Return an HTTP API as an OpenAPI document, in JSON or YAML."""
    api = found(call)
    if api.settings.protocol_type != "HTTP":
        raise bad_request("Only HTTP APIs can be exported")
    stage = call.text("StageName")
    if stage and stage not in api.stages:
        raise not_found(f"Invalid stage identifier specified {stage}")
    extends = call.given.get("IncludeExtensions", True)
    made = http_document(api, extends=bool(extends))
    if call.text("OutputType") == "YAML":
        import yaml  # only who wants YAML pays for it

        return {"body": yaml.safe_dump(made, sort_keys=False).encode()}
    return {"body": json.dumps(made, indent=2).encode()}


def delete_cors_configuration(call: Call) -> Result:
    """Let functions see to CORS themselves."""
    found(call).settings.cors_configuration = None
    return {}


def delete_api(call: Call) -> Result:
    """Delete an API with all of its stages."""
    return delete(call, found(call).settings.api_id)


def _told(api: Api) -> dict[str, Any]:
    told = shown(api.settings)
    if api.settings.cors_configuration is not None:
        told["CorsConfiguration"] = {"AllowCredentials": False, **shown(api.settings.cors_configuration)}
    told.setdefault("RouteSelectionExpression", "$request.method $request.path")
    told.setdefault("ApiKeySelectionExpression", "$request.header.x-api-key")
    told.setdefault("DisableExecuteApiEndpoint", False)
    told.setdefault("Tags", {})
    return told
