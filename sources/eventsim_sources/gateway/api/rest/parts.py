"""Authorizers, models and validators: parts of an API that are made, told, changed and deleted alike."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from eventsim import Result, load_json
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, shown, there
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.apis import found
from eventsim_sources.gateway.api.rest.model_checks import check_model
from eventsim_sources.gateway.api.rest.patches import Allowed
from eventsim_sources.gateway.api.rest.things import Things
from eventsim_sources.gateway.limits import AUTHORIZER_TTL_MAX_S, AUTHORIZER_TTL_S
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Authorizer, Method, Model, RequestValidator
from eventsim_sources.gateway.rest_api.schema import references, with_definitions

T = TypeVar("T", bound=Struct)


class Parts(Things[T]):
    """One kind of part.

    Args:
        within: returns the parts of an API by what names them.
        parameter: the parameter that names one.
        word: what AWS calls it in refusals.
        allowed: which places of one may be patched.
        check: looks at one before it is kept; it may raise `ApiError`.
        used: tells by what one is used, "" if it is not; what is used is not deleted.
        by_name: whether a part is known by its name, not by its id.
    """

    def __init__(
        self,
        kind: type[T],
        within: Callable[[Api], dict[str, T]],
        *,
        parameter: str,
        word: str,
        allowed: Allowed,
        check: Callable[[Any, Api], None],
        used: Callable[[str, Api], str],
        by_name: bool = False,
    ) -> None:
        super().__init__(
            lambda call: within(found(call)),
            parameter=parameter,
            missing=f"Invalid {word} specified",
            allowed=allowed,
            check=lambda made, call: check(made, found(call)),
        )
        self._kind = kind
        self._used = used
        self._by_name = by_name

    def create(self, call: Call) -> Result:
        """Make one."""
        made = call.make(self._kind, id=found(call).new_id())
        self._check(made, call)
        if self._by_name and msgspec.structs.asdict(made)["name"] in self._within(call):
            raise conflict(f"Model name already exists for this REST API: {call.text('name')}")
        told = shown(made)
        self._within(call)[told["name"] if self._by_name else told["id"]] = made
        return told

    def delete(self, call: Call) -> Result:
        """Delete one that nothing uses."""
        self.found(call)
        name = call.text(self._parameter)
        by = self._used(name, found(call))
        if by:
            raise conflict(f"Cannot delete {self._kind.__name__.lower()} '{name}', is referenced in {by}")
        return super().delete(call)

    def found(self, call: Call) -> T:
        """Return the one that a request names; who knows it by its name is told that.

        Raises:
            ApiError: there is none.
        """
        name = call.text(self._parameter)
        return there(self._within(call).get(name), f"{self._missing}: {name}" if self._by_name else self._missing)


# --- authorizers -------------------------------------------------------------------------------------------


def _check_authorizer(made: Authorizer, api: Api) -> None:
    if not made.name:
        raise bad_request("Authorizer name cannot be empty")
    if any(each.name == made.name and each.id != made.id for each in api.authorizers.values()):
        raise bad_request(f"Authorizer name must be unique. Authorizer {made.name} already exists in this RestApi.")
    ttl_s = made.authorizer_result_ttl_in_seconds
    if ttl_s is None:
        ttl_s = made.authorizer_result_ttl_in_seconds = AUTHORIZER_TTL_S
    if not 0 <= ttl_s <= AUTHORIZER_TTL_MAX_S:
        raise bad_request(f"Authorizer result TTL must be between 0 and {AUTHORIZER_TTL_MAX_S} seconds")
    if made.type == "COGNITO_USER_POOLS":
        if not made.provider_arns:
            raise bad_request("Provider ARNs are required for an authorizer of the type COGNITO_USER_POOLS")
        if not all(_POOL_ARN.fullmatch(arn) for arn in made.provider_arns):
            raise bad_request(f"Invalid Cognito User Pool ARN specified: {', '.join(made.provider_arns)}")
    elif not _INVOCATION_URI.fullmatch(made.authorizer_uri):
        raise bad_request(
            f"Invalid Authorizer URI: {made.authorizer_uri or 'null'}. Authorizer URI should be a valid API Gateway "
            "ARN that represents a Lambda function invocation."
        )
    if made.type == "TOKEN" and not made.identity_source:
        raise bad_request("Identity source is required for an authorizer of the type TOKEN")
    sources = [each.strip() for each in made.identity_source.split(",") if each.strip()]
    wrong = next((each for each in sources if not _IDENTITY.fullmatch(each)), None)
    if wrong is not None:
        raise bad_request(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
            f"[Invalid mapping expression specified: {wrong}]"
        )
    made.auth_type = made.auth_type or ("cognito_user_pools" if made.type == "COGNITO_USER_POOLS" else "custom")


_INVOCATION_URI = re.compile(r"arn:aws[\w-]*:apigateway:[^:]*:lambda:path/.+/invocations", re.DOTALL)
_POOL_ARN = re.compile(r"arn:aws[\w-]*:cognito-idp:[^:]*:[^:]*:userpool/\S+")
_IDENTITY = re.compile(r"method\.request\.(?:header|querystring)\.\S+|(?:stageVariables|context)\.\S+")


def _used_authorizer(identifier: str, api: Api) -> str:
    return _used_by(lambda method: method.authorizer_id == identifier, api)


def _used_by(uses: Callable[[Method], bool], api: Api, word: str = "method") -> str:
    """Return the first method that uses something, "" if none does.

    Args:
        word: what of it does.
    """
    for resource in api.resources.values():
        for verb, method in resource.resource_methods.items():
            if uses(method):
                return f"{word}: {resource.path.rstrip('/')}/{verb}"
    return ""


# --- models ------------------------------------------------------------------------------------------------


def _used_model(name: str, api: Api) -> str:
    for other in api.models.values():
        if other.name != name and any(each.endswith(f"/models/{name}") for each in references(load_json(other.schema))):
            return f"model: {other.name}"
    asked = _used_by(lambda method: name in method.request_models.values(), api, "method request")
    return asked or _used_by(lambda method: _responds(method, name), api, "method response")


def _responds(method: Method, model: str) -> bool:
    return any(model in response.response_models.values() for response in method.method_responses.values())


def get_model(call: Call) -> Result:
    """Tell of a model; with those that it refers to in it, if that is asked for."""
    told = MODELS.get(call)
    if not call.given.get("flatten"):
        return told
    models = {each.name: each.schema for each in found(call).models.values()}
    flat = with_definitions(load_json(str(told["schema"])), models)
    return {**told, "schema": json.dumps(flat)}


def _check_nothing(_: Any, __: Api) -> None:
    """There is nothing to see."""


def _used_validator(identifier: str, api: Api) -> str:
    return _used_by(lambda method: method.request_validator_id == identifier, api)


AUTHORIZERS = Parts(
    Authorizer,
    lambda api: api.authorizers,
    parameter="authorizerId",
    word="Authorizer identifier",
    allowed=patches.AUTHORIZER,
    check=_check_authorizer,
    used=_used_authorizer,
)
MODELS = Parts(
    Model,
    lambda api: api.models,
    parameter="modelName",
    word="model name",
    allowed=patches.MODEL,
    check=check_model,
    used=_used_model,
    by_name=True,
)


def get_model_template(call: Call) -> Result:
    """Return a mapping template that would make what a model describes."""
    model = there(
        found(call).models.get(call.text("modelName")), f"Invalid model name specified: {call.text('modelName')}"
    )
    return {"value": _template_of(load_json(model.schema), "inputRoot")}


def _template_of(schema: Any, name: str) -> str:
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    members = [f'  "{each}" : {_placeholder(about)}' for each, about in properties.items()]
    body = ",\n".join(members)
    return (
        f"#set(${name} = $input.path('$'))\n{{\n{body}\n}}" if members else f"#set(${name} = $input.path('$'))\n{{ }}"
    )


def _placeholder(about: Any) -> str:
    kind = about.get("type") if isinstance(about, dict) else ""
    return {"string": '"foo"', "integer": "42", "number": "3.14", "boolean": "true", "array": "[ ]"}.get(
        str(kind), "{ }"
    )


VALIDATORS = Parts(
    RequestValidator,
    lambda api: api.validators,
    parameter="requestValidatorId",
    word="Request Validator identifier",
    allowed=patches.VALIDATOR,
    check=_check_nothing,
    used=_used_validator,
)


def update_request_validator(call: Call) -> Result:
    """Change what of requests is checked; a name cannot be taken away."""
    if any(each.get("path") == "/name" and not each.get("value") for each in call.given.get("patchOperations", ())):
        raise bad_request("Request Validator name cannot be blank")
    return VALIDATORS.update(call)
