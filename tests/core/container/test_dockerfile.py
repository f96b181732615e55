"""What does a Dockerfile say?"""

import pytest

from eventsim.container.dockerfile import filled, read_dockerfile


def test_instructions_go_on_over_lines_and_comments() -> None:
    """A comment between two lines of an instruction is none of its words."""
    found = list(read_dockerfile("# first\nrun a && \\\n   # why\n\n   b\n\nCMD c\n"))

    assert [(each.line, each.name, each.text) for each in found] == [(2, "RUN", "a && b"), (7, "CMD", "c")]


def test_lines_may_go_on_by_another_sign() -> None:
    """A directive in the first line says by which."""
    (found,) = read_dockerfile("# escape=`\nCOPY C:\\ `\n  D:\\\n")

    assert found.text == "C:\\ D:\\"


def test_flags_stand_before_the_arguments() -> None:
    """A flag may have a value."""
    (found,) = read_dockerfile("COPY --from=build --link /a --b=c\n")

    assert (dict(found.flags), found.words) == ({"from": "build", "link": ""}, ["/a", "--b=c"])


def test_a_here_document_is_passed_over() -> None:
    """What stands in it are no instructions."""
    found = list(read_dockerfile('RUN <<EOF\nFROM nothing\nEOF\nCOPY <<A <<B /x/\n1\nA\n2\nB\nCMD ["a"]\n'))

    assert [(each.name, each.has_document) for each in found] == [("RUN", True), ("COPY", True), ("CMD", False)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('COPY ["a b", "c"]', ["a b", "c"]),
        ("COPY a  b/ c", ["a", "b/", "c"]),
        ("ENV A=\"x y\" B='z' C=1", ["A=x y", "B=z", "C=1"]),
    ],
    ids=["list", "words", "quoted"],
)
def test_arguments_are_words_or_a_list(text: str, words: list[str]) -> None:
    """Names with blanks stand in a list."""
    (found,) = read_dockerfile(text)

    assert found.words == words


def test_variables_are_set_in_two_ways() -> None:
    """The older one sets one variable, to the rest of the line."""
    pairs = [each.pairs for each in read_dockerfile('ENV A=1 B="2 3"\nENV C 4 5\nARG D\nARG E=6')]

    assert pairs == [{"A": "1", "B": "2 3"}, {"C": "4 5"}, {"D": ""}, {"E": "6"}]


def test_a_command_that_is_no_list_is_for_a_shell() -> None:
    """As Docker has it."""
    first, second = read_dockerfile('CMD ["app.handler"]\nCMD app.handler')

    assert (first.command, second.command) == (("app.handler",), ("/bin/sh", "-c", "app.handler"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A/${A}", "1/1"),
        ("${B:-x}${A:-x}", "x1"),
        ("${B:+x}${A:+x}", "x"),
        (r"\$A $B.", "$A ."),
    ],
)
def test_variables_are_filled_in(text: str, value: str) -> None:
    """What is not set is nothing."""
    assert filled(text, {"A": "1"}) == value


def test_a_quotation_without_an_end_is_none() -> None:
    """Its mark is a letter."""
    (found,) = read_dockerfile('COPY "a b')

    assert found.words == ['"a', "b"]
