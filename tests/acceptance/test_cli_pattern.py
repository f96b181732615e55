"""Does `eventsim pattern` say whether a pattern matches an event, and why?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eventsim.cli.main import main

EVENT = {"source": "shop", "detail-type": "paid", "detail": {"total": 5, "country": "DE"}}

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return what writes a pattern and an event into files and runs the command."""
    monkeypatch.chdir(tmp_path)

    def run(pattern: object, event: object = EVENT, *options: str) -> tuple[int, str, str]:
        for name, content in (("p.json", pattern), ("e.json", event)):
            Path(name).write_text(content if isinstance(content, str) else json.dumps(content))
        code = main(["pattern", "p.json", "e.json", *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("pattern", "code", "out"),
    [
        pytest.param(
            {"source": ["shop"], "detail": {"total": [{"numeric": ["<", 9]}]}},
            0,
            'matched\ndetail.total is 5 and source is "shop"\n',
            id="matched",
        ),
        pytest.param(
            {"source": ["shop"], "detail": {"country": ["FR", "IT"]}},
            1,
            'not matched\ndetail.country is "DE", wanted "FR" or "IT"\n',
            id="a key that failed",
        ),
        pytest.param(
            {"$or": [{"source": ["bank"]}, {"detail": {"country": ["DE"]}}]},
            0,
            'matched (alternative 2 of 2)\ndetail.country is "DE"\n',
            id="an alternative",
        ),
        pytest.param(
            {"detail": {"voucher": [{"exists": True}]}},
            1,
            "not matched\ndetail.voucher is absent, wanted any value\n",
            id="absent",
        ),
    ],
)
def test_the_answer_names_what_decided(ask: Ask, pattern: object, code: int, out: str) -> None:
    """The exit code says the same: 0 matched, 1 not."""
    assert ask(pattern) == (code, out, "")


@pytest.mark.parametrize(
    ("dialect", "event", "code"),
    [
        ("bus", {"n": 300.0}, 0),
        ("mapping", {"n": 300.0}, 1),
        ("topic", {"n": 300}, 0),
        ("topic-attributes", {"n": {"DataType": "Number", "StringValue": "300"}}, 0),
    ],
)
def test_dialects_differ(ask: Ask, dialect: str, event: object, code: int) -> None:
    """A mapping's filter compares numbers as they are written; a topic may look at message attributes."""
    assert ask({"n": [300]}, event, "--dialect", dialect)[0] == code


@pytest.mark.parametrize(
    ("pattern", "event", "options", "says"),
    [
        ({"source": []}, EVENT, (), "p.json is no pattern: at source: Empty arrays are not allowed"),
        ("{", EVENT, (), "p.json is no pattern: Unexpected end-of-input"),
        ({"source": ["a"]}, "{", (), "e.json is not JSON"),
        ({"source": ["a"]}, "[]", (), "e.json is no event: an event is a JSON object"),
        ({"n": [1]}, {"n": 1}, ("--dialect", "topic-attributes"), "must be a mapping with DataType"),
    ],
)
def test_a_file_that_is_wrong_is_named(
    ask: Ask, pattern: object, event: object, options: tuple[str, ...], says: str
) -> None:
    """In one message, with exit code 2."""
    code, out, err = ask(pattern, event, *options)

    assert (code, out) == (2, "")
    assert says in err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Not a mistake of ours."""
    code = main(["pattern", "no-such-file.json", "-"])

    assert code == 2
    assert "cannot read no-such-file.json: No such file or directory" in capsys.readouterr().err
