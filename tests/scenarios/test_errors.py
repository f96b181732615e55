"""What does somebody read whose scenario is wrong? One message, with every place and the remedy."""

from pathlib import Path

import pytest

from eventsim.errors import ScenarioError
from eventsim.marks import TEXT_CHARACTERS_MAX
from eventsim.scenario.load import load, loads


def message(text: str) -> str:
    """Return what is said about a scenario."""
    with pytest.raises(ScenarioError) as caught:
        loads(text, path=Path("shop.yaml"))
    return str(caught.value)


def test_a_mistake_is_shown_with_its_line_and_a_caret() -> None:
    """File, line, column, the line itself, the place in it, and what was probably meant."""
    shown = message("functions:\n  charge: {handler: charges.handler, timout: 10 s}\n")

    assert shown == (
        "shop.yaml:2:38: `functions.charge` has no setting `timout`; did you mean `timeout`?\n"
        " 2 |   charge: {handler: charges.handler, timout: 10 s}\n"
        "   |                                      ^^^^^^"
    )


def test_a_wrong_value_comes_with_the_description_of_its_setting() -> None:
    """The remedy is what the setting is for."""
    shown = message("seed: many\n")

    assert shown == (
        "shop.yaml:1:7: `seed` must be a whole number, not the text 'many'\n"
        " 1 | seed: many\n"
        "   |       ^^^^\n"
        "  = seed: The number from which all chance follows."
    )


def test_all_mistakes_of_a_file_are_shown_at_once() -> None:
    """In the order of the file, at most ten."""
    shown = message("".join(f"nonsense{number}: 1\n" for number in range(12)))

    heads = [line for line in shown.splitlines() if line.startswith("shop.yaml")]
    assert [head.split(":")[1] for head in heads] == [str(line) for line in range(1, 11)]
    assert shown.endswith("… and 2 more")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("functons: {}", "shop.yaml:1:1: a scenario has no setting `functons`; did you mean `functions`?"),
        ("queue: {}", "shop.yaml:1:1: a scenario has no setting `queue`; did you mean `queues`?"),
        ("mappings: {source: a}", "1:11: `mappings` must be a list, not a mapping; put `- ` before it"),
        ("mappings: [{source: a}]", "1:12: `mappings[0]` lacks `function`"),
        (
            "expect: queue a has 1 message",
            "1:9: `expect` must be a list, not the text 'queue a has 1 message'; put it in",
        ),
        (
            "queues: {a: {order: shufled}}",
            "`queues.a.order` must be `sent` or `shuffled`, not the text 'shufled'; did you",
        ),
        ("queues: {a: {duplicates: 3}}", "`queues.a.duplicates` must be at most 1, not 3"),
        ("queues: {a: 5}", "`queues.a` must be a mapping, not 5"),
        (
            "workload: [{http: {path: /, expect: 201}}]",
            "`workload[0].http.expect` must be a mapping with `status`, `body`, `contains` or `headers`, not 201",
        ),
        ("account: 1234", "`account` must look like /^\\d{12}$/, not 1234"),
        ("until: [1]", "`until` must be text, a whole number or a number, not a list"),
        ("seed: true", "`seed` must be a whole number, not true"),
        ("seed:", "`seed` must be a whole number, not empty"),
        (
            "workload: [{at: 1 s}]",
            "`workload[0]`: one action is wanted, one of send, publish, produce, change, put_event, put, delete, "
            "invoke, call, http, and none",
        ),
        (
            "workload: [{at: 1, every: 2, call: {service: a, operation: b}}]",
            "1:20: `workload[0]`: `at` and `every` excl",
        ),
    ],
    ids=str,
)
def test_the_message_says_what_is_wanted(text: str, said: str) -> None:
    """Unknown keys, wrong types, missing keys, values out of bounds, settings that exclude each other."""
    assert said in message(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "shop.yaml: the file is empty; begin with `functions:`"),
        ("# nothing but a comment\n", "shop.yaml: the file is empty"),
        ("- a\n- b\n", "shop.yaml:1:1: a scenario is a mapping; begin with `functions:`"),
        ("hello", "shop.yaml:1:1: a scenario is a mapping"),
        ("seed: 1\nseed: 2\n", "shop.yaml:2:1: `seed` is here twice, first on line 1; keep one of them"),
        ("seed: 1\n---\nseed: 2\n", "shop.yaml:2:1: a second document begins here; one file holds one scenario"),
        ("queues:\n\ta: {}\n", "shop.yaml:2:1: this is not YAML: found character that cannot start any token"),
        ("queues: {a: {}\n", "shop.yaml:1:15: this is not YAML: did not find expected ',' or '}'"),
        ("name: a: b\n", "shop.yaml:1:8: this is not YAML: mapping values are not allowed in this context"),
        ("name: \x07\n", "shop.yaml:1:7: YAML does not allow this character"),
        ("name: *nobody\n", "shop.yaml:1:7: there is no anchor `&nobody` above"),
        ("name: !Ref Table\n", "shop.yaml:1:7: `!Ref`: that is a tag of CloudFormation's"),
        (
            "name: !!python/object/apply:os.system [ls]\n",
            "shop.yaml:1:7: `!!python/object/apply:os.system`: tags are not",
        ),
        ("? [a, b]\n: 1\n", "shop.yaml:1:3: a key is a plain name"),
        ("queues: {<<: 5}\n", "shop.yaml:1:10: `<<` takes an alias of a mapping, or a list of them"),
    ],
    ids=repr,
)
def test_what_is_not_a_yaml_mapping_is_refused(text: str, said: str) -> None:
    """The parser's words, the place and a remedy."""
    assert said in message(text)


