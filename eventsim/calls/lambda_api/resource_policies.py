"""What does a function's policy say as a whole? Policies that are put, told and taken away as documents.

What `AddPermission` adds and what a document says is one policy: either way sees what the other made. The model has
these operations since 2026; their words are unconfirmed.
"""

from collections.abc import Mapping
from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.inert import not_simulated
from eventsim.calls.lambda_api.errors import check_revision, invalid, resource_not_found
from eventsim.calls.lambda_api.papers import AliasPapers, FunctionPapers, VersionPapers
from eventsim.calls.lambda_api.permissions import bearer_of, check_not_latest, qualified
from eventsim.calls.lambda_api.policy import HEAD, check_size, policy_text
from eventsim.calls.lambda_api.service import Service
from eventsim.json_text import load_json
from eventsim.permissions.document import fault_in
from eventsim.policy_conditions import all_of

_FUNCTION = ":function:"


def put_resource_policy(service: Service, request: Request) -> Result:
    """Let a document be the policy of a function, in place of what was said before."""
    papers, qualifier, bearer = _found(service, request)
    check_not_latest(qualifier)
    check_revision(request.parameters.get("RevisionId"), bearer.revision_id, "GetResourcePolicy")
    head, statements = _read(str(request.parameters["Policy"]), str(request.parameters["ResourceArn"]))
    check_size(statements, head)
    papers.policies[qualifier], papers.policy_heads[qualifier] = statements, head
    bearer.revision_id = service.revision_id()
    return _told(papers, qualifier, bearer)


def get_resource_policy(service: Service, request: Request) -> Result:
    """Give the policy of a function."""
    papers, qualifier, bearer = _found(service, request)
    _check_there(papers, qualifier)
    return _told(papers, qualifier, bearer)


def delete_resource_policy(service: Service, request: Request) -> Result:
    """Take the policy of a function away, statements that were added one by one, too."""
    papers, qualifier, bearer = _found(service, request)
    _check_there(papers, qualifier)
    check_revision(request.parameters.get("RevisionId"), bearer.revision_id, "GetResourcePolicy")
    papers.drop_policy(qualifier)
    bearer.revision_id = service.revision_id()
    return {}


def _found(service: Service, request: Request) -> tuple[FunctionPapers, str, VersionPapers | AliasPapers]:
    arn = str(request.parameters["ResourceArn"])
    if _FUNCTION not in arn:
        raise not_simulated(request, f"the policy of {arn}")
    function, qualifier = qualified(service, service.functions.parse_name(arn))
    papers = service.papers(function)
    return papers, qualifier, bearer_of(papers, qualifier)


def _check_there(papers: FunctionPapers, qualifier: str) -> None:
    if not papers.policies.get(qualifier):
        raise resource_not_found()


def _told(papers: FunctionPapers, qualifier: str, bearer: VersionPapers | AliasPapers) -> Result:
    head = papers.policy_heads.get(qualifier, HEAD)
    return {"Policy": policy_text(papers.policies[qualifier], head), "RevisionId": bearer.revision_id}


def _read(text: str, arn: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return what a document says besides its statements, and these by their ids.

    Raises:
        ApiError: it is no policy, or one for something else.
    """
    try:
        document = load_json(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise invalid("The policy is not valid JSON.")
    fault = fault_in(document, "resource")
    if fault:
        raise invalid(f"The policy is not valid: {fault}.")
    given = document.pop("Statement")
    statements: dict[str, dict[str, Any]] = {}
    for number, statement in enumerate(all_of(given)):
        _check_resource(statement, arn)
        identifier = str(statement.get("Sid") or f"#{number}")
        if identifier in statements:
            raise invalid(f"Statement ids (Sid) in a policy must be unique: {identifier}")
        statements[identifier] = statement
    if not statements:
        raise invalid("The policy has no statements.")
    return document, statements


def _check_resource(statement: Mapping[str, Any], arn: str) -> None:
    for resource in all_of(statement.get("Resource")):
        if resource != arn:
            raise invalid(f"The Resource of a statement must be {arn}, not {resource}.")
