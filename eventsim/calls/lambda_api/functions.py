"""How do functions come, change and go?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.inert import not_simulated
from eventsim.calls.lambda_api.code import Code, check_unzipped, location_of
from eventsim.calls.lambda_api.code_signing import check_code_signing_config
from eventsim.calls.lambda_api.configuration import creating, describe, updating
from eventsim.calls.lambda_api.errors import conflict, in_aws_words, invalid
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.papers import FunctionPapers, VersionPapers
from eventsim.calls.lambda_api.service import Service
from eventsim.calls.lambda_api.settings import (
    WITHOUT_EFFECT,
    check_runtime,
    dead_letter,
    echoed_settings,
    tell_of_runtime,
    version_settings,
)
from eventsim.calls.lambda_api.tags import TAGS_MAX
from eventsim.calls.lambda_api.upload import a_container_image, uploaded
from eventsim.calls.lambda_api.versions import publish
from eventsim.function import bounds
from eventsim.function.extension import extension_of
from eventsim.function.function import LATEST, Alias, Function
from eventsim.function.spec import FunctionSpec, build_function
from eventsim.limits import CODE_STORAGE_BYTES_MAX, CODE_UNZIPPED_BYTES_MAX, CODE_ZIPPED_BYTES_MAX


def create_function(service: Service, request: Request) -> Result:
    """Make a function; it is the same as one that a scenario describes."""
    given: Any = request.parameters
    name = service.name_in(request).name
    with in_aws_words():
        bounds.function_name(name, "function")
    if name in service.functions:
        raise conflict(f"Function already exist: {name}")
    if given.get("PackageType", "Zip") != "Zip":
        raise a_container_image(request, f"PackageType={given['PackageType']}")
    if given.get("ImageConfig"):
        raise a_container_image(request, "ImageConfig")
    if not given.get("Runtime") or not given.get("Handler"):
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    check_runtime(request, given["Runtime"])
    settings = version_settings(service, request, None)
    settings["is_tenant_isolated"] = bool(given.get("TenancyConfig"))  # for good (documented)
    echoed = echoed_settings(service, request, given["Runtime"], is_tenant_isolated=settings["is_tenant_isolated"])
    config = given.get("CodeSigningConfigArn") or ""
    if config:
        check_code_signing_config(service, config)
    if len(given.get("Tags") or ()) > TAGS_MAX:
        raise invalid("Number of tags exceeds resource tag limit.")
    _check_role(service, request, name, dead_letter(request, ""))
    code = uploaded(service, request, given["Code"])
    _check_size(service, code, given.get("Layers") or ())
    function = _build(service, request, name, code, settings)
    now_us = service.clock.now_us
    latest = VersionPapers(
        code=code,
        passing_revision_id=service.revision_id(),
        revision_id=service.revision_id(),
        description=function.description,
        modified_us=now_us,
        active_us=now_us + service.transition_us,
        echoed=echoed,
        layers=tuple(given.get("Layers") or ()),
        source_key=given["Code"].get("SourceKMSKeyArn") or "",
    )
    if latest.source_key:
        service.inert.tell(request, "SourceKMSKeyArn", WITHOUT_EFFECT["SourceKMSKeyArn"])
    service.add(function, FunctionPapers(versions={LATEST: latest}, code_signing_config=config))
    if given.get("Tags"):
        service.tags[function.arn] = dict(given["Tags"])
    tell_of_runtime(service, request, function.versions[LATEST])
    number = publish(service, function, function.description) if given.get("Publish") else LATEST
    created = creating(service, service.functions[name], number)
    return {**created, "FunctionArn": function.arn}  # even if a version is published (documented)


def _build(service: Service, request: Request, name: str, code: Code, settings: dict[str, Any]) -> Function:
    given: Any = request.parameters
    spec = FunctionSpec(
        handler=given["Handler"],
        code=str(code.folder),
        runtime=given["Runtime"],
        description=given.get("Description") or "",
        dead_letter=dead_letter(request, "") or None,
    )
    assert code.folder is not None, "uploaded code has a folder"
    with in_aws_words():
        function = build_function(name, spec, arn=service.functions.arn(name), folder=code.folder)
    latest = structs.replace(function.versions[LATEST], **settings)
    return structs.replace(function, versions={LATEST: latest}, event_invoke={})


def _check_role(service: Service, request: Request, function: str, dead_letter_arn: str) -> None:
    given: Any = request.parameters
    service.check_role(
        function,
        str(given.get("Role") or ""),
        dead_letter=dead_letter_arn,
        is_traced=(given.get("TracingConfig") or {}).get("Mode") == "Active",
        vpc=given.get("VpcConfig") or {},
    )


def _check_size(service: Service, code: Code, layers: Any) -> None:
    versions = [service.layers.get(arn) for arn in layers]
    check_unzipped(code.unzipped_bytes + sum(version.code.unzipped_bytes for version in versions if version))


def get_function(service: Service, request: Request) -> Result:
    """Describe a function, where its code is, its tags and its reserved concurrency."""
    name = service.name_in(request)
    function = service.function(name)
    number = version_number(function, name.qualifier)
    papers = service.papers(function).versions[number]
    result: dict[str, Any] = {
        "Configuration": describe(service, function, number, qualifier=name.qualifier),
        "Code": _code_of(service, papers),
    }
    if papers.source_key:
        result["Code"]["SourceKMSKeyArn"] = papers.source_key
    tags = service.tags.get(function.arn)
    if tags:
        result["Tags"] = dict(tags)
    if function.reserved_concurrency is not None:
        result["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved_concurrency}
    return result


def _code_of(service: Service, papers: VersionPapers) -> dict[str, str]:
    """Tell where the code of a version is: in a bucket of AWS's, or in the image that its template names."""
    image = papers.echoed.get("ImageUri")
    if not image:
        return {"RepositoryType": "S3", "Location": location_of(papers.code, service.functions)}
    repository = image.partition("@")[0].rpartition(":")[0] or image
    return {
        "RepositoryType": "ECR",
        "ImageUri": image,
        "ResolvedImageUri": f"{repository}@sha256:{papers.code.identifier}",
    }


