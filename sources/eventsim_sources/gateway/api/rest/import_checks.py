"""Does what a document describes make sense? What AWS finds out when it imports one, all at once."""

from collections.abc import Callable, Iterator
from functools import partial

from eventsim import ApiError
from eventsim_sources.gateway.api.call import bad_request
from eventsim_sources.gateway.api.rest.method_checks import (
    INTEGRATIONS,
    check_integration,
    check_integration_response,
    check_method,
    check_method_response,
)
from eventsim_sources.gateway.api.rest.model_checks import check_model
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Integration, Method

_Step = tuple[str, Callable[[], None]]
"""What AWS would do, and the look at whether it can be."""


def check_imported(api: Api) -> None:
    """See that an API can be as a document has made it.

    Raises:
        ApiError: it cannot; the message tells of every step that fails.
    """
    for resource in api.resources.values():
        for method in resource.resource_methods.values():
            if method.method_integration is not None and method.method_integration.type not in INTEGRATIONS:
                raise bad_request(
                    f"Unable to parse API definition because of a malformed integration at path {resource.path}"
                )
    errors = [f"{what}: {error}" for what, check in _steps(api) for error in _failures(check)]
    if errors:
        raise bad_request("Errors found during import:\n\t" + "\n\t".join(errors))


def _failures(check: Callable[[], None]) -> Iterator[str]:
    try:
        check()
    except ApiError as error:
        yield error.message


def _steps(api: Api) -> Iterator[_Step]:
    for model in api.models.values():
        yield f"Unable to create model for '{model.name}'", partial(check_model, model, api)
    for resource in api.resources.values():
        for verb, method in resource.resource_methods.items():
            yield from _method_steps(api, f"'{verb}' on resource at path '{resource.path}'", method)
            integration = method.method_integration
            if integration is not None:
                yield from _integration_steps(f"'{verb}' for resource at path '{resource.path}'", method, integration)


def _method_steps(api: Api, where: str, method: Method) -> Iterator[_Step]:
    yield f"Unable to put method {where}", partial(check_method, method, api)
    for response in method.method_responses.values():
        yield f"Unable to put method response {where}", partial(check_method_response, response, api)


def _integration_steps(where: str, method: Method, integration: Integration) -> Iterator[_Step]:
    yield f"Unable to put integration on {where}", partial(check_integration, integration, method)
    if integration.type.endswith("_PROXY"):  # its responses have no effect
        return
    for response in integration.integration_responses.values():
        if response.status_code not in method.method_responses:  # whether an import declares it is unconfirmed
            continue
        check = partial(check_integration_response, response, method)
        yield f"Unable to put integration response on {where}", check