def test_an_anchor_that_contains_itself_is_refused() -> None:
    """A cycle has no end to convert."""
    assert "it would contain itself" in message("queues: &a {b: *a}\n")


def test_a_yaml_bomb_is_refused_at_once() -> None:
    """Nine levels of nine aliases mean 387 million values; none of them is made."""
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 10)]
    bomb = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *levels])

    assert "the aliases in here expand to more than 1,000,000 values" in message(bomb)


def test_deep_nesting_is_refused() -> None:
    """A hundred thousand brackets must not overflow anybody's stack."""
    assert "this is nested more than 64 levels deep" in message("queues: " + "[" * 100_000)


def test_a_million_inline_events_are_refused_with_a_better_way() -> None:
    """The file of events that the message recommends may be of any length."""
    line = "  - {at: 1 s, send: {queue: orders, body: x}}\n"
    text = "workload:\n" + line * (TEXT_CHARACTERS_MAX // len(line) + 1)

    shown = message(text)

    assert "more than the 4,194,304 characters that a scenario may have" in shown
    assert "put its events into a JSON Lines or CSV file" in shown


def test_a_long_line_is_shown_around_the_mistake() -> None:
    """The caret stays below its word."""
    shown = message("queues: {" + ", ".join(f"queue-{number}: {{delya: 1}}" for number in range(30)) + "}").splitlines()

    line, caret = shown[1], shown[2]
    assert len(line) < 130
    start = caret.index("^")
    assert line[start : start + caret.count("^")] == "delya"


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A gigabyte of holes is refused like any other file that is too long."""
    path = tmp_path / "shop.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 30)

    with pytest.raises(ScenarioError, match="more than the 4,194,304 characters"):
        load(path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "cannot read the scenario: No such file or directory"),
        (lambda path: path.mkdir(), "is a folder; name a scenario or a template in it, or a folder that"),
        (
            lambda path: path.write_bytes(b"name: a\nname: \xff\n"),
            "shop.yaml:2: a scenario is UTF-8 text, and this line",
        ),
    ],
    ids=["missing", "a folder", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, make: object, said: str) -> None:
    """One line, no traceback."""
    path = tmp_path / "shop.yaml"
    make(path)  # type: ignore[operator]  # parametrize cannot say that these are functions

    with pytest.raises(ScenarioError) as caught:
        load(path)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
