"""What is filled in for a placeholder?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.errors import ConfigurationError
from eventsim.loop import VirtualLoop
from eventsim.workload.lines import Lines
from eventsim.workload.template import Templates


@pytest.fixture
def clock() -> Iterator[Clock]:
    loop = VirtualLoop()
    yield Clock(loop)
    loop.close()


def templates(clock: Clock, *, seed: int = 1, lines: Lines | None = None) -> Templates:
    made = Templates("orders", clock, Chance(seed), lines)
    made.n = 7
    return made


def filled(value: object, made: Templates) -> str:
    text = made.text(value)
    return text if isinstance(text, str) else text()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("order {n}", "order 7"),
        ({"order": "{n}"}, '{"order": 7}'),
        ({"order": "o-{n}", "tags": [1, None, "ä"]}, '{"order": "o-7", "tags": [1, null, "ä"]}'),
        ([], "[]"),
        ({}, "{}"),
        ({"a": {}}, '{"a": {}}'),
        ("{now}", "2026-01-01T00:00:00.000Z"),
        ({"random": "{random 5 5}"}, '{"random": 5}'),
        ("{choice only}", "only"),
        ('{"n": {n}, "quoted": "{n}"}', '{"n": 7, "quoted": "7"}'),
        ('{"a": {"b": 1}} {} {greeting}', '{"a": {"b": 1}} {} {greeting}'),
    ],
    ids=str,
)
def test_placeholders_are_filled_in_and_the_rest_stays(clock: Clock, value: object, text: str) -> None:
    """In JSON a text that is one placeholder and nothing else becomes its value."""
    assert filled(value, templates(clock)) == text


def test_a_text_without_placeholders_is_made_once(clock: Clock) -> None:
    """A constant body costs nothing for each event."""
    assert templates(clock).text({"order": 1}) == '{"order": 1}'


def test_uuids_and_choices_follow_from_the_seed(clock: Clock) -> None:
    """The same seed gives the same bodies; another seed gives others."""
    body = {"id": "{uuid}", "fruit": "{choice apple pear plum}", "number": "{random 1 1000000}"}

    first, again, other = (filled(body, templates(clock, seed=seed)) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)


def test_fields_of_the_current_line_are_placeholders_too(clock: Clock, tmp_path: Path) -> None:
    """`{line}` is the object itself, `{name}` one of its fields."""
    path = tmp_path / "orders.jsonl"
    path.write_text('{"order": 17, "who": "Ann"}\n')
    lines = Lines(path)
    lines.advance()

    text = filled({"o": "{order}", "text": "for {who}", "all": "{line}"}, templates(clock, lines=lines))

    lines.close()
    assert text == '{"o": 17, "text": "for Ann", "all": {"order": 17, "who": "Ann"}}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{uid}", "there is no placeholder `{uid}`; did you mean `{uuid}`?"),
        ("{choise a b}", "there is no placeholder `{choise a b}`; did you mean `{choice}`?"),
        ("{random 1}", "`{random 1}` does not work; write it like `{random 1 100}`"),
        ("{random 9 1}", "`{random 9 1}` does not work; write it like `{random 1 100}`"),
        ("{choice}", "`{choice}` does not work; write it like `{choice a b c}`"),
        ("{line}", "`{line}` stands for a line of a file; name it: `lines: events.jsonl`"),
    ],
)
def test_what_is_nearly_a_placeholder_is_refused(clock: Clock, text: str, message: str) -> None:
    """A typing error must not travel as text."""
    with pytest.raises(ConfigurationError, match=re.escape(message)) as caught:
        templates(clock).text(text, key="workload[0].send.body")

    assert caught.value.key == "workload[0].send.body"


def test_a_value_keeps_its_shape(clock: Clock) -> None:
    """Parameters and events are data, not text."""
    value = templates(clock).value({"n": "{n}", "list": ["{n}", "x{n}"], "flag": True})

    assert value() == {"n": 7, "list": [7, "x7"], "flag": True}
