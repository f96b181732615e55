"""How does a scenario make an API? The section `apis:`, turned into the parts that API operations make as well."""

from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from eventsim import ConfigurationError, World, duration_us
from eventsim_sources.arns import arn_of
from eventsim_sources.gateway import document
from eventsim_sources.gateway.cors import Cors
from eventsim_sources.gateway.http_api import document as http_document
from eventsim_sources.gateway.http_api.api import Api as HttpApi
from eventsim_sources.gateway.http_api.model import Authorizer, Integration, Route, RouteResponse, Stage
from eventsim_sources.gateway.http_api.model import Settings as HttpSettings
from eventsim_sources.gateway.limits import SOCKET_TIMEOUT_MS, TIMEOUT_MIN_MS
from eventsim_sources.gateway.register import ApiSource, Register
from eventsim_sources.gateway.rest_api import document as rest_document
from eventsim_sources.gateway.rest_api import model as rest
from eventsim_sources.gateway.rest_api.api import Api as RestApi
from eventsim_sources.gateway.spec import ApiSpec, AuthorizerSpec, CorsSpec, RouteSpec
from eventsim_sources.gateway.usage import ApiKey, PlanStage, UsagePlan

_MS = 1_000
_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY")


class ApiKind:
    """The section `apis:` of a scenario."""

    section: ClassVar[str] = "apis"
    spec: ClassVar[type[Struct]] = ApiSpec

    def create(self, world: World, name: str, spec: ApiSpec) -> ApiSource:
        """Build one API from its settings.

        Raises:
            ConfigurationError: a setting makes no sense; `key` names it.
        """
        for key in spec.routes:
            _check_route(spec, key)
        register = world.share(Register)
        return _make_rest(world, register, name, spec) if spec.type == "rest" else _make_v2(world, register, name, spec)

    def connect(self, world: World, source: ApiSource, spec: ApiSpec) -> None:  # noqa: ARG002 - the door's signature
        """See that all functions that are named are there.

        Raises:
            ConfigurationError: one is not; `key` names the setting.
        """
        named = {f"authorizers.{name}.function": each.function for name, each in spec.authorizers.items()}
        named |= {f"routes.{key}": _function(route) for key, route in spec.routes.items()}
        for key, function in named.items():
            if function is not None and world.target(arn_of(world, "function", function)) is None:
                raise world.missing("function", function, key=key)


def invocation_uri(world: World, function: str) -> str:
    """Return the URI by which an integration leads to a function."""
    arn = arn_of(world, "function", function)
    return f"arn:aws:apigateway:{world.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _function(route: str | RouteSpec) -> str:
    return route if isinstance(route, str) else route.function


def _check_route(spec: ApiSpec, key: str) -> None:
    if spec.type == "websocket":
        if " " in key:
            raise ConfigurationError(f"a WebSocket's route is the name of a message, not {key!r}", key="routes")
        return
    verb, blank, path = key.partition(" ")
    if spec.type == "http" and key == "$default":
        return
    if verb not in _VERBS or not blank or not path.startswith("/"):
        raise ConfigurationError(f"a route reads `GET /orders/{{id}}`, not {key!r}", key="routes")
    route = spec.routes[key]
    authorizer = None if isinstance(route, str) else route.authorizer
    if authorizer is not None and authorizer not in (*spec.authorizers, "iam"):
        raise ConfigurationError(f"there is no authorizer {authorizer!r}", key=f"routes.{key}.authorizer")


def _timeout_ms(route: RouteSpec, key: str, most: int) -> int | None:
    if route.timeout is None:
        return None
    timeout_ms = duration_us(route.timeout, key=f"routes.{key}.timeout") // _MS
    if not TIMEOUT_MIN_MS <= timeout_ms <= most:
        raise ConfigurationError(f"an integration waits for 50 ms to {most / 1000:g} s", key=f"routes.{key}.timeout")
    return timeout_ms


def _ttl_s(authorizer: AuthorizerSpec, default: int | None) -> int | None:
    return default if authorizer.keep is None else duration_us(authorizer.keep) // 1_000_000


# --- HTTP and WebSocket APIs -------------------------------------------------------------------------------


def _make_v2(world: World, register: Register, name: str, spec: ApiSpec) -> ApiSource:
    is_http = spec.type == "http"
    settings = HttpSettings(
        api_id=register.new_id(),
        name=name,
        protocol_type="HTTP" if is_http else "WEBSOCKET",
        created_date=world.clock.date(),
        cors_configuration=None if spec.cors is None else _cors(spec.cors),
    )
    if not is_http:
        settings.route_selection_expression = spec.selection
    source = register.make_http(settings, name)
    api = source.api
    assert isinstance(api, HttpApi), "that is what was made"
    stage = spec.stage or ("$default" if is_http else "prod")
    api.stages[stage] = Stage(
        stage_name=stage, auto_deploy=True, stage_variables=spec.variables, created_date=world.clock.date()
    )
    identifiers = {each: _v2_authorizer(world, api, each, about) for each, about in spec.authorizers.items()}
    for key, route in spec.routes.items():
        _v2_route(world, api, key, RouteSpec(function=route) if isinstance(route, str) else route, identifiers)
    if spec.definition is not None:
        http_document.fill(api, document.load(spec.definition, world.folder))
    return source


