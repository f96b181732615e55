"""What answers at port 2773? The AWS Parameters and Secrets Lambda Extension: it reads secrets and parameters once.

Rules (documented, unless they say otherwise):

1. `GET /secretsmanager/get?secretId=…` (`versionId`, `versionStage`) and `GET /systemsmanager/parameters/get?name=…`
   (`version`, `label`, `withDecryption`) answer what `GetSecretValue` and `GetParameter` do, as the SDK for Go writes
   it down. Parameters are decrypted only if the request says so.
2. The header `X-Aws-Parameters-Secrets-Token` must be the function's `AWS_SESSION_TOKEN`.
3. An answer is kept, and given again to the same question, for 300 s or as the function's variables say. A refusal is
   not kept.
4. It serves no request before the first invocation: a handler's module that asks is told to wait (known from practice).
5. What a service refuses is logged; the asker learns the status alone (words unconfirmed).
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct

from eventsim.extension.answers import CACHE, ITSELF, REFUSALS, Steps, log_error, refusal, status_of
from eventsim.extension.cache import Cache
from eventsim.extension.settings import whole_number
from eventsim.handler.surroundings import Surroundings
from eventsim.wire.http import HttpRequest, HttpResponse

PORT = 2773
TTL_S = 300
"""How long an answer is kept, at most and by default (documented)."""
CACHE_SIZE = 1_000
"""How many answers are kept, at most and by default (documented)."""

_TOKEN = "x-aws-parameters-secrets-token"  # noqa: S105 - the name of a header
_PREFIX = "PARAMETERS_SECRETS_EXTENSION_"


class _Question(Struct, frozen=True):
    """What somebody wants to know of a service.

    Attributes:
        given: the parameters, as pairs in order.
    """

    service: str
    operation: str
    given: tuple[tuple[str, str | bool], ...]


class SecretsExtension:
    """The extension beside one process.

    Attributes:
        port: where it listens.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        environ = surroundings.environ
        is_on = environ.get(f"{_PREFIX}CACHE_ENABLED", "TRUE").upper() != "FALSE"
        size = whole_number(environ, f"{_PREFIX}CACHE_SIZE", CACHE_SIZE, 0, CACHE_SIZE)
        self.port = whole_number(environ, f"{_PREFIX}HTTP_PORT", PORT, 1, 65_535)
        self._lives_us = {
            "secretsmanager": whole_number(environ, "SECRETS_MANAGER_TTL", TTL_S, 0, TTL_S) * 1_000_000,
            "ssm": whole_number(environ, "SSM_PARAMETER_STORE_TTL", TTL_S, 0, TTL_S) * 1_000_000,
        }
        self._logs = environ.get(f"{_PREFIX}LOG_LEVEL", "INFO").upper() != "NONE"
        self._surroundings = surroundings
        self._cache: Cache[bytes] = Cache(surroundings.clock, size if is_on else 0)

    def steps(self, request: HttpRequest) -> Steps:
        """Answer what user code asks."""
        question = self._question(request)
        if isinstance(question, HttpResponse):
            return question, ITSELF
        kept = self._cache.get(question)
        if kept is not None:
            return _found(kept), CACHE
        try:
            result = yield question.service, question.operation, dict(question.given)
        except REFUSALS as error:
            self._log(f"{question.operation} request encountered an error: {error}")
            return refusal(status_of(error), "an unexpected error occurred while executing request"), question.service
        body = _WRITTEN[question.service](result)
        self._cache.put(question, body, self._lives_us[question.service])
        return _found(body), question.service

    def _log(self, error: str) -> None:
        if self._logs:
            log_error(self._surroundings, "AWS Parameters and Secrets Lambda Extension", error)

    def _question(self, request: HttpRequest) -> _Question | HttpResponse:
        """Return what is asked, or the refusal to hear it."""
        if self._surroundings.invoked_us is None:
            return refusal(400, "not ready to serve traffic, please wait")
        if request.headers.get(_TOKEN) != self._surroundings.environ.get("AWS_SESSION_TOKEN"):
            return refusal(401, f"the header {_TOKEN} is not the function's AWS_SESSION_TOKEN")  # unconfirmed
        if request.method != "GET":
            return refusal(405, "Method Not Allowed")  # unconfirmed
        return _QUESTIONS.get(request.path.rstrip("/"), _no_question)(dict(parse_qsl(request.query)))


# --- questions ---------------------------------------------------------------------------------------------


def _secret(given: Mapping[str, str]) -> _Question | HttpResponse:
    if not given.get("secretId"):
        return refusal(400, "the parameter secretId is missing")  # unconfirmed
    names = {"secretId": "SecretId", "versionId": "VersionId", "versionStage": "VersionStage"}
    asked = tuple((name, given[key]) for key, name in names.items() if key in given)
    return _Question("secretsmanager", "GetSecretValue", asked)


def _parameter(given: Mapping[str, str]) -> _Question | HttpResponse:
    if not given.get("name"):
        return refusal(400, "the parameter name is missing")  # unconfirmed
    selector = given.get("version") or given.get("label")
    name = f"{given['name']}:{selector}" if selector else given["name"]
    is_decrypted = given.get("withDecryption", "").lower() == "true"
    return _Question("ssm", "GetParameter", (("Name", name), ("WithDecryption", is_decrypted)))


def _no_question(_: Mapping[str, str]) -> HttpResponse:
    return refusal(404, "404 page not found")


_QUESTIONS: Mapping[str, Callable[[Mapping[str, str]], _Question | HttpResponse]] = {
    "/secretsmanager/get": _secret,
    "/systemsmanager/parameters/get": _parameter,
}


# --- answers, as the SDK for Go writes them down -----------------------------------------------------------


_OF_SECRET = ("ARN", "CreatedDate", "Name", "SecretBinary", "SecretString", "VersionId", "VersionStages")
_OF_PARAMETER = (
    *("ARN", "DataType", "LastModifiedDate", "Name", "Selector", "SourceResult", "Type", "Value"),
    "Version",
)


def _secret_written(result: Mapping[str, Any]) -> bytes:
    return _json({**{name: result.get(name) for name in _OF_SECRET}, "ResultMetadata": {}})


def _parameter_written(result: Mapping[str, Any]) -> bytes:
    parameter = {name: result["Parameter"].get(name) for name in _OF_PARAMETER}
    return _json({"Parameter": parameter, "ResultMetadata": {}})


_WRITTEN: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "secretsmanager": _secret_written,
    "ssm": _parameter_written,
}

_json_text = partial(json.dumps, separators=(",", ":"), ensure_ascii=False)


def _json(document: Mapping[str, Any]) -> bytes:
    return _json_text(document, default=_as_text).encode()


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert isinstance(value, bytes), "all else is JSON by itself"
    return base64.b64encode(value).decode()


def _found(body: bytes) -> HttpResponse:
    return HttpResponse(status=200, headers=(("Content-Type", "application/json"),), body=body)
