"""Who may invoke a function? Resource policies: kept, given back, and asked by the services that push events.

A function that the scenario made lets everybody; one that the API made lets those whom a statement names, as on AWS.
One that a stack has made is the scenario's, unless permissions are enforced.
"""

import re
from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import (
    check_revision,
    conflict,
    invalid,
    malformed,
    not_found,
    resource_not_found,
)
from eventsim.calls.lambda_api.papers import AliasPapers, FunctionPapers, VersionPapers
from eventsim.calls.lambda_api.policy import (
    HEAD,
    check_size,
    json_text,
    lets_everybody_call,
    lets_invoke,
    policy_text,
)
from eventsim.calls.lambda_api.service import Service
from eventsim.function.function import LATEST, Function, FunctionName

_ACTION_PATTERN = r"(lambda:[*]|lambda:[a-zA-Z]+|[*])"
_SERVICE_PATTERN = r"[\w.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)"
"""Names of services (unconfirmed: AWS knows them one by one)."""
_CONDITIONS = {
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
}
"""Parameter → operator and key of the condition that it makes, in the order of AWS's examples."""


def add_permission(service: Service, request: Request) -> Result:
    """Add a statement to a function's policy."""
    given = request.parameters
    function, qualifier = qualified(service, service.name_in(request))
    check_not_latest(qualifier)
    papers = service.papers(function)
    statements = papers.policies.setdefault(qualifier, {})
    identifier = str(given["StatementId"])
    if identifier in statements:
        raise conflict(
            f"The statement id ({identifier}) provided already exists. Please provide a new statement id, or remove "
            "the existing statement."
        )
    bearer = bearer_of(papers, qualifier)
    check_revision(request.parameters.get("RevisionId"), bearer.revision_id, "GetPolicy")
    statement = _statement(given, f"{function.arn}:{qualifier}" if qualifier else function.arn)
    check_size({**statements, identifier: statement}, papers.policy_heads.get(qualifier, HEAD))
    statements[identifier] = statement
    bearer.revision_id = service.revision_id()
    return {"Statement": json_text(statement)}


def remove_permission(service: Service, request: Request) -> Result:
    """Take a statement out of a function's policy."""
    function, qualifier = qualified(service, service.name_in(request))
    papers = service.papers(function)
    statements = papers.policies.get(qualifier)
    if not statements:
        raise not_found("No policy is associated with the given resource.")
    identifier = str(request.parameters["StatementId"])
    if identifier not in statements:
        raise not_found(f"Statement {identifier} is not found in resource policy.")
    bearer = bearer_of(papers, qualifier)
    check_revision(request.parameters.get("RevisionId"), bearer.revision_id, "GetPolicy")
    del statements[identifier]
    if not statements:
        papers.drop_policy(qualifier)
    bearer.revision_id = service.revision_id()
    return {}


def get_policy(service: Service, request: Request) -> Result:
    """Give a function's policy."""
    function, qualifier = qualified(service, service.name_in(request))
    statements = service.register.statements(function, qualifier)
    if not statements:
        raise resource_not_found()
    papers = service.papers(function)
    policy = policy_text(statements, papers.policy_heads.get(qualifier, HEAD))
    return {"Policy": policy, "RevisionId": bearer_of(papers, qualifier).revision_id}


def permits(service: Service, arn: str, principal: str, source_arn: str) -> bool:
    """Tell whether a function lets a service invoke it on behalf of a source."""
    name = service.functions.parse_name(arn)
    if name.name not in service.functions or service.register.is_open(name.name):
        return True
    policies = service.papers(service.functions[name.name]).policies
    return lets_invoke(policies.get(name.qualifier or "", {}), principal, source_arn)


def is_public(service: Service, function: Function, qualifier: str) -> bool:
    """Tell whether everybody may call a function by its URL without a signature; a scenario's functions allow it."""
    if service.register.is_open(function.name):
        return True
    return lets_everybody_call(service.papers(function).policies.get(qualifier, {}))


def check_not_latest(qualifier: str) -> None:
    """See that a policy is not for `$LATEST`, which has none of its own.

    Raises:
        ApiError: it is.
    """
    if qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")


def qualified(service: Service, name: FunctionName) -> tuple[Function, str]:
    """Return the function and the qualifier of this name.

    Raises:
        ApiError: they are not there; that an alias has words of its own is emulated.
    """
    is_alias = bool(name.qualifier) and name.qualifier != LATEST and not name.qualifier.isdigit()
    if is_alias and name.name in service.functions and name.qualifier not in service.functions[name.name].aliases:
        raise not_found(f"Cannot find alias arn: {service.functions.arn(name.name, name.qualifier)}")
    return service.function(name), name.qualifier


def bearer_of(papers: FunctionPapers, qualifier: str) -> VersionPapers | AliasPapers:
    """Return the papers of the version or alias that bears a policy: a policy has no revision but that (emulated)."""
    return papers.aliases.get(qualifier) or papers.versions[qualifier or LATEST]


def _statement(given: Any, resource: str) -> dict[str, Any]:
    action = str(given["Action"])
    if not re.fullmatch(_ACTION_PATTERN, action):
        raise malformed(action, "action", f"Member must satisfy regular expression pattern: {_ACTION_PATTERN}")
    if given.get("FunctionUrlAuthType") and action != "lambda:InvokeFunctionUrl":  # emulated
        raise invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    statement: dict[str, Any] = {
        "Sid": given["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(str(given["Principal"])),
        "Action": action,
        "Resource": resource,
    }
    conditions: dict[str, dict[str, str]] = {}
    for parameter, (operator, key) in _CONDITIONS.items():
        value = given.get(parameter)
        if value is not None:
            conditions.setdefault(operator, {})[key] = str(value).lower() if isinstance(value, bool) else str(value)
    if conditions:
        statement["Condition"] = conditions
    return statement


def _principal(principal: str) -> str | dict[str, str]:
    if principal == "*":
        return principal
    if re.fullmatch(r"\d{12}", principal):
        return {"AWS": f"arn:aws:iam::{principal}:root"}
    if principal.startswith("arn:"):
        return {"AWS": principal}
    if not re.fullmatch(_SERVICE_PATTERN, principal):
        raise invalid("The provided principal was invalid. Please check the principal and try again.")
    return {"Service": principal}