def _v2_authorizer(world: World, api: HttpApi, name: str, spec: AuthorizerSpec) -> str:
    identity = tuple(_as_v2(each) for each in spec.identity or ["header.Authorization"])
    if spec.function is not None:
        is_http = api.settings.protocol_type == "HTTP"
        made = Authorizer(
            name=name,
            authorizer_type="REQUEST",
            authorizer_uri=invocation_uri(world, spec.function),
            authorizer_payload_format_version="2.0",
            authorizer_result_ttl_in_seconds=_ttl_s(spec, 0) or 0,
            enable_simple_responses=is_http if spec.simple is None else spec.simple,
            identity_source=identity,
        )
    else:
        about = {"Issuer": spec.issuer, "Audience": spec.audience}
        made = Authorizer(
            name=name, authorizer_type="JWT", identity_source=identity, jwt_configuration=about, keys=spec.keys
        )
    made.authorizer_id = api.new_id(6)
    api.authorizers[made.authorizer_id] = made
    return made.authorizer_id


def _as_v2(identity: str) -> str:
    return identity if identity.startswith("$") else f"$request.{identity}"


def _v2_route(world: World, api: HttpApi, key: str, spec: RouteSpec, authorizers: Mapping[str, str]) -> None:
    integration = Integration(
        integration_id=api.new_id(),
        integration_type="AWS_PROXY",
        integration_uri=invocation_uri(world, spec.function),
        integration_method="POST",
        payload_format_version=spec.payload or "2.0",
        timeout_in_millis=_timeout_ms(spec, key, 30_000),
    )
    api.integrations[integration.integration_id] = integration
    kind = "NONE"
    if spec.authorizer == "iam":
        kind = "AWS_IAM"
    elif spec.authorizer is not None:
        is_token = api.authorizers[authorizers[spec.authorizer]].authorizer_type == "JWT"
        kind = "JWT" if is_token else "CUSTOM"
    route = Route(
        route_id=api.new_id(),
        route_key=key,
        target=f"integrations/{integration.integration_id}",
        authorization_type=kind,
        authorizer_id=authorizers.get(spec.authorizer or "", ""),
        authorization_scopes=tuple(spec.scopes),
    )
    api.routes[route.route_id] = route
    if spec.reply:
        response = RouteResponse(route_response_id=api.new_id(), route_response_key="$default")
        api.responses[route.route_id] = {response.route_response_id: response}


def _cors(spec: CorsSpec) -> Cors:
    return Cors(
        allow_credentials=spec.credentials,
        allow_headers=tuple(spec.headers),
        allow_methods=tuple(spec.methods),
        allow_origins=tuple(spec.origins),
        expose_headers=tuple(spec.expose),
        max_age=None if spec.max_age is None else duration_us(spec.max_age, key="cors.max_age") // 1_000_000,
    )


# --- REST APIs ---------------------------------------------------------------------------------------------


def _make_rest(world: World, register: Register, name: str, spec: ApiSpec) -> ApiSource:
    settings = rest.Settings(
        id=register.new_id(), name=name, created_date=world.clock.date(), binary_media_types=list(spec.binary)
    )
    source = register.make_rest(settings, name)
    api = source.api
    assert isinstance(api, RestApi), "that is what was made"
    identifiers = {each: _rest_authorizer(world, api, each, about) for each, about in spec.authorizers.items()}
    for key, route in spec.routes.items():
        _rest_route(world, api, key, RouteSpec(function=route) if isinstance(route, str) else route, identifiers)
    if spec.definition is not None:
        rest_document.fill(api, document.load(spec.definition, world.folder))
    stage = spec.stage or "prod"
    now = world.clock.date()
    deployed = api.deploy()
    api.stages[stage] = rest.Stage(
        deployment_id=deployed.id, stage_name=stage, variables=spec.variables, created_date=now, last_updated_date=now
    )
    if spec.api_keys:
        _add_keys(register, api, stage, spec.api_keys)
    return source


def _add_keys(register: Register, api: RestApi, stage: str, keys: Mapping[str, str]) -> None:
    usage = register.usage
    plan = UsagePlan(
        id=usage.new_id(), name=api.settings.name, api_stages=[PlanStage(api_id=api.settings.id, stage=stage)], keys=[]
    )
    for name, value in keys.items():
        key = ApiKey(id=usage.new_id(), value=value, name=name)
        usage.keys[key.id] = key
        plan.keys.append(key.id)
    usage.plans[plan.id] = plan


def _rest_authorizer(world: World, api: RestApi, name: str, spec: AuthorizerSpec) -> str:
    if spec.function is None:
        raise ConfigurationError("a REST API asks a function or a definition's user pool", key="authorizers")
    identity = spec.identity or ["header.Authorization"]
    made = rest.Authorizer(
        id=api.new_id(),
        name=name,
        type="TOKEN" if spec.token else "REQUEST",
        authorizer_uri=invocation_uri(world, spec.function),
        identity_source=",".join(f"method.request.{each}" for each in identity),
        authorizer_result_ttl_in_seconds=_ttl_s(spec, None),
    )
    api.authorizers[made.id] = made
    return made.id


def _rest_route(world: World, api: RestApi, key: str, spec: RouteSpec, authorizers: Mapping[str, str]) -> None:
    verb, _, path = key.partition(" ")
    resource = api.make_path(path)
    kind = "AWS_IAM" if spec.authorizer == "iam" else "NONE" if spec.authorizer is None else "CUSTOM"
    resource.resource_methods[verb] = rest.Method(
        http_method=verb,
        authorization_type=kind,
        authorizer_id=authorizers.get(spec.authorizer or "", ""),
        api_key_required=spec.api_key,
        method_integration=rest.Integration(
            type="AWS_PROXY",
            http_method="POST",
            uri=invocation_uri(world, spec.function),
            timeout_in_millis=_timeout_ms(spec, key, SOCKET_TIMEOUT_MS),
        ),
    )
