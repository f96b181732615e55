"""Authorizers, models and validators: parts of an API that are made, told, changed and deleted alike."""

import json
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, not_found, page, patched, shown
from eventsim_sources.gateway.api.rest.apis import found
from eventsim_sources.gateway.limits import AUTHORIZER_TTL_MAX_S, AUTHORIZER_TTL_S
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Authorizer, Model, RequestValidator

T = TypeVar("T", bound=Struct)


class Parts(Generic[T]):
    """One kind of part.

    Args:
        within: returns the parts of an API by what names them.
        parameter: the parameter that names one.
        word: what AWS calls it in refusals.
        check: looks at a new one before it is kept; it may raise `ApiError`.
        by_name: whether a part is known by its name, not by its id.
    """

    def __init__(
        self,
        kind: type[T],
        within: Callable[[Api], dict[str, T]],
        *,
        parameter: str,
        word: str,
        check: Callable[[Any, Api], None],
        by_name: bool = False,
    ) -> None:
        self._kind = kind
        self._within = within
        self._parameter = parameter
        self._word = word
        self._check = check
        self._by_name = by_name

    def create(self, call: Call) -> Result:
        """Make one."""
        api = found(call)
        made = call.make(self._kind, id=api.new_id())
        self._check(made, api)
        told = shown(made)
        self._within(api)[told["name"] if self._by_name else told["id"]] = made
        return told

    def get(self, call: Call) -> Result:
        """Tell of one."""
        return shown(self._found(call))

    def list(self, call: Call) -> Result:
        """List them."""
        items, position = page(
            self._within(found(call)).values(), limit=call.given.get("limit"), position=call.given.get("position")
        )
        told: dict[str, Any] = {"items": [shown(each) for each in items]}
        return {**told, "position": position} if position else told

    def update(self, call: Call) -> Result:
        """Change one; it takes effect with the next deployment."""
        changed = patched(self._found(call), call.given.get("patchOperations", ()), self._kind)
        self._within(found(call))[call.text(self._parameter)] = changed
        return shown(changed)

    def delete(self, call: Call) -> Result:
        """Delete one."""
        self._found(call)
        del self._within(found(call))[call.text(self._parameter)]
        return {}

    def _found(self, call: Call) -> T:
        part = self._within(found(call)).get(call.text(self._parameter))
        if part is None:
            name = f": {call.text(self._parameter)}" if self._by_name else ""
            raise not_found(f"Invalid {self._word} specified{name}")
        return part


def _check_authorizer(made: Authorizer, api: Api) -> None:
    if any(each.name == made.name for each in api.authorizers.values()):
        raise bad_request(f"Authorizer name must be unique. Authorizer {made.name} already exists in this RestApi.")
    ttl_s = made.authorizer_result_ttl_in_seconds
    if ttl_s is None:
        ttl_s = made.authorizer_result_ttl_in_seconds = AUTHORIZER_TTL_S
    if not 0 <= ttl_s <= AUTHORIZER_TTL_MAX_S:
        raise bad_request(f"Authorizer result TTL must be between 0 and {AUTHORIZER_TTL_MAX_S} seconds")
    if made.type == "COGNITO_USER_POOLS":
        if not made.provider_arns:
            raise bad_request("Provider ARNs are required for an authorizer of the type COGNITO_USER_POOLS")
    elif not made.authorizer_uri:
        raise bad_request(
            "Invalid Authorizer URI: null. Authorizer URI should be a valid API Gateway ARN that "
            "represents a Lambda function invocation."
        )
    if made.type == "TOKEN" and not made.identity_source:
        raise bad_request("Identity source is required for an authorizer of the type TOKEN")
    made.auth_type = made.auth_type or ("cognito_user_pools" if made.type == "COGNITO_USER_POOLS" else "custom")


def _check_model(made: Model, api: Api) -> None:
    if made.name in api.models:
        raise conflict(f"Model name already exists for this REST API: {made.name}")
    try:
        json.loads(made.schema)
    except ValueError as error:
        raise bad_request(f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]") from None


def _check_nothing(_: Any, __: Api) -> None:
    """There is nothing to see."""


AUTHORIZERS = Parts(
    Authorizer,
    lambda api: api.authorizers,
    parameter="authorizerId",
    word="Authorizer identifier",
    check=_check_authorizer,
)
MODELS = Parts(
    Model, lambda api: api.models, parameter="modelName", word="model name", check=_check_model, by_name=True
)


def get_model_template(call: Call) -> Result:
    """Return a mapping template that would make what a model describes."""
    model = found(call).models.get(call.text("modelName"))
    if model is None:
        raise not_found(f"Invalid model name specified: {call.text('modelName')}")
    return {"value": _template_of(json.loads(model.schema), "inputRoot")}


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
    check=_check_nothing,
)
