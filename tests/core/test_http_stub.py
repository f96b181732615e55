"""A host outside that a simulation stands for: user code asks it by HTTP and never reaches the network."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from eventsim import ConfigurationError, SyncSimulation
from eventsim.http_stub import HttpStubSpec
from eventsim.wire.http import HttpRequest


def ask(event: dict[str, str], _context: object) -> object:
    """Ask the partner, as most handlers do."""
    request = urllib.request.Request(event["url"], data=event.get("body", "").encode() or None)
    try:
        with urllib.request.urlopen(request) as answer:
            return [answer.status, answer.headers["Content-Type"], answer.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.headers["Content-Type"], error.read().decode()]


@pytest.fixture
def partner() -> Iterator[SyncSimulation]:
    """Yield a simulation with a function that asks whatever URL it is given."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("ask", handler=ask)
        yield simulation


def test_data_comes_as_json(partner: SyncSimulation) -> None:
    partner.stub_http("api.partner.example", body={"credit": 7})

    answer = partner.invoke("ask", {"url": "https://api.partner.example/v1/credit?of=42"})

    assert answer == [200, "application/json", '{"credit": 7}']


def test_a_function_sees_the_request_and_chooses(partner: SyncSimulation) -> None:
    def answer(request: HttpRequest) -> object:
        return 402, {"asked": json.loads(request.body), "by": request.method, "at": request.path}

    partner.stub_http("api.partner.example", answer)

    status, _, body = partner.invoke("ask", {"url": "https://api.partner.example/v1/pay", "body": '{"cents": 5}'})

    assert (status, json.loads(body)) == (402, {"asked": {"cents": 5}, "by": "POST", "at": "/v1/pay"})


def test_handlers_share_what_https_needs(partner: SyncSimulation) -> None:
    """Who asks a thousand times reads the machine's certificates once."""
    make = ssl._create_default_https_context  # what clients of Python's own ask, by the name that PEP 476 gives it
    partner.add_function("contexts", handler=lambda event, context: [id(make()) for _ in range(2)])

    first, second = partner.invoke("contexts", {})  # type: ignore[misc]  # a list
    (again, _) = partner.invoke("contexts", {})  # type: ignore[misc]  # a list

    assert first == second == again
    assert make() is not make(), "those of the test are its own affair"


def test_a_star_stands_for_part_of_the_name(partner: SyncSimulation) -> None:
    partner.stub_http("*.partner.example", body="any")
    partner.stub_http("eu.partner.example", body="this one", headers={"content-type": "text/csv"})

    assert partner.invoke("ask", {"url": "http://us.partner.example/"}) == [200, "text/plain", "any"]
    assert partner.invoke("ask", {"url": "http://eu.partner.example/"}) == [200, "text/csv", "this one"]


def test_the_story_tells_who_asked_whom(partner: SyncSimulation) -> None:
    partner.stub_http("api.partner.example", status=503)

    partner.invoke("ask", {"url": "http://api.partner.example/v1"})

    (entry,) = partner.trace.entries(["host asked"])
    assert (entry.place, entry.value, entry.detail) == (
        "host api.partner.example",
        503,
        {"method": "GET", "path": "/v1"},
    )
    assert entry.subject == "caller arn:aws:lambda:us-east-1:123456789012:function:ask"


def test_a_url_is_no_host(partner: SyncSimulation) -> None:
    with pytest.raises(ConfigurationError, match="name it alone"):
        partner.stub_http("https://api.partner.example/v1")


def test_a_scenario_says_it_in_one_line(partner: SyncSimulation) -> None:
    partner.add_http_stub(HttpStubSpec(host="api.partner.example", body={"credit": 7}))

    assert partner.invoke("ask", {"url": "https://api.partner.example/"})[0] == 200
