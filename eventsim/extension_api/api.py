"""What does Lambda's Extensions API answer? Who has registered in one environment, and what each request does to it.

An extension registers while the environment begins, and asks for its `next` event, which says that it is ready. It
gets the events that it wants, and asks again once it has done with one. Files in `/opt/extensions` are *external*
extensions, known by their names; whoever else registers is a part of the runtime's process: an *internal* one.

The paths, headers and codes are documented; the words of refusals are those of AWS's own emulator of this API.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.limits import EXTENSIONS_MAX
from eventsim.runtime_api.replies import ACCEPTED, JSON, NOT_FOUND, refusal
from eventsim.wire.http import HttpRequest, HttpResponse

ROOT = "/2020-01-01/extension/"
NAME, IDENTIFIER = "lambda-extension-name", "lambda-extension-identifier"
_ERROR_TYPE = "lambda-extension-function-error-type"
_FEATURES = "lambda-extension-accept-feature"
_EVENT_IDENTIFIER = "Lambda-Extension-Event-Identifier"

INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
STARTED, REGISTERED, READY, RUNNING = "Started", "Registered", "Ready", "Running"
LAUNCH_ERROR, INIT_ERROR, EXIT_ERROR, EXITED = "LaunchError", "InitError", "ExitError", "Exited"
_AT_WORK = (STARTED, REGISTERED, RUNNING)

Reply = Callable[[HttpResponse], object]
"""Answers a request, now or later."""


class Extension(Struct, eq=False, kw_only=True):
    """One extension of an environment.

    Attributes:
        identifier: what it is known by once it has registered, "" before.
        events: which events it wants.
        state: how far it is, in AWS's words.
        error_type: what it says that went wrong, "" as long as nothing did.
        error: the same in a sentence.
    """

    name: str
    is_external: bool
    identifier: str = ""
    events: tuple[str, ...] = ()
    state: str = STARTED
    error_type: str = ""
    error: str = ""
    _asks: Reply | None = None
    _due: HttpResponse | None = None
    """An event that came while it did not ask."""

    @property
    def is_at_work(self) -> bool:
        """Whether it has yet to ask for its next event."""
        return self.state in _AT_WORK

    @property
    def has_failed(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return self.state in (LAUNCH_ERROR, INIT_ERROR, EXIT_ERROR, EXITED)

    def fail(self, state: str, error_type: str, error: str) -> None:
        """Take note of its end; the first reason counts."""
        if not self.has_failed:
            self.state, self.error_type, self.error = state, error_type, error

    def ask(self, reply: Reply) -> None:
        """Wait for an event."""
        due, self._due = self._due, None
        if due is not None:
            reply(due)
            return
        self._asks, self.state = reply, READY

    def get(self, event: HttpResponse) -> None:
        """Give it an event: it works until it asks for the next."""
        self.state = RUNNING
        asks, self._asks = self._asks, None
        if asks is None:  # it has hung up, and will ask again
            self._due = event
        else:
            asks(event)

    def forget(self, reply: Reply) -> None:
        """Let go of a request whose answer nobody wants any more."""
        if self._asks == reply:
            self._asks = None


class ExtensionsApi:
    """The Extensions API of one environment.

    Args:
        about: what an extension is told of its function.
        account_id: told to those that ask for it.
        externals: the names of the files in `/opt/extensions`.
        new_id: makes identifiers.

    Attributes:
        extensions: those that shall register and those that have, by name.
        is_closed: whether it is too late to register.
    """

    def __init__(
        self, about: Mapping[str, str], account_id: str, externals: Sequence[str], new_id: Callable[[], str]
    ) -> None:
        self.extensions = {name: Extension(name=name, is_external=True) for name in externals}
        self.is_closed = False
        self._about = about
        self._account_id = account_id
        self._new_id = new_id

    def take(self, request: HttpRequest, reply: Reply) -> bool:
        """Answer a request, or keep it until there is an event; False if it is none for this API."""
        if not request.path.startswith(ROOT):
            return False
        match request.method, request.path.removeprefix(ROOT).split("/"):
            case "POST", ["register"]:
                reply(self._register(request))
            case "GET", ["event", "next"]:
                self._next(request, reply)
            case "POST", ["init", "error"]:
                reply(self._fail(request, INIT_ERROR, (REGISTERED,)))
            case "POST", ["exit", "error"]:
                reply(self._fail(request, EXIT_ERROR, (REGISTERED, READY, RUNNING)))
            case _:
                reply(NOT_FOUND)
        return True

    def asker(self, request: HttpRequest) -> Extension | HttpResponse:
        """Return the extension that asks, by its identifier, or the refusal."""
        identifier = request.headers.get(IDENTIFIER)
        if not identifier:
            return refusal(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
        known = (each for each in self.extensions.values() if each.identifier == identifier)
        unknown = refusal(403, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")
        return next(known, None) or unknown

    def hand_out(self, kind: str, members: Mapping[str, Any]) -> list[Extension]:
        """Give an event to those that want it and still run; return them."""
        takers = [each for each in self.extensions.values() if kind in each.events and not each.has_failed]
        for each in takers:
            body = json.dumps({"eventType": kind, **members}, separators=(",", ":")).encode()
            each.get(HttpResponse(status=200, headers=(*JSON, (_EVENT_IDENTIFIER, self._new_id())), body=body))
        return takers

    def forget(self, reply: Reply) -> None:
        """Let go of a request whose answer nobody wants any more."""
        for each in self.extensions.values():
            each.forget(reply)

    def _register(self, request: HttpRequest) -> HttpResponse:
        name = request.headers.get(NAME)
        if not name:
            return refusal(403, "Extension.InvalidExtensionName", "Empty extension name")
        try:
            wish = msgspec.json.decode(request.body or b"{}", type=_Wish)
        except msgspec.DecodeError as error:
            return refusal(403, "InvalidRequestFormat", str(error))
        extension = self.extensions.get(name)
        is_external = extension is not None and extension.is_external
        for event in wish.events:
            if event not in (INVOKE, SHUTDOWN) or (event == SHUTDOWN and not is_external):
                what = "" if event != SHUTDOWN else " for an internal extension"
                return refusal(403, "Extension.InvalidEventType", f"Event {event} is not supported{what}")
        if extension is not None and (not is_external or extension.state != STARTED):
            return refusal(403, "Extension.AlreadyRegistered", f"Extension {name} already registered")
        if self.is_closed:
            return refusal(403, "Extension.RegistrationClosed", "Extension registration closed already")
        if sum(bool(each.identifier) for each in self.extensions.values()) >= EXTENSIONS_MAX:
            return refusal(403, "Extension.TooManyExtensions", f"Extension limit ({EXTENSIONS_MAX}) reached")
        if extension is None:
            extension = self.extensions[name] = Extension(name=name, is_external=False)
        extension.identifier, extension.state = self._new_id(), REGISTERED
        extension.events = tuple(dict.fromkeys(wish.events))
        wants_account = "accountId" in _listed(request.headers.get(_FEATURES))
        about = {**self._about, "accountId": self._account_id} if wants_account else self._about
        headers = (*JSON, ("Lambda-Extension-Identifier", extension.identifier))
        return HttpResponse(status=200, headers=headers, body=json.dumps(about, separators=(",", ":")).encode())

    def _next(self, request: HttpRequest, reply: Reply) -> None:
        asker = self.asker(request)
        if isinstance(asker, HttpResponse):
            reply(asker)
        elif asker.has_failed:
            reply(_out_of_turn(asker.state, READY))
        else:
            asker.ask(reply)

    def _fail(self, request: HttpRequest, state: str, before: Sequence[str]) -> HttpResponse:
        asker = self.asker(request)
        if isinstance(asker, HttpResponse):
            return asker
        error_type = request.headers.get(_ERROR_TYPE)
        if not error_type:
            return refusal(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")
        if asker.state not in before:
            return _out_of_turn(asker.state, state)
        asker.fail(state, error_type, _message(request.body) or error_type)
        return ACCEPTED


class _Wish(Struct):
    """What an extension registers for."""

    events: list[str] = []


def _out_of_turn(state: str, wanted: str) -> HttpResponse:
    message = f"Transition from {state} to {wanted} is not allowed."
    return refusal(403, "Extension.InvalidExtensionState", message)


def _listed(header: str) -> Iterator[str]:
    return (each.strip() for each in header.split(","))


def _message(body: bytes) -> str:
    """Return what an extension says of its error, "" if it says nothing."""
    try:
        described = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    return str(described.get("errorMessage") or "") if isinstance(described, dict) else ""
