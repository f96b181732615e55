"""Does a model make sense? What AWS refuses when one is made, patched or imported."""

from eventsim import ApiError, load_json
from eventsim_sources.gateway.api.call import bad_request
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Model
from eventsim_sources.gateway.rest_api.schema import references


def check_model(made: Model, api: Api) -> None:
    """See that a model can be.

    Raises:
        ApiError: it cannot.
    """
    if not made.name:
        raise bad_request("No Model Name specified")
    if not made.name.isalnum():
        raise bad_request(f"Model name must be alphanumeric: {made.name}")
    if not made.schema:
        raise bad_request("Model schema must have at least 1 property or array items defined")
    try:
        schema = load_json(made.schema)
    except ValueError:
        raise _bad_model("Invalid model schema specified") from None
    if not isinstance(schema, dict):
        raise _bad_model("Invalid model schema specified")
    for reference in references(schema):
        name = reference.rpartition("/")[2]
        if "/models/" not in reference:
            raise _bad_model("Model reference must be in canonical form")
        if name not in api.models and name != made.name:
            raise _bad_model(f"Invalid model reference specified: {reference}")


def _bad_model(error: str) -> ApiError:
    return bad_request(f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]")
