"""What is published? Versions, which are frozen copies of `$LATEST`."""

from typing import Any

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.configuration import creating, describe
from eventsim.calls.lambda_api.errors import function_not_found, invalid
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.papers import FunctionPapers, VersionPapers
from eventsim.calls.lambda_api.service import Service
from eventsim.function.function import LATEST, Function


def publish_version(service: Service, request: Request) -> Result:
    """Publish what `$LATEST` is now; if nothing changed since the last version, that one is the answer (documented)."""
    given: Any = request.parameters
    function = service.function_in(request)
    papers = service.check_updatable(function, given.get("RevisionId"))
    wanted = given.get("CodeSha256")
    if wanted and wanted != papers.code.sha256:
        raise invalid(
            f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({papers.code.sha256}). Please try "
            "again with the CodeSHA256 in $LATEST."
        )
    before = service.papers(function).published
    number = publish(service, function, given.get("Description") or papers.description)
    is_new = service.papers(function).published != before
    return (creating if is_new else describe)(service, service.functions[function.name], number)


def publish(service: Service, function: Function, description: str) -> str:
    """Make the next version of a function and return its number."""
    papers = service.papers(function)
    latest, of_latest = function.versions[LATEST], papers.versions[LATEST]
    newest = str(papers.published)
    if newest in function.versions and _is_up_to_date(papers, function, newest):
        return newest
    papers.published += 1
    number = str(papers.published)
    papers.versions[number] = VersionPapers(
        code=of_latest.code,
        passing_revision_id=service.revision_id(),
        revision_id=service.revision_id(),
        description=description,
        modified_us=of_latest.modified_us,
        active_us=max(of_latest.active_us, service.clock.now_us + service.transition_us),
        echoed=dict(of_latest.echoed),
        layers=of_latest.layers,
        source_key=of_latest.source_key,
        latest_description=of_latest.description,
    )
    of_latest.revision_id = service.revision_id()
    published = structs.replace(latest, version=number)
    service.replace(structs.replace(function, versions={**function.versions, number: published}))
    return number


def _is_up_to_date(papers: FunctionPapers, function: Function, number: str) -> bool:
    """Tell whether `$LATEST` is still as it was when a version was published: code and settings, inert ones too."""
    then, now = papers.versions[number], papers.versions[LATEST]
    same = structs.replace(function.versions[number], version=LATEST)
    return (
        structs.asdict(same) == structs.asdict(function.versions[LATEST])
        and (then.code, then.layers, then.echoed) == (now.code, now.layers, now.echoed)
        and then.latest_description == now.description
    )


def list_versions_by_function(service: Service, request: Request) -> Result:
    """List `$LATEST` and the published versions."""
    name = service.name_in(request)
    if name.name not in service.functions:
        raise function_not_found(service.functions.arn(name.name))
    function = service.functions[name.name]
    items, more = page(list(function.versions), request.parameters)
    described = [describe(service, function, number, qualifier=number, has_states=False) for number in items]
    return {"Versions": described, **more}
