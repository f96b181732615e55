"""What answers at port 2772? AWS AppConfig's agent, as Lambda extension: it keeps configurations for its function.

Rules (documented, unless they say otherwise):

1. `GET /applications/A/environments/E/configurations/C` answers with the configuration, by ids or names. The first
   request fetches it; others get what is kept.
2. When an invocation begins and more time has passed than the poll interval (45 s, or as the function's variable says),
   the extension asks AppConfig again. Here it does so when the handler asks it, and so is never behind.
3. `?flag=name` picks one feature flag out of the configuration, and several `flag` pick several.
4. If AppConfig refuses, what is kept is given on (unconfirmed); if nothing is kept, the asker learns the refusal.
"""

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from eventsim.api import Result
from eventsim.errors import ApiError, NotSimulated
from eventsim.extension.answers import CACHE, ITSELF, REFUSALS, Question, Steps, log_error, refusal, status_of
from eventsim.extension.settings import whole_number
from eventsim.handler.surroundings import Surroundings
from eventsim.json_text import load_json
from eventsim.wire.http import HttpRequest, HttpResponse

PORT = 2772
POLL_INTERVAL_S = 45
"""How old a configuration may be when an invocation begins (documented)."""

_PREFIX = "AWS_APPCONFIG_EXTENSION_"
_PATH = re.compile(r"/applications/([^/]+)/environments/([^/]+)/configurations/([^/]+)/?")
_SERVICE = "appconfigdata"


@dataclass(slots=True)
class _Kept:
    """A configuration that the extension has.

    Attributes:
        token: for the next question.
        asked_us: when the last one was asked.
    """

    token: str = ""
    content: bytes = b""
    content_type: str = ""
    label: str = ""
    asked_us: int = 0


class ConfigurationsExtension:
    """The extension beside one process.

    Attributes:
        port: where it listens.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        environ = surroundings.environ
        self.port = whole_number(environ, f"{_PREFIX}HTTP_PORT", PORT, 1, 65_535)
        interval_s = whole_number(environ, f"{_PREFIX}POLL_INTERVAL_SECONDS", POLL_INTERVAL_S, 0, 86_400)
        self._interval_us = interval_s * 1_000_000
        self._logs = environ.get(f"{_PREFIX}LOG_LEVEL", "info").lower() not in ("none", "fatal")
        self._surroundings = surroundings
        self._kept: dict[tuple[str, ...], _Kept] = {}

    def steps(self, request: HttpRequest) -> Steps:
        """Answer what user code asks."""
        path = _PATH.fullmatch(request.path)
        if path is None:
            return refusal(404, "404 page not found"), ITSELF
        if request.method != "GET":
            return refusal(405, "Method Not Allowed"), ITSELF  # unconfirmed
        names = tuple(map(unquote, path.groups()))
        flags = [value for name, value in parse_qsl(request.query) if name == "flag"]
        kept = self._kept.get(names)
        if kept is not None and not self._is_old(kept):
            return _answer(kept, flags), CACHE
        try:
            kept = yield from self._fetched(names, kept)
        except REFUSALS as error:
            self._log(names, error)
            if kept is None:
                return refusal(status_of(error), str(error)), _SERVICE
        return _answer(kept, flags), _SERVICE

    def _is_old(self, kept: _Kept) -> bool:
        """Tell whether it was too old when the current invocation began."""
        began_us = self._surroundings.invoked_us
        return began_us is not None and began_us - kept.asked_us > self._interval_us

    def _fetched(self, names: tuple[str, ...], kept: _Kept | None) -> Generator[Question, Result, _Kept]:
        """Return what AppConfig has now, in a session that goes on if there is one."""
        if kept is None:
            application, environment, profile = names
            given = {
                "ApplicationIdentifier": application,
                "EnvironmentIdentifier": environment,
                "ConfigurationProfileIdentifier": profile,
            }
            started: Result = yield _SERVICE, "StartConfigurationSession", given
            kept = _Kept(token=str(started["InitialConfigurationToken"]))
        kept.asked_us = self._surroundings.clock.now_us
        told: Mapping[str, Any] = yield _SERVICE, "GetLatestConfiguration", {"ConfigurationToken": kept.token}
        kept.token = str(told["NextPollConfigurationToken"])
        if told["Configuration"]:
            kept.content = bytes(told["Configuration"])
            kept.content_type, kept.label = str(told.get("ContentType", "")), str(told.get("VersionLabel", ""))
        self._kept[names] = kept
        return kept

    def _log(self, names: tuple[str, ...], error: ApiError | NotSimulated) -> None:
        if self._logs:
            log_error(self._surroundings, "appconfig agent", f"retrieve failure for '{':'.join(names)}': {error}")


def _answer(kept: _Kept, flags: list[str]) -> HttpResponse:
    """Return a configuration, or the flags in it that somebody wants."""
    body = kept.content
    if flags:
        values = load_json(body)
        missing = next((flag for flag in flags if flag not in values), None)
        if missing is not None:
            return refusal(404, f"there is no flag {missing}")  # unconfirmed
        wanted = values[flags[0]] if len(flags) == 1 else {flag: values[flag] for flag in flags}
        body = json.dumps(wanted, separators=(",", ":"), ensure_ascii=False).encode()
    headers = [("Content-Type", kept.content_type), ("Version-Label", kept.label)]
    return HttpResponse(status=200, headers=tuple(pair for pair in headers if pair[1]), body=body)
