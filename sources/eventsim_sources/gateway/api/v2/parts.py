"""Routes, integrations, authorizers and route responses: parts that are made, told, changed and deleted alike."""

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from eventsim import Result, load_json
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, not_found, shown, there
from eventsim_sources.gateway.api.v2.apis import found, listed, merged
from eventsim_sources.gateway.http_api.api import Api
from eventsim_sources.gateway.http_api.changes import REQUEST_CHANGE, RESERVED, RESPONSE_CHANGE
from eventsim_sources.gateway.http_api.model import Authorizer, Integration, Model, Route
from eventsim_sources.gateway.http_api.routes import DEFAULT
from eventsim_sources.gateway.http_api.subtypes import SUBTYPES
from eventsim_sources.gateway.limits import HTTP_TIMEOUT_MS, SOCKET_TIMEOUT_MS, TIMEOUT_MIN_MS

T = TypeVar("T", bound=Struct)


class Parts(Generic[T]):
    """One kind of part.

    Args:
        within: returns the parts of an API by id.
        word: what AWS calls it; its id is the parameter `WordId`.
        check: looks at a new or changed one before it is kept; it may raise `ApiError`.
        maps: members whose entries are changed one by one.
    """

    def __init__(
        self,
        kind: type[T],
        within: Callable[[Api], dict[str, T]],
        *,
        word: str,
        check: Callable[[Any, Api], None],
        maps: tuple[str, ...] = (),
    ) -> None:
        self._kind = kind
        self._within = within
        self._word = word
        self._parameter = f"{word}Id"
        self._check = check
        self._maps = maps

    def create(self, call: Call) -> Result:
        """Make one."""
        api = found(call)
        identifier = api.new_id()
        made = call.make(self._kind, **{self._parameter: identifier})
        self._check(made, api)
        self._within(api)[identifier] = made
        api.changed()
        return _told(made)

    def get(self, call: Call) -> Result:
        """Tell of one."""
        return _told(self.found(call))

    def list(self, call: Call) -> Result:
        """List them."""
        return listed(call, [_told(each) for each in self._within(found(call)).values()])

    def update(self, call: Call) -> Result:
        """Change one."""
        api = found(call)
        before = self.found(call)
        changes = {name: value for name, value in call.given.items() if name != "ApiId"}
        described = merged(msgspec.to_builtins(before), changes, *self._maps)
        changed = msgspec.convert(described, self._kind, strict=False)
        parts = self._within(api)
        identifier = call.text(self._parameter)
        del parts[identifier]
        try:
            self._check(changed, api)
        finally:
            parts[identifier] = before
        parts[identifier] = changed
        api.changed()
        return _told(changed)

    def delete(self, call: Call) -> Result:
        """Delete one."""
        self.found(call)
        api = found(call)
        del self._within(api)[call.text(self._parameter)]
        api.changed()
        return {}

    def found(self, call: Call) -> T:
        """Return the one that a request names.

        Raises:
            ApiError: there is none.
        """
        identifier = call.text(self._parameter)
        return there(
            self._within(found(call)).get(identifier),
            f"Invalid {self._word} identifier specified {identifier}".rstrip(),
        )


def _told(part: Struct) -> dict[str, Any]:
    told = shown(part)
    told.pop("Keys", None)
    if not told.get("ApiGatewayManaged"):
        told.pop("ApiGatewayManaged", None)
    if isinstance(part, Authorizer) and part.authorizer_type == "JWT":
        del told["AuthorizerResultTtlInSeconds"], told["EnableSimpleResponses"]
    if isinstance(part, Route):
        told = {"ApiKeyRequired": False, "AuthorizationType": "NONE", **told}
    if isinstance(part, Integration):
        told = {"ConnectionType": "INTERNET", "PayloadFormatVersion": "1.0", **told}
        if part.integration_type == "AWS_PROXY" and not part.integration_subtype:
            told = {"IntegrationMethod": "POST", **told}
    return told


def _check_route(made: Route, api: Api) -> None:
    if any(each.route_key == made.route_key for each in api.routes.values()):
        raise conflict(f"Route with key {made.route_key} already exists for this API")
    is_http = api.settings.protocol_type == "HTTP"
    if is_http and made.route_key != DEFAULT and not _ROUTE_KEY.fullmatch(made.route_key):
        raise bad_request(
            f"The provided route key is not formatted properly for HTTP protocol. Format should be "
            f'"<HTTP METHOD> /<RESOURCE PATH>" or "$default": {made.route_key}'
        )
    if made.target and made.target.rpartition("/")[2] not in api.integrations:
        raise bad_request(f"Invalid Integration identifier specified {made.target.rpartition('/')[2]}")
    if made.authorization_type in ("JWT", "CUSTOM") and made.authorizer_id not in api.authorizers:
        raise bad_request("Invalid Authorizer identifier specified")


_SEGMENT = r"(?:[^/{}\s]*|\{[\w.$-]+\})"
_ROUTE_KEY = re.compile(
    rf"(?:ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) (?:/{_SEGMENT})*(?:/(?:{_SEGMENT}|\{{[\w.$-]+\+\}}))"
)


