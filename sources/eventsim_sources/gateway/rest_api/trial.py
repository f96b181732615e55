"""What would a method answer? A call of it as it is now, without a deployment and without who may (`TestInvoke…`)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from eventsim import Headers, HttpRequest, HttpResponse
from eventsim_sources.gateway.arrival import Ids
from eventsim_sources.gateway.authorizer import signer_v1
from eventsim_sources.gateway.format_v1 import both_maps
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.execution_log import OWN_HEADERS, steps
from eventsim_sources.gateway.rest_api.model import Authorizer, Method, Resource, Stage
from eventsim_sources.gateway.rest_api.turn import Turn

STAGE = "test-invoke-stage"
_DOMAIN, _SOURCE_IP = "testPrefix.testDomainName", "test-invoke-source-ip"
_KEY = {"apiKey": "test-invoke-api-key", "apiKeyId": "test-invoke-api-key-id"}
"""What a function sees of a trial, as AWS has it."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a trial is made with."""

    path_with_query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    stage_variables: Mapping[str, str] = {}


def asked(given: Mapping[str, Any]) -> Asked:
    """Return what the parameters of an operation say."""
    pairs = [(str(name), str(value)) for name, value in (given.get("headers") or {}).items()]
    for name, values in (given.get("multiValueHeaders") or {}).items():
        pairs = [pair for pair in pairs if pair[0].lower() != name.lower()]
        pairs += [(str(name), str(value)) for value in values]
    return Asked(
        path_with_query=str(given.get("pathWithQueryString") or ""),
        headers=tuple(pairs),
        body=str(given.get("body") or ""),
        stage_variables=dict(given.get("stageVariables") or {}),
    )


def turn(ids: Ids, api: Api, resource: Resource, method: Method, given: Asked) -> Turn:
    """Return a request as it would come to a method.

    Args:
        ids: gives trials theirs.
    """
    path, _, query = given.path_with_query.partition("?")
    path = path or resource.path
    verb = "GET" if method.http_method == "ANY" else method.http_method
    request = HttpRequest(method=verb, path=path, query=query, headers=Headers(given.headers), body=given.body.encode())
    arrival = ids.arrival(
        request,
        path=path,
        stage_path=path,
        stage=STAGE,
        identifier=api.settings.id,
        domain_name=_DOMAIN,
    )
    arrival = msgspec.structs.replace(arrival, source_ip=_SOURCE_IP, is_trial=True)
    snapshot = api.as_it_is("")
    found = snapshot.resources.find(verb, path)
    parameters = found.parameters if found is not None and found.resource.id == resource.id else {}
    return Turn(
        arrival=arrival,
        snapshot=snapshot,
        stage=Stage(deployment_id="", stage_name=STAGE, variables=dict(given.stage_variables)),
        resource=resource,
        method=method,
        parameters=parameters,
        identity={**signer_v1(arrival.account_id, ""), **_KEY},
    )


def told(response: HttpResponse, lines: Iterable[str], latency_ms: int) -> dict[str, Any]:
    """Return a response as the operation tells it."""
    headers = tuple(pair for pair in response.headers if pair[0].lower() not in OWN_HEADERS)
    single, multi = both_maps(headers)
    body = response.body if isinstance(response.body, bytes) else b""
    return {
        "status": response.status,
        "body": body.decode(errors="replace"),
        "headers": single,
        "multiValueHeaders": multi,
        "log": "\n".join(lines) + "\n",
        "latency": latency_ms,
    }


def log(here: Turn, response: HttpResponse, no: Refused | None) -> list[str]:
    """Return the lines of the log that API Gateway would write.

    Args:
        no: how the method has refused, if it has.
    """
    date = f"{here.arrival.at:%a %b %d %H:%M:%S} UTC {here.arrival.at:%Y}"
    begin = f"Execution log for request {here.arrival.request_id}"
    return [begin, *(f"{date} : {line}" for line in steps(here, response, no))]


def for_authorizer(here: Turn, authorizer: Authorizer) -> Turn:
    """Return a request to a method that this authorizer guards."""
    kind = "COGNITO_USER_POOLS" if authorizer.type == "COGNITO_USER_POOLS" else "CUSTOM"
    method = msgspec.structs.replace(here.method, authorization_type=kind, authorizer_id=authorizer.id)
    return msgspec.structs.replace(here, method=method)


def refused(error: Refused) -> dict[str, Any]:
    """Return a refusal as the trial of an authorizer tells it."""
    return {"clientStatus": error.status, "log": f"{error.why}\n", "latency": 0}
