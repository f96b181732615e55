"""What does a target get? The quoting rules of input transformers as tables."""

import pytest

from eventsim_sources.bus.event import BusEvent, to_json
from eventsim_sources.bus.json_path import parse_path
from eventsim_sources.bus.target_input import TargetInput, read_template
from eventsim_sources.input_template import UnfitInput

DOCUMENT = {
    "version": "0",
    "id": "7",
    "detail-type": "paid",
    "source": "shop",
    "resources": [],
    "detail": {
        "a": "x",
        "b": {"k": "v"},
        "one": ["HIGH"],
        "two": ["ACTIVE", "INACTIVE"],
        "n": 1.5,
        "yes": True,
        "items": [{"id": 1}, {"id": 2}],
        "ids": {"acc_id": "0a78", "sf_id": "baz"},
    },
}
EVENT = BusEvent(document=DOCUMENT, text=to_json(DOCUMENT), ingested_at="2026-01-01T00:00:00Z")
PATHS = {name: f"$.detail.{name}" for name in ("a", "b", "one", "two", "n", "yes", "ids", "absent")}


def given(**asked: object) -> str:
    """Return what a target gets."""
    return TargetInput(**asked).of(EVENT, rule_arn="arn:rule", rule_name="r")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param('"<a> and <b>"', '"x and {k:v}"', id="an object in text loses its quotes"),
        pytest.param('"<ids>"', '"{acc_id:0a78,sf_id:baz}"', id="two members"),
        pytest.param('"<one>, <two>"', '"[HIGH], [ACTIVE,INACTIVE]"', id="lists in text"),
        pytest.param('"<n> <yes> <absent>."', '"1.5 true ."', id="others in text"),
        pytest.param('"<a>"\n"<n>"', '"x"\n"1.5"', id="several lines"),
        pytest.param('{"v":<a>,"w":"is <a>"}', '{"v":"x","w":"is x"}', id="a string in JSON"),
        pytest.param('{"v":<b>,"w":<two>}', '{"v":{"k":"v"},"w":["ACTIVE","INACTIVE"]}', id="object and list in JSON"),
        pytest.param('{"v":<n>,"w":<yes>,"x":"<n>"}', '{"v":1.5,"w":true,"x":"1.5"}', id="number and boolean in JSON"),
        pytest.param('{"v":<absent>,"w":"<absent>"}', '{"v":"","w":""}', id="absent in JSON"),
        pytest.param(' {"v": "a \\" <a>"}', '{"v":"a \\" x"}', id="an escaped quote does not end a string"),
        pytest.param(
            '{"r":<aws.events.rule-name>,"a":"<aws.events.rule-arn>","t":<aws.events.event.ingestion-time>}',
            '{"r":"r","a":"arn:rule","t":"2026-01-01T00:00:00Z"}',
            id="predefined",
        ),
        pytest.param('{"e":<aws.events.event.json>}', f'{{"e":{EVENT.text}}}', id="the whole event"),
        pytest.param(
            '{"e":<aws.events.event>}',
            '{"e":{"version":"0","id":"7","detailType":"paid","source":"shop","resources":[]}}',
            id="the event without its detail",
        ),
    ],
)
def test_a_template_is_filled(template: str, expected: str) -> None:
    """Recorded."""
    assert given(template=read_template(template, PATHS)) == expected


def test_a_key_may_be_a_placeholder() -> None:
    """AWS does not allow it, and does not say what happens: here it is filled."""
    assert given(template=read_template('{"<a>":1}', PATHS)) == '{"x":1}'


@pytest.mark.parametrize(
    "template", ['{"v":"<one>"}', '{"v":"<b>"}', "<a> item", '{"v":', '{"v":"<aws.events.event.json>"}']
)
def test_a_template_that_makes_no_json_delivers_nothing(template: str) -> None:
    """Recorded for a list in quotes and for text without quotes."""
    with pytest.raises(UnfitInput):
        given(template=read_template(template, PATHS))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", EVENT.text),
        ("$.detail.a", '"x"'),
        ("$.detail.items[0].id", "1"),
        ("$.detail.items[*].id", "[1,2]"),
        ("$.detail-type", '"paid"'),
        ("$['detail']['b']", '{"k":"v"}'),
        ("$.detail.none", "null"),
    ],
)
def test_a_path_gives_a_part_of_the_event(path: str, expected: str) -> None:
    """As JSON: a string keeps its quotes (recorded)."""
    assert given(path=parse_path(path)) == expected


def test_a_constant_is_given_as_it_is() -> None:
    """Whatever the event."""
    assert given(constant='{ "a": 1 }') == '{ "a": 1 }'


@pytest.mark.parametrize("path", ["detail", "$detail", "$.", "$.a[", "$..a", "$.a[-1]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    """Only the dot notation is read."""
    with pytest.raises(ValueError, match=r"does not begin|cannot be read"):
        parse_path(path)
