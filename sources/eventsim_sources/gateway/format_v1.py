"""Format 1.0: the event that REST APIs hand to a function, and what the function may answer (recorded)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from eventsim import load_json
from eventsim_sources.gateway.answer import Answer, Malformed, header_text, status_of
from eventsim_sources.gateway.arrival import Arrival, Pairs

_KNOWN = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
_IDENTITY = (
    *("cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey"),
    *("cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user"),
)


def event(
    arrival: Arrival,
    *,
    resource: str,
    resource_id: str,
    path_parameters: Mapping[str, str],
    stage_variables: Mapping[str, str],
    deployment_id: str = "",
    authorizer: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    body: str | None = None,
    is_base64: bool = False,
) -> dict[str, Any]:
    """Return the event for a request."""
    single, multi = both_maps(arrival.sent_on())
    query, queries = both_maps(query_pairs(arrival.request.query))
    return {
        "resource": resource,
        "path": f"{arrival.base_path}{arrival.path}",
        "httpMethod": arrival.request.method,
        "headers": single or None,
        "multiValueHeaders": multi or None,
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": queries or None,
        "pathParameters": dict(path_parameters) or None,
        "stageVariables": dict(stage_variables) or None,
        "requestContext": context(arrival, resource, resource_id, deployment_id, authorizer, identity),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def context(
    arrival: Arrival,
    resource: str,
    resource_id: str,
    deployment_id: str = "",
    authorizer: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return `requestContext`."""
    known: dict[str, Any] = {"sourceIp": arrival.source_ip, "userAgent": arrival.user_agent or None}
    made: dict[str, Any] = {
        "resourceId": resource_id,
        "resourcePath": resource,
        "httpMethod": arrival.request.method,
        "extendedRequestId": arrival.short_id,
        "requestTime": arrival.time,
        "path": arrival.stage_path,
        "accountId": arrival.account_id,
        "protocol": "HTTP/1.1",
        "stage": arrival.stage,
        "domainPrefix": arrival.domain_name.partition(".")[0],
        "requestTimeEpoch": arrival.epoch_ms,
        "requestId": arrival.request_id,
        "identity": {**{name: known.get(name) for name in _IDENTITY}, **(identity or {})},
        "domainName": arrival.domain_name,
    }
    if deployment_id:
        made["deploymentId"] = deployment_id
    made["apiId"] = arrival.identifier
    if authorizer is not None:
        made["authorizer"] = dict(authorizer)
    return made


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return names and values of a query string, decoded."""
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def both_maps(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the last value of each name, and all of them; a header keeps the casing of its last line."""
    single: dict[str, str] = {}
    multi: dict[str, list[str]] = {}
    for name, value in pairs:
        single[name] = value
        multi.setdefault(name, []).append(value)
    return single, multi


def answer(result: str) -> Answer:
    """Return what a handler's result, as JSON text, describes.

    Raises:
        Malformed: it does not describe a response.
    """
    described = load_json(result)
    if not isinstance(described, dict):
        raise Malformed(f"the result is {_named(described)}, not an object with statusCode, headers and body")
    unknown = [name for name in described if name not in _KNOWN]
    if unknown:
        raise Malformed(f"the result has the member {unknown[0]!r:.80}, which is none of {', '.join(sorted(_KNOWN))}")
    status = described.get("statusCode")
    body = described.get("body")
    if body is not None and not isinstance(body, str):
        raise Malformed(f"the body is {_named(body)}, not a string")
    return Answer(
        status=200 if status is None else status_of(status),
        headers=_headers(described.get("headers"), described.get("multiValueHeaders")),
        body=body or "",
        is_base64=described.get("isBase64Encoded") is True,
    )


def _headers(single: Any, multi: Any) -> Pairs:
    """Return headers of both maps; a name in both has its values combined, several first (recorded)."""
    pairs: list[tuple[str, str]] = []
    several: dict[str, list[str]] = {}
    for name, values in _items(multi):
        if not isinstance(values, Sequence) or isinstance(values, str):
            raise Malformed(f"multiValueHeaders has no list for {name!r:.80}")
        several[name.lower()] = texts = [header_text(value) for value in values]
        pairs += [(name, text) for text in texts]
    for name, value in _items(single):
        text = header_text(value)
        before = several.get(name.lower())
        if before is None:
            pairs.append((name, text))
            continue
        combined = ", ".join([*before, text])
        pairs = [pair for pair in pairs if pair[0].lower() != name.lower()]
        pairs.append((name, combined))
    return tuple(pairs)


def _items(given: Any) -> Iterable[tuple[str, Any]]:
    if given is None:
        return ()
    if not isinstance(given, dict):
        raise Malformed(f"the headers are {_named(given)}, not an object")
    return given.items()


def _named(value: Any) -> str:
    kinds = {list: "a list", str: "a string", bool: "a boolean", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "a number")
