"""Does a request hold what its method asks for? Parameters that are not blank, and a body that fits its model."""

from collections.abc import Mapping
from typing import Any

from eventsim import load_json
from eventsim_sources.gateway.body import media_type
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api.model import Model
from eventsim_sources.gateway.rest_api.schema import flaws
from eventsim_sources.gateway.rest_api.turn import Turn


def validate(turn: Turn) -> None:
    """See that a request holds what its method asks for.

    Raises:
        Refused: it does not.
    """
    validator = turn.snapshot.validators.get(turn.method.request_validator_id)
    if validator is None:
        return
    if validator.validate_request_parameters:
        missing = [name for key, name in _required(turn) if not _is_there(turn, key, name)]
        if missing:
            raise Refused(
                "BAD_REQUEST_PARAMETERS", message=f"Missing required request parameters: [{', '.join(missing)}]"
            )
    if validator.validate_request_body:
        _validate_body(turn)


def _required(turn: Turn) -> list[tuple[str, str]]:
    """Return place and name of every parameter that must be there: `method.request.header.x`."""
    named = [key.split(".", 3) for key, is_required in turn.method.request_parameters.items() if is_required]
    return [(parts[2], parts[3]) for parts in named if len(parts) == 4]


def _is_there(turn: Turn, place: str, name: str) -> bool:
    match place:
        case "header":
            return bool(turn.header(name))
        case "querystring":
            return bool(turn.query().get(name))
        case _:
            return bool(turn.parameters.get(name))


def _validate_body(turn: Turn) -> None:
    models = turn.method.request_models
    kind = media_type(turn.header("content-type") or "") or "application/json"
    model = turn.snapshot.models.get(models.get(kind) or models.get("$default") or "")
    if model is None:
        return
    try:
        body = load_json(turn.text or "null") if turn.text else None
    except ValueError:
        raise Refused("BAD_REQUEST_BODY", why="the body is no JSON", context=_error("the body is no JSON")) from None
    if not turn.text:
        if _schema_of(model) in ({}, {"type": "object"}):
            return
        raise Refused("BAD_REQUEST_BODY", why="there is no body", context=_error("there is no body"))
    all_models = tuple(sorted((name, each.schema) for name, each in turn.snapshot.models.items()))
    found = ", ".join(flaws(model.schema, all_models, body))
    if found:
        raise Refused(
            "BAD_REQUEST_BODY",
            why=f"the body does not fit the model {model.name}: {found}",
            context=_error(found),
            log=f"Request body does not match model schema for content type {kind}: [{found}]",
        )


def _error(flaw: str) -> Mapping[str, Any]:
    return {"validationErrorString": f"[{flaw}]"}


def _schema_of(model: Model) -> Any:
    schema = load_json(model.schema)
    return {name: value for name, value in schema.items() if name not in ("$schema", "title")}
