"""At which address can a function be called over HTTP? The configuration of function URLs."""

from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import conflict, invalid, malformed, not_found, resource_not_found
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.papers import UrlPapers
from eventsim.calls.lambda_api.permissions import is_public
from eventsim.calls.lambda_api.service import Service
from eventsim.errors import ApiError
from eventsim.function.function import Function, FunctionName
from eventsim.function.tenancy import not_with_tenants
from eventsim.source import FunctionUrl

SETTINGS = ("AuthType", "Cors", "InvokeMode")
_QUALIFIER_PATTERN = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"


def target_of_url(service: Service, identifier: str) -> FunctionUrl | None:
    """Return what the URL with this identifier leads to, None if there is none."""
    for function in service.functions:
        for qualifier, papers in service.papers(function).urls.items():
            if papers.identifier == identifier:
                return FunctionUrl(
                    function=function.name,
                    qualifier=qualifier,
                    settings=papers.settings,
                    is_public=is_public(service, function, qualifier),
                )
    return None


def identifiers(service: Service) -> dict[str, str]:
    """Return the identifier of every function's own URL, by the function's name."""
    return {
        function.name: service.papers(function).urls[""].identifier
        for function in service.functions
        if "" in service.papers(function).urls
    }


def create_function_url_config(service: Service, request: Request) -> Result:
    """Give a function or an alias an address."""
    function, qualifier = _qualified(service, request)
    if function.is_tenant_isolated:
        raise invalid(not_with_tenants("Function URL"))
    papers = service.papers(function)
    if qualifier in papers.urls:
        raise conflict(
            f"Failed to create function url config for [functionArn = {_arn(function, qualifier)}]. Error message:  "
            "FunctionUrlConfig exists for this Lambda function"
        )
    now_us = service.clock.now_us
    settings = {"InvokeMode": "BUFFERED", **_given(request)}
    papers.urls[qualifier] = UrlPapers(service.url_id(), settings, now_us, now_us)
    described = _described(service, function, qualifier)
    del described["LastModifiedTime"]
    return described


def update_function_url_config(service: Service, request: Request) -> Result:
    """Change who may call an address, and how."""
    function, qualifier = _qualified(service, request)
    papers = _found(service, function, qualifier)
    papers.settings = {**papers.settings, **_given(request)}
    papers.modified_us = service.clock.now_us
    return _described(service, function, qualifier)


def get_function_url_config(service: Service, request: Request) -> Result:
    """Tell a function's address."""
    function, qualifier = _with_url(service, request)
    return _described(service, function, qualifier)


def list_function_url_configs(service: Service, request: Request) -> Result:
    """List the addresses of a function and its aliases."""
    function, _ = _qualified(service, request)
    items, more = page(list(service.papers(function).urls), request.parameters)
    return {"FunctionUrlConfigs": [_described(service, function, qualifier) for qualifier in items], **more}


def delete_function_url_config(service: Service, request: Request) -> Result:
    """Take an address away."""
    function, qualifier = _with_url(service, request)
    del service.papers(function).urls[qualifier]
    return {}


def _qualified(service: Service, request: Request) -> tuple[Function, str]:
    """Return the function and the alias that a request names.

    Raises:
        ApiError: one of them is not there; the words are emulated.
    """
    name = _name_in(service, request)
    try:
        return service.function(name), name.qualifier
    except ApiError as error:
        raise not_found("Function does not exist") from error


def _with_url(service: Service, request: Request) -> tuple[Function, str]:
    """Return the function and the alias that a request names, which have an address.

    Raises:
        ApiError: they have none, or are not there: asking and deleting tell no difference (emulated).
    """
    name = _name_in(service, request)
    if name.name not in service.functions:
        raise resource_not_found()
    function = service.functions[name.name]
    _found(service, function, name.qualifier)
    return function, name.qualifier


def _name_in(service: Service, request: Request) -> FunctionName:
    name = service.name_in(request)
    qualifier = name.qualifier
    if qualifier.isdigit() or qualifier.startswith("$"):
        raise malformed(qualifier, "qualifier", f"Member must satisfy regular expression pattern: {_QUALIFIER_PATTERN}")
    return name


def _found(service: Service, function: Function, qualifier: str) -> UrlPapers:
    papers = service.papers(function).urls.get(qualifier)
    if papers is None:
        raise resource_not_found()
    return papers


def _given(request: Request) -> dict[str, Any]:
    return {name: request.parameters[name] for name in SETTINGS if request.parameters.get(name) is not None}


def _arn(function: Function, qualifier: str) -> str:
    return f"{function.arn}:{qualifier}" if qualifier else function.arn


def _described(service: Service, function: Function, qualifier: str) -> dict[str, Any]:
    papers = service.papers(function).urls[qualifier]
    return {
        "FunctionUrl": f"https://{papers.identifier}.lambda-url.{service.functions.region}.on.aws/",
        "FunctionArn": _arn(function, qualifier),
        **papers.settings,
        "CreationTime": service.clock.iso_ms(papers.created_us),
        "LastModifiedTime": service.clock.iso_ms(papers.modified_us),
    }
