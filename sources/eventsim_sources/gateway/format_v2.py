"""Format 2.0: the event of HTTP APIs and function URLs, and what a function may answer (recorded)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from eventsim import load_json
from eventsim_sources.gateway.answer import Answer, Malformed, header_text, status_of
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.body import by_content_type
from eventsim_sources.json_text import json_text


def event(
    arrival: Arrival,
    *,
    route_key: str,
    raw_path: str,
    account_id: str,
    path_parameters: Mapping[str, str] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    authorizer: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> dict[str, Any]:
    """Return the event for a request; members that have nothing to say are left out.

    Args:
        account_id: the owner's, or `anonymous`.
        request_id: the request's, "" for one as HTTP APIs have it.
    """
    headers = small_headers(arrival)
    cookies = headers.pop("cookie", "")
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "rawQueryString": arrival.request.query,
    }
    if cookies:
        made["cookies"] = split_cookies(cookies)
    made["headers"] = headers
    query = joined_query(arrival.request.query)
    if query:
        made["queryStringParameters"] = query
    made["requestContext"] = context(arrival, route_key, raw_path, account_id, authorizer, request_id)
    if path_parameters:
        made["pathParameters"] = dict(path_parameters)
    if stage_variables:
        made["stageVariables"] = dict(stage_variables)
    is_base64 = False
    if arrival.request.body:
        made["body"], is_base64 = by_content_type(arrival.request.body, arrival.headers)
    made["isBase64Encoded"] = is_base64
    return made


def context(
    arrival: Arrival,
    route_key: str,
    raw_path: str,
    account_id: str,
    authorizer: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> dict[str, Any]:
    """Return `requestContext`."""
    made: dict[str, Any] = {
        "accountId": account_id,
        "apiId": arrival.identifier,
        "domainName": arrival.domain_name,
        "domainPrefix": arrival.domain_name.partition(".")[0],
        "http": {
            "method": arrival.request.method,
            "path": raw_path,
            "protocol": "HTTP/1.1",
            "sourceIp": arrival.source_ip,
            "userAgent": arrival.user_agent,
        },
        "requestId": request_id or arrival.short_id,
        "routeKey": route_key,
        "stage": arrival.stage,
        "time": arrival.time,
        "timeEpoch": arrival.epoch_ms,
    }
    if authorizer is not None:
        made["authorizer"] = dict(authorizer)
    return made


def small_headers(arrival: Arrival) -> dict[str, str]:
    """Return all headers by name in small letters, repeated ones joined by commas, with those that AWS adds."""
    headers = dict(arrival.headers.items())
    return {**headers, **{name.lower(): value for name, value in arrival.forwarded()}}


def raw_path(arrival: Arrival) -> str:
    """Return the path of an HTTP API: decoded once (unconfirmed), with the stage unless that is `$default`.

    At a domain of one's own it has the base path instead of the stage.
    """
    path = unquote(f"{arrival.base_path}{arrival.path}")
    is_bare = arrival.stage == "$default" or arrival.domain_name.partition(".")[0] != arrival.identifier
    return path if is_bare else f"/{arrival.stage}{path}"


def split_cookies(header: str) -> list[str]:
    """Return the cookies of a request one by one."""
    return [cookie.strip() for cookie in header.replace(",", ";").split(";") if cookie.strip()]


def joined_query(query: str) -> dict[str, str]:
    """Return a query's parameters decoded, repeated ones joined by commas."""
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def answer(result: str) -> Answer:
    """Return what a handler's result, as JSON text, describes: a response, or only its body.

    Raises:
        Malformed: it has a status, and does not describe a response.
    """
    described = load_json(result) if result else None
    if not isinstance(described, dict) or "statusCode" not in described:
        body = described if isinstance(described, str) else json_text(described)
        return Answer(headers=(("Content-Type", "application/json"),), body=body)
    headers = described.get("headers") or {}
    cookies = described.get("cookies") or []
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise Malformed("headers are an object, and cookies a list")
    pairs = [(str(name), header_text(value)) for name, value in headers.items()]
    pairs += [("Set-Cookie", header_text(cookie)) for cookie in cookies]
    content = described.get("body")
    return Answer(
        status=status_of(described["statusCode"]),
        headers=tuple(pairs),
        body="" if content is None else content if isinstance(content, str) else json_text(content),
        is_base64=described.get("isBase64Encoded") is True,
    )
