"""What does the Extensions API answer, and when?"""

import json
from itertools import count
from typing import Any

import pytest

from eventsim.extension_api.api import ExtensionsApi
from eventsim.limits import EXTENSIONS_MAX
from eventsim.wire.http import Headers, HttpRequest, HttpResponse

ROOT = "/2020-01-01/extension"


class Asker:
    """Somebody who asks an API in which the file `outside` lies in `/opt/extensions`."""

    def __init__(self, *externals: str) -> None:
        numbers = count(1)
        about = {"functionName": "f", "functionVersion": "$LATEST", "handler": "app.handler"}
        self.api = ExtensionsApi(about, "123456789012", externals or ("outside",), lambda: f"id-{next(numbers)}")

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> list[HttpResponse]:
        """Ask for something; return the list into which the answer comes."""
        answers: list[HttpResponse] = []
        pairs = [(f"Lambda-Extension-{name.replace('_', '-')}", value) for name, value in headers.items()]
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        request = HttpRequest(method=method, path=f"{ROOT}/{path}", headers=Headers(pairs), body=data)
        assert self.api.take(request, answers.append)
        return answers

    def register(self, name: str = "outside", *events: str, **headers: str) -> HttpResponse:
        """Register."""
        return self.ask("POST", "register", {"events": events}, Name=name, **headers)[0]

    def next(self, identifier: str) -> list[HttpResponse]:
        """Ask for an event."""
        return self.ask("GET", "event/next", Identifier=identifier)


def refusal(answers: list[HttpResponse] | HttpResponse) -> tuple[int, str]:
    """Return status and kind of a refusal."""
    answer = answers if isinstance(answers, HttpResponse) else answers[0]
    assert isinstance(answer.body, bytes)
    return answer.status, json.loads(answer.body)["errorType"]


def test_an_extension_registers() -> None:
    """It is told of its function, and gets the identifier by which it is known from then on."""
    answer = Asker().register("outside", "INVOKE")

    assert (answer.status, dict(answer.headers)["Lambda-Extension-Identifier"]) == (200, "id-1")
    assert json.loads(answer.body) == {  # type: ignore[arg-type]
        "functionName": "f",
        "functionVersion": "$LATEST",
        "handler": "app.handler",
    }


def test_an_extension_may_ask_for_the_account() -> None:
    """By naming the feature."""
    answer = Asker().register("outside", Accept_Feature="accountId")

    assert json.loads(answer.body)["accountId"] == "123456789012"  # type: ignore[arg-type]


def test_an_event_comes_to_those_who_want_it() -> None:
    """Each waits until there is one; while they work on it, they are at work."""
    asker = Asker("one", "two")
    asker.register("one", "INVOKE")
    asker.register("two", "SHUTDOWN")
    first, second = asker.next("id-1"), asker.next("id-2")

    takers = asker.api.hand_out("INVOKE", {"requestId": "r"})

    assert [each.name for each in takers] == ["one"]
    assert json.loads(first[0].body) == {"eventType": "INVOKE", "requestId": "r"}  # type: ignore[arg-type]
    assert "Lambda-Extension-Event-Identifier" in dict(first[0].headers)
    assert not second
    assert [each.is_at_work for each in asker.api.extensions.values()] == [True, False]


def test_an_event_waits_for_an_extension_that_has_hung_up() -> None:
    """Clients with a time limit ask again."""
    asker = Asker()
    asker.register("outside", "INVOKE")
    late: list[HttpResponse] = []
    headers = Headers({"Lambda-Extension-Identifier": "id-1"})
    request = HttpRequest(method="GET", path=f"{ROOT}/event/next", headers=headers)
    asker.api.take(request, late.append)

    asker.api.forget(late.append)
    asker.api.hand_out("INVOKE", {})

    assert not late
    assert len(asker.next("id-1")) == 1


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, "Extension.MissingExtensionIdentifier"),
        ({"Identifier": "other"}, "Extension.UnknownExtensionIdentifier"),
    ],
    ids=["none", "another"],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "event/next"), ("POST", "init/error"), ("POST", "exit/error")], ids=str
)
def test_who_has_not_registered_is_refused(method: str, path: str, headers: dict[str, str], kind: str) -> None:
    """Everything but registering needs the identifier."""
    assert refusal(Asker().ask(method, path, **headers)) == (403, kind)


@pytest.mark.parametrize(
    ("name", "events", "kind"),
    [
        ("", [], "Extension.InvalidExtensionName"),
        ("outside", ["RESTORE"], "Extension.InvalidEventType"),
        ("inside", ["SHUTDOWN"], "Extension.InvalidEventType"),
    ],
    ids=["no name", "another event", "the end for an internal one"],
)
def test_what_makes_no_sense_is_refused(name: str, events: list[str], kind: str) -> None:
    """Internal extensions end with their process, so nobody tells them."""
    assert refusal(Asker().register(name, *events)) == (403, kind)


def test_a_text_that_is_no_json_is_refused() -> None:
    assert refusal(Asker().ask("POST", "register", b"{", Name="outside")) == (403, "InvalidRequestFormat")


def test_nobody_registers_twice_or_too_late() -> None:
    """Registration ends when the environment is ready."""
    asker = Asker()
    asker.register()
    twice = asker.register()

    asker.api.is_closed = True

    assert refusal(twice) == (403, "Extension.AlreadyRegistered")
    assert refusal(asker.register("inside")) == (403, "Extension.RegistrationClosed")


def test_ten_extensions_may_register() -> None:
    """Outside and inside together (documented)."""
    asker = Asker()
    statuses = [asker.register(name).status for name in ["outside", *map(str, range(EXTENSIONS_MAX - 1))]]

    assert set(statuses) == {200}
    assert refusal(asker.register("one more")) == (403, "Extension.TooManyExtensions")


def test_an_extension_tells_of_its_error() -> None:
    """By a header, with a sentence if it likes; afterwards nothing is to be expected of it."""
    asker = Asker()
    asker.register("outside", "INVOKE")
    nameless = asker.ask("POST", "init/error", Identifier="id-1")
    body = {"errorMessage": "no configuration"}

    (answer,) = asker.ask("POST", "init/error", body, Identifier="id-1", Function_Error_Type="Extension.Config")

    extension = asker.api.extensions["outside"]
    assert refusal(nameless) == (403, "Extension.MissingHeader")
    assert (answer.status, answer.body) == (202, b'{"status":"OK"}\n')
    assert (extension.state, extension.error_type, extension.error) == (
        "InitError",
        "Extension.Config",
        "no configuration",
    )
    assert refusal(asker.next("id-1")) == (403, "Extension.InvalidExtensionState")
    assert asker.api.hand_out("INVOKE", {}) == []


def test_other_paths_are_not_found() -> None:
    assert Asker().ask("GET", "register")[0].status == 404
