"""How does a Task send an HTTP request? By a connection to any host (`http:invoke`), or to an API of the gateway.

Whoever is at the address answers: an API of this world, a stub of the host, or a live server's own machine.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import responses
from typing import Any
from urllib.parse import urlencode, urlsplit

from eventsim import ApiError, Caller, World, load_json
from eventsim_sources.bus.connection import Connection
from eventsim_sources.bus.directory import Directory
from eventsim_sources.bus.http_parameters import with_query
from eventsim_sources.bus.outgoing import Answered, OutgoingRequest, send_out
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow.failure import PERMISSIONS, RUNTIME, SOCKET, StateFailed
from eventsim_sources.workflow.limits import HTTP_TASK_S_MAX

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_STATUS = "States.Http.StatusCode"
_INVALID_CONNECTION = "Events.ConnectionResource.InvalidConnectionState"


class HttpTasks:
    """Sends the requests of one simulation's Tasks."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def invoke(self, service: str, parameters: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        """Send a request and return what is answered, as a state gets it.

        Args:
            service: `http` or `apigateway`.
            caller: the execution.

        Raises:
            StateFailed: nobody answers, or with an error.
        """
        try:
            is_api = service == "apigateway"
            request = self._of_api(parameters, caller) if is_api else await self._of_task(parameters, caller)
            answered = await send_out(self._world, request)
        except ApiError as error:
            raise StateFailed(SOCKET, error.message, is_task=True) from error
        if answered.is_imagined:
            host = urlsplit(request.url).hostname
            told = f'Nobody answers at {host} in virtual time: simulation.stub_http("{host}", ...) stands for it.'
            raise StateFailed(SOCKET, told, is_task=True)
        if answered.status >= HTTPStatus.BAD_REQUEST:
            name = f"ApiGateway.{answered.status}" if service == "apigateway" else f"{_STATUS}.{answered.status}"
            raise StateFailed(name, answered.body.decode(errors="replace"), is_task=True)
        return _result(answered)

    async def _of_task(self, given: Mapping[str, Any], caller: Caller) -> OutgoingRequest:
        connection = self._connection(given)
        self._check_role(connection, given, caller)
        authorization = await self._world.share(Directory).authorizer.authorization(connection, caller.cause)
        headers = {
            "User-Agent": f"Amazon|StepFunctions|HttpInvoke|{self._world.region}",
            "Range": "bytes=0-262144",
            **_texts(given.get("Headers")),
            **authorization,
        }
        body = given.get("RequestBody")
        if isinstance(body, Mapping | None) and connection.body():
            body = {**(body or {}), **connection.body()}
        query = {**_texts(given.get("QueryParameters")), **connection.query()}
        text = _encoded(body, given.get("Transform") or {}, headers)
        return self._request(_needed(given, "Method"), with_query(_needed(given, "ApiEndpoint"), query), headers, text)

    def _connection(self, given: Mapping[str, Any]) -> Connection:
        how = given.get("Authentication") or given.get("InvocationConfig") or {}
        arn = _needed(how, "ConnectionArn")
        connection = self._world.share(Directory).connection(arn)
        if connection is None or connection.state == "DEAUTHORIZED":  # unconfirmed name and words
            raise StateFailed(_INVALID_CONNECTION, f"The connection {arn} is not authorized", is_task=True)
        return connection

    def _check_role(self, connection: Connection, given: Mapping[str, Any], caller: Caller) -> None:
        """See that the role may send the request and read what the connection keeps (the failure's name unconfirmed).

        Raises:
            StateFailed: it may not.
        """
        machine = caller.arn.replace(":execution:", ":stateMachine:").replace(":express:", ":stateMachine:")
        endpoint = {"Endpoint": _needed(given, "ApiEndpoint"), "Method": _needed(given, "Method")}
        authorize, secret = self._world.authorize, {"SecretId": connection.secret_arn}
        try:
            endpoint["Arn"] = ":".join(machine.split(":")[:7])
            authorize("stepfunctions", "InvokeHTTPEndpoint", endpoint, caller)
            authorize("events", "RetrieveConnectionCredentials", {"Arn": connection.arn}, caller)
            authorize("secretsmanager", "DescribeSecret", secret, caller)
            authorize("secretsmanager", "GetSecretValue", secret, caller)
        except ApiError as error:
            raise StateFailed(PERMISSIONS, error.message, is_task=True) from error

    def _of_api(self, given: Mapping[str, Any], caller: Caller) -> OutgoingRequest:
        path = "/".join(filter(None, (str(given.get(name) or "").strip("/") for name in ("Stage", "Path"))))
        headers = {"Accept": _JSON, **_texts(given.get("Headers"))}
        if given.get("AuthType") == "IAM_ROLE":
            self._check_api(given, caller)
            scope = f"ASIAEVENTSIMEXAMPLE0/20260101/{self._world.region}/execute-api/aws4_request"
            headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
        url = f"{_url(given)}/{path}"
        query = _texts(given.get("QueryParameters"))
        text = _encoded(given.get("RequestBody"), {}, headers)
        return self._request(_needed(given, "Method"), with_query(url, query), headers, text)

    def _check_api(self, given: Mapping[str, Any], caller: Caller) -> None:
        """See that the role may call an API, which answers otherwise in its own words; no stage is the default one.

        Raises:
            StateFailed: it may not.
        """
        world, api = self._world, urlsplit(_url(given)).netloc.partition(".")[0]
        stage, path = given.get("Stage") or "$default", str(given.get("Path") or "").strip("/")
        method = f"{api}/{stage}/{_needed(given, 'Method')}/{path}"
        arn = f"arn:aws:execute-api:{world.region}:{world.account_id}:{method}"
        try:
            world.authorize("execute-api", "Invoke", {"Arn": arn}, caller)
        except ApiError as error:
            raise StateFailed("ApiGateway.403", json_text({"Message": error.message}), is_task=True) from error

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: str) -> OutgoingRequest:
        now_us = self._world.clock.now_us
        return OutgoingRequest(
            method=method, url=url, headers=headers, body=body, at_us=now_us, timeout_s=HTTP_TASK_S_MAX
        )


def _url(given: Mapping[str, Any]) -> str:
    return f"https://{_needed(given, 'ApiEndpoint').removeprefix('https://')}"


def _needed(given: Mapping[str, Any], name: str) -> str:
    if name not in given:
        raise StateFailed(RUNTIME, f"The field '{name}' is required but was missing")
    return str(given[name])


def _texts(given: Mapping[str, Any] | None) -> dict[str, str]:
    """Return values by name; several of one name are joined, as headers are."""
    return {name: ",".join(map(_text, each)) if isinstance(each, list) else _text(each) for name, each in _items(given)}


def _items(given: Mapping[str, Any] | None) -> Sequence[tuple[str, Any]]:
    return list((given or {}).items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)


def _encoded(body: Any, transform: Mapping[str, Any], headers: dict[str, str]) -> str:
    """Return a body as it is sent, and say in the headers what it is."""
    if body is None:
        return ""
    named = {name.lower(): value for name, value in headers.items()}
    is_form = transform.get("RequestBodyEncoding") == "URL_ENCODED" or named.get("content-type", "").startswith(_FORM)
    if "content-type" not in named:
        headers["Content-Type"] = _FORM if is_form else _JSON
    if not is_form or not isinstance(body, Mapping):
        return body if is_form and isinstance(body, str) else json_text(body)
    options = transform.get("RequestEncodingOptions") or {}
    return urlencode(_pairs(body, str(options.get("ArrayFormat", "INDICES"))))


def _pairs(body: Mapping[str, Any], array_format: str) -> list[tuple[str, str]]:
    """Return the fields of a form; lists as `ArrayFormat` says (documented)."""
    pairs: list[tuple[str, str]] = []
    for name, value in body.items():
        if not isinstance(value, list):
            pairs.append((name, _text(value)))
        elif array_format == "COMMAS":
            pairs.append((name, ",".join(map(_text, value))))
        else:
            ends = {"INDICES": "[{}]", "BRACKETS": "[]"}.get(array_format, "")
            pairs += [(name + ends.format(at), _text(each)) for at, each in enumerate(value)]
    return pairs


def _result(answered: Answered) -> dict[str, Any]:
    text = answered.body.decode(errors="replace")
    try:
        body = load_json(text)
    except ValueError:
        body = text
    headers: dict[str, list[str]] = {}
    for name, value in answered.headers:
        headers.setdefault(name, []).append(value)
    status = answered.status
    return {"Headers": headers, "ResponseBody": body, "StatusCode": status, "StatusText": responses.get(status, "")}
