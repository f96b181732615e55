"""What does the next line of an event file say?"""

from pathlib import Path

import pytest

from eventsim.errors import ConfigurationError
from eventsim.workload.lines import Lines


def lines_of(folder: Path, name: str, text: str) -> Lines:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return Lines(path, key="workload[0].lines")


def texts(lines: Lines) -> list[str]:
    found = []
    while lines.advance():
        found.append(lines.text)
    return found


def test_json_lines_are_taken_as_they_are(tmp_path: Path) -> None:
    """Empty lines do not count."""
    lines = lines_of(tmp_path, "a.jsonl", '{"a":  1}\n\n[2]\n"ä"')

    assert texts(lines) == ['{"a":  1}', "[2]", '"ä"']


def test_a_csv_line_becomes_an_object_of_texts(tmp_path: Path) -> None:
    """The first line names the fields; a cell may hold a line break."""
    lines = lines_of(tmp_path, "a.csv", 'id,text\n1,"a, b"\n2,"c\nd"\n')

    assert texts(lines) == ['{"id":"1","text":"a, b"}', '{"id":"2","text":"c\\nd"}']


def test_a_text_file_gives_its_lines(tmp_path: Path) -> None:
    """Any other format can be had as text."""
    assert texts(lines_of(tmp_path, "a.txt", "one\n{two\n")) == ["one", "{two"]


def test_a_file_is_not_read_ahead(tmp_path: Path) -> None:
    """A line is read when it is needed: a wrong one far below is not seen before."""
    lines = lines_of(tmp_path, "a.jsonl", "1\n2\n{wrong\n")

    seen = [lines.advance(), lines.advance()]

    assert seen == [True, True]
    with pytest.raises(ConfigurationError, match=r"a\.jsonl:3 is not JSON"):
        lines.advance()
    lines.close()


def test_a_csv_line_of_another_length_is_refused(tmp_path: Path) -> None:
    """The message names file and line."""
    lines = lines_of(tmp_path, "a.csv", "id,text\n1\n")

    with pytest.raises(ConfigurationError, match=r"a\.csv:2 has 1 cells, but the first line names 2"):
        lines.advance()
    lines.close()


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.jsonl", "there is no file"), ("a.xml", r"the kind of file is not known; use \.jsonl")],
)
def test_a_file_that_cannot_be_used_is_refused_at_once(tmp_path: Path, name: str, message: str) -> None:
    """The mistake is shown before the run begins."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        Lines(tmp_path / name, key="workload[0].lines")

    assert caught.value.key == "workload[0].lines"


def test_a_field_that_a_line_lacks_is_named(tmp_path: Path) -> None:
    """The message names file, line and field."""
    lines = lines_of(tmp_path, "a.jsonl", '{"a": 1}\n')
    lines.advance()

    with pytest.raises(ConfigurationError, match=r"a\.jsonl:1 has no field `b`"):
        lines.field("b")
    lines.close()