def _check_integration(made: Integration, api: Api) -> None:
    is_http = api.settings.protocol_type == "HTTP"
    if is_http and made.integration_type not in ("AWS_PROXY", "HTTP_PROXY"):
        raise bad_request("HTTP APIs support integrations of the types AWS_PROXY and HTTP_PROXY only")
    if made.integration_subtype and made.integration_subtype not in SUBTYPES:
        raise bad_request(f"Invalid or unknown integration subtype: {made.integration_subtype}")
    if not made.integration_subtype and not made.integration_uri and made.integration_type != "MOCK":
        raise bad_request("IntegrationUri is required")
    if made.payload_format_version not in ("", "1.0", "2.0"):
        raise bad_request(f"PayloadFormatVersion {made.payload_format_version} is not supported")
    made.payload_format_version = made.payload_format_version or "1.0"
    if is_http and not made.integration_subtype:
        _check_changes(made)
    if not is_http:
        made.passthrough_behavior = made.passthrough_behavior or "WHEN_NO_MATCH"
    most = HTTP_TIMEOUT_MS if is_http else SOCKET_TIMEOUT_MS
    if made.timeout_in_millis is None:
        made.timeout_in_millis = most
    if not TIMEOUT_MIN_MS <= made.timeout_in_millis <= most:
        raise bad_request(f"TimeoutInMillis should be between {TIMEOUT_MIN_MS} ms and {most} ms")


def _check_changes(made: Integration) -> None:
    """See that requests and responses are changed where they may be.

    Raises:
        ApiError: they are not.
    """
    keys = [(key, REQUEST_CHANGE) for key in made.request_parameters]
    keys += [(key, RESPONSE_CHANGE) for changes in made.response_parameters.values() for key in changes]
    for key, form in keys:
        found_key = form.fullmatch(key)
        if found_key is None:
            raise bad_request(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
                f"[Invalid mapping expression specified: {key}]"
            )
        if found_key["header"] and RESERVED.fullmatch(found_key["header"]):
            raise bad_request(f"Operations on header {found_key['header']} are restricted")


def _check_authorizer(made: Authorizer, api: Api) -> None:
    if any(each.name == made.name for each in api.authorizers.values()):
        raise bad_request(f"Authorizer name must be unique: {made.name}")
    if made.authorizer_type == "JWT":
        if api.settings.protocol_type != "HTTP":
            raise bad_request("Authorizers of the type JWT are for APIs of the protocol type HTTP only")
        if not made.jwt_configuration.get("Issuer") or not made.jwt_configuration.get("Audience"):
            raise bad_request("JwtConfiguration with Issuer and Audience is required for an authorizer of the type JWT")
    elif not made.authorizer_uri:
        raise bad_request("AuthorizerUri is required for an authorizer of the type REQUEST")
    elif api.settings.protocol_type == "HTTP" and not made.authorizer_payload_format_version:
        raise bad_request("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")


ROUTES = Parts(Route, lambda api: api.routes, word="Route", check=_check_route)
INTEGRATIONS = Parts(
    Integration,
    lambda api: api.integrations,
    word="Integration",
    check=_check_integration,
    maps=("RequestParameters", "ResponseParameters"),
)
AUTHORIZERS = Parts(Authorizer, lambda api: api.authorizers, word="Authorizer", check=_check_authorizer)


def _check_model(made: Model, api: Api) -> None:
    if any(each.name == made.name for each in api.models.values()):
        raise conflict(f"Model with name {made.name} already exists for this API")
    try:
        load_json(made.schema)
    except ValueError as error:
        raise bad_request(f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]") from None


def create_integration(call: Call) -> Result:
    """Make an integration; which events a function gets must be said."""
    is_function = call.text("IntegrationType") == "AWS_PROXY" and not call.text("IntegrationSubtype")
    is_http = found(call).settings.protocol_type == "HTTP"
    if is_http and is_function and not call.text("PayloadFormatVersion"):
        raise bad_request("PayloadFormatVersion is a required parameter for integration")
    return INTEGRATIONS.create(call)


def delete_integration(call: Call) -> Result:
    """Delete an integration to which no route leads."""
    identifier = call.text("IntegrationId")
    INTEGRATIONS.found(call)
    for route in found(call).routes.values():
        if route.target == f"integrations/{identifier}":
            raise conflict(f"Cannot delete Integration '{identifier}', is referenced in route: {route.route_key}")
    return INTEGRATIONS.delete(call)


MODELS = Parts(Model, lambda api: api.models, word="Model", check=_check_model)


def get_model_template(call: Call) -> Result:
    """Tell what a model looks like."""
    return {"Value": MODELS.found(call).schema}


def delete_route_request_parameter(call: Call) -> Result:
    """Want a parameter of requests no more."""
    route = ROUTES.found(call)
    if route.request_parameters.pop(call.text("RequestParameterKey"), None) is None:
        raise not_found(f"Invalid request parameter key specified {call.text('RequestParameterKey')}")
    found(call).changed()
    return {}
