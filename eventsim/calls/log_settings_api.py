"""What is kept of logs and has no effect? Resource policies and saved queries of CloudWatch Logs."""

from collections.abc import Mapping
from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.inert import Offer, offer
from eventsim.calls.log_service import LogService, page
from eventsim.errors import ApiError

POLICIES_MAX = 10
"""Resource policies of an account and region (documented)."""
QUERIES_MAX = 1_000
"""Saved queries in one answer (documented)."""


def put_resource_policy(logs: LogService, request: Request) -> Result:
    """Keep a policy that lets services write logs."""
    given: Any = request.parameters
    name = given.get("policyName") or ""
    if name not in logs.policies and len(logs.policies) >= POLICIES_MAX:
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    policy = {
        "policyName": name,
        "policyDocument": given.get("policyDocument") or "",
        "lastUpdatedTime": logs.clock.epoch_ms(),
    }
    logs.policies[name] = policy
    logs.inert.tell(request, "policyDocument", "permissions are not checked")
    return {"resourcePolicy": policy}


def describe_resource_policies(logs: LogService, request: Request) -> Result:
    """List the policies."""
    items, more = page(list(logs.policies.values()), request.parameters)
    return {"resourcePolicies": list(items), **more}


def delete_resource_policy(logs: LogService, request: Request) -> Result:
    """Forget a policy."""
    name = str(request.parameters.get("policyName") or "")
    if logs.policies.pop(name, None) is None:
        raise ApiError("ResourceNotFoundException", f"Policy with name [{name}] does not exist")  # unconfirmed wording
    return {}


def put_query_definition(logs: LogService, request: Request) -> Result:
    """Keep a query; nobody runs it."""
    given: Any = {name: value for name, value in request.parameters.items() if value is not None}
    identifier = given.pop("queryDefinitionId", None)
    if identifier is not None and identifier not in logs.queries:
        raise _no_query()
    given.pop("clientToken", None)
    identifier = identifier or logs.uuid()
    logs.queries[identifier] = {"queryDefinitionId": identifier, **given, "lastModified": logs.clock.epoch_ms()}
    return {"queryDefinitionId": identifier}


def describe_query_definitions(logs: LogService, request: Request) -> Result:
    """List the saved queries whose names begin as asked."""
    prefix = str(request.parameters.get("queryDefinitionNamePrefix") or "")
    found = [query for query in logs.queries.values() if query["name"].startswith(prefix)]
    items, more = page(sorted(found, key=lambda query: str(query["name"])), request.parameters, QUERIES_MAX)
    return {"queryDefinitions": list(items), **more}


def delete_query_definition(logs: LogService, request: Request) -> Result:
    """Forget a saved query."""
    if logs.queries.pop(str(request.parameters["queryDefinitionId"]), None) is None:
        raise _no_query()
    return {"success": True}


def _no_query() -> ApiError:
    return ApiError("ResourceNotFoundException", "Query definition does not exist.")  # unconfirmed wording


OFFERS: Mapping[str, Offer] = {
    "DeleteQueryDefinition": offer(delete_query_definition, "queryDefinitionId"),
    "DeleteResourcePolicy": offer(delete_resource_policy, "policyName"),
    "DescribeQueryDefinitions": offer(describe_query_definitions, "queryDefinitionNamePrefix maxResults nextToken"),
    "DescribeResourcePolicies": offer(describe_resource_policies, "nextToken limit"),
    "PutQueryDefinition": offer(
        put_query_definition, "queryDefinitionId name queryString logGroupNames queryLanguage clientToken"
    ),
    "PutResourcePolicy": offer(put_resource_policy, "policyName policyDocument"),
}