def get_function_configuration(service: Service, request: Request) -> Result:
    """Describe a function."""
    name = service.name_in(request)
    function = service.function(name)
    return describe(service, function, version_number(function, name.qualifier), qualifier=name.qualifier)


def list_functions(service: Service, request: Request) -> Result:
    """List all functions, or with `FunctionVersion=ALL` all versions of them."""
    is_all = request.parameters.get("FunctionVersion") == "ALL"
    versions = [
        (function, number)
        for function in service.functions
        for number in function.versions
        if is_all or number == LATEST
    ]
    items, more = page(versions, request.parameters)
    described = [
        describe(service, function, number, qualifier=number if is_all else "", has_states=False)
        for function, number in items
    ]
    return {"Functions": described, **more}


def update_function_code(service: Service, request: Request) -> Result:
    """Give a function other code; events that are queued run on it (recorded)."""
    given: Any = request.parameters
    function = service.unqualified_in(request, but=LATEST)
    papers = service.check_updatable(function, given.get("RevisionId"))
    _check_replaceable(request, function)
    code = uploaded(service, request, given)
    _check_size(service, code, papers.layers)
    settings = version_settings(service, request, function.versions[LATEST])
    if given.get("DryRun"):  # so that one may compare digests (unconfirmed)
        return {**describe(service, function, LATEST), "CodeSha256": code.sha256, "CodeSize": code.size_bytes}
    papers.code, papers.source_key = code, given.get("SourceKMSKeyArn") or ""
    return _update(service, function, {**settings, "code": code.folder}, publishes=bool(given.get("Publish")))


def _check_replaceable(request: Request, function: Function) -> None:
    """See that the handler is a name in a code folder and not an object of this process."""
    if not isinstance(function.versions[LATEST].handler, str):
        raise not_simulated(request, "other code for a handler that is a Python object")


def update_function_configuration(service: Service, request: Request) -> Result:
    """Change settings of a function; its environments start anew with them."""
    given: Any = request.parameters
    function = service.unqualified_in(request, but=LATEST)
    papers = service.check_updatable(function, given.get("RevisionId"))
    before = function.versions[LATEST]
    if given.get("Handler"):
        _check_replaceable(request, function)
    settings = version_settings(service, request, before)
    echoed = echoed_settings(
        service, request, settings.get("runtime", before.runtime), is_tenant_isolated=before.is_tenant_isolated
    )
    _check_role(
        service, request, function.name, dead_letter(request, function.dead_letter if given.get("Role") else "")
    )
    if "Layers" in given and given["Layers"] is not None:
        _check_size(service, papers.code, given["Layers"])
        papers.layers = tuple(given["Layers"])
    papers.echoed = {**papers.echoed, **echoed}
    if given.get("Description") is not None:
        papers.description = given["Description"]
    function = structs.replace(
        function, description=papers.description, dead_letter=dead_letter(request, function.dead_letter)
    )
    if settings.get("runtime", before.runtime) != before.runtime:
        tell_of_runtime(service, request, structs.replace(before, **settings))
    return _update(service, function, settings)


def set_layers(service: Service, name: str, given: Mapping[str, Path | None]) -> None:
    """Give a function the layers that a template names: by ARN, the folder of each, None where it is not here."""
    function = service.functions[name]
    service.register.name_layers(name, given)
    folders = tuple(folder for folder in given.values() if folder is not None)
    _update(service, function, {"layers": folders, "extensions": tuple(filter(extension_of, given))})


