"""What are a function's aliases? Names for versions, which may share the requests between two."""

from typing import Any

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import (
    check_revision,
    conflict,
    function_not_found,
    in_aws_words,
    not_found,
)
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.papers import AliasPapers
from eventsim.calls.lambda_api.provisioned import provisioned_by_version
from eventsim.calls.lambda_api.service import Service
from eventsim.function.function import Alias, Function
from eventsim.function.spec import AliasSpec, build_alias


def create_alias(service: Service, request: Request) -> Result:
    """Give a version a name."""
    function, name = _named(service, request)
    if name in function.aliases:
        raise conflict(f"Alias already exists: {function.arn}:{name}")
    alias = _build(function, name, request, Alias(version=""))
    papers = service.papers(function)
    papers.aliases[name] = AliasPapers(service.revision_id(), str(request.parameters.get("Description") or ""))
    service.replace(structs.replace(function, aliases={**function.aliases, name: alias}))
    return _described(service, function, name, alias)


def update_alias(service: Service, request: Request) -> Result:
    """Let a name mean another version."""
    function, name, alias = _found(service, request)
    papers = service.papers(function)
    check_revision(request.parameters.get("RevisionId"), papers.aliases[name].revision_id, "GetFunction/GetAlias")
    alias = _build(function, name, request, alias)
    description = request.parameters.get("Description")
    before = papers.aliases[name].description
    papers.aliases[name] = AliasPapers(service.revision_id(), before if description is None else str(description))
    function = structs.replace(function, aliases={**function.aliases, name: alias})
    service.replace(structs.replace(function, provisioned_concurrency=provisioned_by_version(function, papers)))
    return _described(service, function, name, alias)


def get_alias(service: Service, request: Request) -> Result:
    """Describe an alias."""
    return _described(service, *_found(service, request))


def list_aliases(service: Service, request: Request) -> Result:
    """List a function's aliases, or those that mean one version."""
    function = service.function_in(request)
    version = request.parameters.get("FunctionVersion")
    aliases = [
        (name, alias)
        for name, alias in sorted(function.aliases.items())
        if version in (None, alias.version, alias.second_version)
    ]
    items, more = page(aliases, request.parameters)
    return {"Aliases": [_described(service, function, name, alias) for name, alias in items], **more}


def delete_alias(service: Service, request: Request) -> Result:
    """Forget an alias; one that is not there is no error (recorded)."""
    function, name = _named(service, request)
    if name in function.aliases:
        papers = service.papers(function)
        papers.forget(name)
        aliases = {other: alias for other, alias in function.aliases.items() if other != name}
        event_invoke = {where: config for where, config in function.event_invoke.items() if where != name}
        function = structs.replace(function, aliases=aliases, event_invoke=event_invoke)
        service.replace(structs.replace(function, provisioned_concurrency=provisioned_by_version(function, papers)))
    return {}


def _named(service: Service, request: Request) -> tuple[Function, str]:
    name = service.name_in(request)
    if name.name not in service.functions:
        raise function_not_found(service.functions.arn(name.name))
    return service.functions[name.name], str(request.parameters["Name"])


def _found(service: Service, request: Request) -> tuple[Function, str, Alias]:
    function, name = _named(service, request)
    alias = function.aliases.get(name)
    if alias is None:
        raise not_found(f"Cannot find alias arn: {function.arn}:{name}")
    return function, name, alias


def _build(function: Function, name: str, request: Request, before: Alias) -> Alias:
    given: Any = request.parameters
    version = given.get("FunctionVersion") or before.version
    routing = given.get("RoutingConfig")
    weights: dict[str | int, float] = {before.second_version: before.weight} if before.second_version else {}
    if routing is not None:
        weights = dict(routing.get("AdditionalVersionWeights") or {})
    for number in (version, *(weights if len(weights) == 1 else ())):
        if number not in function.versions:
            raise function_not_found(f"{function.arn}:{number}")
    spec = AliasSpec(version=version, weights=weights)
    with in_aws_words():
        return build_alias(name, spec, function.versions, function.arn, name)


def _described(service: Service, function: Function, name: str, alias: Alias) -> dict[str, Any]:
    papers = service.papers(function).aliases[name]
    described: dict[str, Any] = {
        "AliasArn": f"{function.arn}:{name}",
        "Name": name,
        "FunctionVersion": alias.version,
        "Description": papers.description,
        "RevisionId": papers.revision_id,
    }
    if alias.second_version:
        described["RoutingConfig"] = {"AdditionalVersionWeights": {alias.second_version: alias.weight}}
    return described
