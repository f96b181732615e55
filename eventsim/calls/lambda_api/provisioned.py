"""How many environments are kept ready? Provisioned concurrency of versions and aliases, with its states."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import conflict, function_not_found, invalid
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.papers import FunctionPapers, ProvisionedPapers
from eventsim.calls.lambda_api.service import Service
from eventsim.errors import ApiError
from eventsim.function.function import LATEST, Function
from eventsim.function.tenancy import not_with_tenants

_INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE"


def put_provisioned_concurrency_config(service: Service, request: Request) -> Result:
    """Keep environments of a version ready; they take requests once all are."""
    function, qualifier = _qualified(service, request)
    version = _version(function, qualifier)
    if version == LATEST:
        raise invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    if function.is_tenant_isolated:
        raise invalid(not_with_tenants("Provisioned concurrency"))
    papers = service.papers(function)
    others = [other for other in papers.provisioned if other != qualifier and _version(function, other) == version]
    if others and qualifier in function.aliases:
        raise conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
        )
    if others:
        raise conflict("Version is pointed by a Provisioned Concurrency alias")
    count = int(str(request.parameters["ProvisionedConcurrentExecutions"]))
    fault = service.account.provisioning_fault(function.name, version, count)
    if fault is not None:
        raise invalid(fault)
    papers.provisioned[qualifier] = ProvisionedPapers(count, service.clock.now_us, request.entry)
    _replace(service, function, papers)
    return _described(service, service.functions[function.name], qualifier)


def get_provisioned_concurrency_config(service: Service, request: Request) -> Result:
    """Tell how far the environments are."""
    function, qualifier = _published(service, request)
    if qualifier not in service.papers(function).provisioned:
        raise ApiError(
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
            status=404,
            fields={"Type": "User"},
        )
    return _described(service, function, qualifier)


def list_provisioned_concurrency_configs(service: Service, request: Request) -> Result:
    """List what is provisioned for a function."""
    function = service.function_in(request)
    items, more = page(list(service.papers(function).provisioned), request.parameters)
    configs = [
        {"FunctionArn": f"{function.arn}:{qualifier}", **_described(service, function, qualifier)}
        for qualifier in items
    ]
    return {"ProvisionedConcurrencyConfigs": configs, **more}


def delete_provisioned_concurrency_config(service: Service, request: Request) -> Result:
    """Keep no environments ready any more."""
    function, qualifier = _published(service, request)
    papers = service.papers(function)
    if papers.provisioned.pop(qualifier, None) is not None:
        _replace(service, function, papers)
    return {}


def provisioned_by_version(function: Function, papers: FunctionPapers) -> dict[str, int]:
    """Return how many environments each version keeps ready: an alias's count goes where it points."""
    return {_version(function, qualifier): asked.count for qualifier, asked in papers.provisioned.items()}


def _replace(service: Service, function: Function, papers: FunctionPapers) -> None:
    service.replace(structs.replace(function, provisioned_concurrency=provisioned_by_version(function, papers)))


def _qualified(service: Service, request: Request) -> tuple[Function, str]:
    name = service.name_in(request)
    if name.name not in service.functions:
        raise function_not_found(service.functions.arn(name.name, name.qualifier))
    return service.function(name), name.qualifier


def _published(service: Service, request: Request) -> tuple[Function, str]:
    function, qualifier = _qualified(service, request)
    if qualifier in ("", LATEST):
        raise invalid("The function resource provided must be an alias or a published version.")
    return function, qualifier


def _version(function: Function, qualifier: str) -> str:
    alias = function.aliases.get(qualifier)
    return qualifier if alias is None else alias.version


def _described(service: Service, function: Function, qualifier: str) -> dict[str, Any]:
    asked = service.papers(function).provisioned[qualifier]
    version = _version(function, qualifier)
    share = service.account.share(function.name).provisioned.get(version)
    ready = share.ready if share is not None else 0
    described: dict[str, Any] = {
        "RequestedProvisionedConcurrentExecutions": asked.count,
        "AvailableProvisionedConcurrentExecutions": ready,
        "AllocatedProvisionedConcurrentExecutions": ready,
        "Status": "READY" if ready == asked.count else "IN_PROGRESS",
        "LastModified": f"{service.clock.date(asked.modified_us):%Y-%m-%dT%H:%M:%S}+0000",  # to the second (documented)
    }
    if ready != asked.count and _has_failed(service, function, version, asked):
        described |= {"Status": "FAILED", "StatusReason": _INIT_FAILED}
    return described


def _has_failed(service: Service, function: Function, version: str, asked: ProvisionedPapers) -> bool:
    return any(
        entry.place == f"function {function.name}"
        and isinstance(entry.detail, Mapping)
        and entry.detail["version"] == version
        for entry in service.trace.entries(["not provisioned"], after=asked.entry)
    )