def _update(service: Service, function: Function, settings: dict[str, Any], *, publishes: bool = False) -> Result:
    latest = structs.replace(function.versions[LATEST], **settings)
    service.replace(structs.replace(function, versions={**function.versions, LATEST: latest}))
    papers = service.papers(function).versions[LATEST]
    papers.modified_us = service.clock.now_us
    papers.updated_us = service.clock.now_us + service.transition_us
    papers.passing_revision_id, papers.revision_id = service.revision_id(), service.revision_id()
    function = service.functions[function.name]
    known = set(function.versions) - {LATEST}
    number = publish(service, function, papers.description) if publishes else LATEST
    return updating(service, service.functions[function.name], number, is_known=number in known)


def delete_function(service: Service, request: Request) -> Result:
    """Delete a function, or one published version of it; one that is not there is no error."""
    name = service.name_in(request)
    number = name.qualifier
    if number == LATEST:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if number and not number.isdigit():
        raise invalid("Deletion of aliases is not currently supported.")
    function = service.function(structs.replace(name, qualifier=""))
    if not number:
        service.remove(function)
    elif number in function.versions:
        _delete_version(service, function, number)
    return {"StatusCode": 204}


def _delete_version(service: Service, function: Function, number: str) -> None:
    users = [alias for alias, to in function.aliases.items() if number in (to.version, to.second_version)]
    if users:  # unconfirmed wording
        raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]")
    service.papers(function).forget(number)
    service.replace(
        structs.replace(
            function,
            versions={version: kept for version, kept in function.versions.items() if version != number},
            provisioned_concurrency={
                version: count for version, count in function.provisioned_concurrency.items() if version != number
            },
            event_invoke={where: config for where, config in function.event_invoke.items() if where != number},
        )
    )


def get_account_settings(service: Service, request: Request) -> Result:  # noqa: ARG001 - it asks for nothing
    """Tell the account's limits and what is used of them."""
    account = service.account
    set_aside = sum(share.set_aside() for share in account.shares.values())
    sizes = [
        papers.code.size_bytes
        for function in service.functions
        for papers in service.papers(function).versions.values()
    ]
    return {
        "AccountLimit": {
            "TotalCodeSize": CODE_STORAGE_BYTES_MAX,
            "CodeSizeUnzipped": CODE_UNZIPPED_BYTES_MAX,
            "CodeSizeZipped": CODE_ZIPPED_BYTES_MAX,
            "ConcurrentExecutions": account.limit,
            "UnreservedConcurrentExecutions": account.limit - set_aside,
        },
        "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(service.functions)},
    }


def put_function_recursion_config(service: Service, request: Request) -> Result:
    """Say whether loop detection stops a function."""
    function = service.function_in(request)
    wanted = str(request.parameters["RecursiveLoop"])
    service.replace(structs.replace(function, is_recursion_allowed=wanted == "Allow"))
    return {"RecursiveLoop": wanted}


def put_runtime_management_config(service: Service, request: Request) -> Result:
    """Keep when the runtime of a version is updated; all of them run on the Python of this process."""
    given: Any = request.parameters
    name = service.name_in(request)
    function = service.function(name)
    if given["UpdateRuntimeOn"] == "Manual" and not given.get("RuntimeVersionArn"):  # unconfirmed wording
        raise invalid("RuntimeVersionArn is required when UpdateRuntimeOn is set to Manual.")
    if given["UpdateRuntimeOn"] != "Manual" and given.get("RuntimeVersionArn"):  # unconfirmed wording
        raise invalid("RuntimeVersionArn is only allowed when UpdateRuntimeOn is set to Manual.")
    names = ("UpdateRuntimeOn", "RuntimeVersionArn")
    papers = service.papers(function).versions[version_number(function, name.qualifier)]
    papers.runtime_management = {member: given[member] for member in names if given.get(member)}
    service.inert.tell(request, "UpdateRuntimeOn", "there is one runtime, that of this process")
    return _managed(service, function, name.qualifier)


def get_runtime_management_config(service: Service, request: Request) -> Result:
    """Tell when the runtime of a version is updated: by itself, unless it was told otherwise."""
    name = service.name_in(request)
    return _managed(service, service.function(name), name.qualifier)


def _managed(service: Service, function: Function, qualifier: str) -> Result:
    papers = service.papers(function).versions[version_number(function, qualifier)]
    arn = f"{function.arn}:{qualifier}" if qualifier and qualifier != LATEST else function.arn
    return {"UpdateRuntimeOn": "Auto", **papers.runtime_management, "FunctionArn": arn}


def get_function_recursion_config(service: Service, request: Request) -> Result:
    """Tell whether loop detection stops a function."""
    return {"RecursiveLoop": "Allow" if service.function_in(request).is_recursion_allowed else "Terminate"}


def version_number(function: Function, qualifier: str) -> str:
    """Return the version that a qualifier means: an alias's first one, `$LATEST` for none."""
    alias: Alias | None = function.aliases.get(qualifier)
    return alias.version if alias is not None else qualifier or LATEST
