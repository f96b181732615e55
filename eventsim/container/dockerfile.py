"""What does a Dockerfile say? Its instructions, one after another, and the variables in them.

The syntax is that of the Dockerfile reference: comments, lines that go on, here-documents, the two forms of arguments.
"""

import re
import shlex
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

_ESCAPE = re.compile(r"#\s*escape\s*=\s*([`\\])\s*", re.IGNORECASE)
_HERE_DOCUMENT = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?\s+")
_VARIABLE = re.compile(r"\\\$|\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))")
_LIST = msgspec.json.Decoder(list[str])


class Instruction(Struct, frozen=True, gc=False):
    """One instruction.

    Attributes:
        line: where it begins, from 1.
        name: `COPY`, in capitals.
        flags: what its `--name=value` say.
        text: the rest.
        has_document: whether what it copies or runs stands in the Dockerfile itself.
    """

    line: int
    name: str
    flags: Mapping[str, str]
    text: str
    has_document: bool = False

    @property
    def in_brackets(self) -> list[str] | None:
        """Its arguments, if they stand in brackets as a list of JSON."""
        try:
            return _LIST.decode(self.text)
        except msgspec.MsgspecError:
            return None

    @property
    def words(self) -> list[str]:
        """Its arguments; a quotation mark that has no other is a letter."""
        listed = self.in_brackets
        if listed is not None:
            return listed
        try:
            return shlex.split(self.text)
        except ValueError:
            return self.text.split()

    @property
    def command(self) -> tuple[str, ...]:
        """The command that `CMD` or `ENTRYPOINT` mean; what is no list is for a shell."""
        listed = self.in_brackets
        return ("/bin/sh", "-c", self.text) if listed is None else tuple(listed)

    @property
    def pairs(self) -> dict[str, str]:
        """The variables that `ENV` or `ARG` set: `A=1 B=2`, or the older `A 1`; without a value, `""`."""
        words = self.words
        if len(words) > 1 and "=" not in words[0]:
            return {words[0]: self.text.partition(words[0])[2].strip()}
        return {name: value for name, _, value in (word.partition("=") for word in words)}


def read_dockerfile(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile."""
    lines = text.splitlines()
    escape = next((match[1] for line in lines[:1] if (match := _ESCAPE.fullmatch(line))), "\\")
    numbered = iter(enumerate(lines, 1))
    for number, line in numbered:
        whole = line.strip()
        if not whole or whole.startswith("#"):
            continue
        while whole.endswith(escape):
            whole = whole.removesuffix(escape) + next(_more(numbered), "")
        name, _, rest = whole.partition(" ")
        documents = [match[2] for match in _HERE_DOCUMENT.finditer(rest)] if name.upper() in _WITH_DOCUMENTS else []
        for end in documents:
            while next(numbered, (0, end))[1].strip() != end:
                continue
        flags, arguments = _flags(rest.strip())
        yield Instruction(number, name.upper(), flags, arguments, bool(documents))


_WITH_DOCUMENTS = ("RUN", "COPY", "ADD")


def _more(numbered: Iterator[tuple[int, str]]) -> Iterator[str]:
    """Yield the lines by which an instruction goes on; comments between them are none."""
    return (line.strip() for _, line in numbered if line.strip() and not line.lstrip().startswith("#"))


def _flags(text: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    while match := _FLAG.match(text):
        flags[match[1]] = match[2] or ""
        text = text[match.end() :]
    return flags, text


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with `$NAME`, `${NAME}`, `${NAME:-else}` and `${NAME:+instead}` filled in."""

    def value(match: re.Match[str]) -> str:
        if match[0] == r"\$":
            return "$"
        found = variables.get(match[1] or match[4], "")
        if match[2] == "-":
            return found or match[3]
        return match[3] if match[2] == "+" and found else "" if match[2] == "+" else found

    return _VARIABLE.sub(value, text)
