"""Who may use a layer? Policies of its versions: kept and given back, nobody is asked for one."""

from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import check_revision, conflict, not_found, resource_not_found
from eventsim.calls.lambda_api.layers import LayerPolicy, version_arn
from eventsim.calls.lambda_api.policy import check_size, json_text, policy_text
from eventsim.calls.lambda_api.service import Service


def add_layer_version_permission(service: Service, request: Request) -> Result:
    """Add a statement to the policy of a layer's version."""
    given: Any = request.parameters
    arn = _found(service, request)
    policy = service.layers.policies.setdefault(arn, LayerPolicy())
    identifier = given["StatementId"]
    if identifier in policy.statements:
        raise conflict(
            f"The statement id ({identifier}) provided already exists. Please provide a new statement id, or remove "
            "the existing statement."
        )
    check_revision(request.parameters.get("RevisionId"), policy.revision_id, "GetLayerVersionPolicy")
    principal = given["Principal"]
    statement: dict[str, Any] = {
        "Sid": identifier,
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": _root(principal)},
        "Action": given["Action"],
        "Resource": arn,
    }
    if given.get("OrganizationId"):
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": given["OrganizationId"]}}
    check_size({**policy.statements, identifier: statement})
    policy.statements[identifier] = statement
    policy.revision_id = service.revision_id()
    return {"Statement": json_text(statement), "RevisionId": policy.revision_id}


def get_layer_version_policy(service: Service, request: Request) -> Result:
    """Give the policy of a layer's version."""
    policy = service.layers.policies.get(_found(service, request))
    if policy is None or not policy.statements:
        raise not_found("No policy is associated with the given resource.")
    return {"Policy": policy_text(policy.statements), "RevisionId": policy.revision_id}


def remove_layer_version_permission(service: Service, request: Request) -> Result:
    """Take a statement out of the policy of a layer's version."""
    policy = service.layers.policies.get(_found(service, request), LayerPolicy())
    identifier = str(request.parameters["StatementId"])
    if identifier not in policy.statements:
        raise not_found(f"Statement {identifier} is not found in resource policy.")
    check_revision(request.parameters.get("RevisionId"), policy.revision_id, "GetLayerVersionPolicy")
    del policy.statements[identifier]
    policy.revision_id = service.revision_id()
    return {}


def _found(service: Service, request: Request) -> str:
    arn = version_arn(service, request)
    if service.layers.get(arn) is None:
        layer, _, number = arn.rpartition(":")
        if not service.layers.of(layer):
            raise resource_not_found()
        raise not_found(f"Layer version {layer}:{number} does not exist.")
    return arn


def _root(principal: str) -> str:
    return f"arn:aws:iam::{principal}:root" if principal.isdigit() else principal
