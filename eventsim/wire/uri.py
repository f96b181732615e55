"""Which operation do a method, a path and a query mean? For the protocols whose operations have a URI each.

Several operations may share a path: S3 tells `GetObjectAcl` from `GetObject` by `?acl`, and `UploadPart` from
`PutObject` by the query parameters that it requires. So all that fit are weighed, and the most particular one is meant.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

from eventsim.wire.http import Headers
from eventsim.wire.models import Operation, Service
from eventsim.wire.text import Unreadable

Query = Mapping[str, Sequence[str]]

_FIELDS_MAX: Final = 10_000
"""Query parameters and form fields of one request; ten messages with ten attributes take 500."""

_ELSEWHERE: Final = frozenset({"ListDirectoryBuckets"})
"""Operations that share method and path with another one, but live at an endpoint of their own."""


class Match(Struct, frozen=True, gc=False):
    """An operation that a request means, and the labels of its path, decoded."""

    operation: Operation
    labels: Mapping[str, str]


class _Template(Struct, frozen=True, gc=False):
    operation: Operation
    segments: tuple[str, ...]
    words: tuple[tuple[int, str], ...]
    is_greedy: bool
    literals: tuple[tuple[str, str], ...]
    required_query: tuple[str, ...]
    required_headers: tuple[str, ...]

    def fits(self, segments: Sequence[str], query: Query) -> bool:
        """Tell whether the query says what the template says, and the path has its words."""
        for at, word in self.words:
            if segments[at] != word:
                return False
        return not self.literals or self._says(query)

    def _says(self, query: Query) -> bool:
        return all(name in query and value in ("", query[name][0]) for name, value in self.literals)

    def weight(self, query: Query, headers: Headers) -> tuple[int, int, bool, int, bool]:
        """Return how particular the template is for this request; the deprecated yield to their successors."""
        is_satisfied = all(name in query for name in self.required_query) and all(
            name in headers for name in self.required_headers
        )
        required = len(self.required_query) + len(self.required_headers)
        is_current = not self.operation.is_deprecated
        return len(self.words), len(self.literals), is_satisfied, required if is_satisfied else -required, is_current

    def labels(self, segments: Sequence[str]) -> dict[str, str]:
        """Return the path's labels, decoded."""
        if self.is_greedy:
            last = len(self.segments) - 1
            segments = [*segments[:last], "/".join(segments[last:])]
        return {
            ours[1:-1].rstrip("+"): _decoded(theirs)
            for ours, theirs in zip(self.segments, segments, strict=True)
            if ours.startswith("{")
        }


def read_query(text: str) -> dict[str, list[str]]:
    """Return the parameters of a query string or a form, in order of their first appearance.

    Raises:
        Unreadable: there are too many, or they are not UTF-8.
    """
    query: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX):
            query.setdefault(name, []).append(value)
    except ValueError as error:  # UnicodeDecodeError is one
        raise Unreadable("query string", where="query") from error
    return query


def match(service: Service, method: str, path: str, query: Query, headers: Headers) -> Match | None:
    """Return the operation that a request means, or None.

    Raises:
        Unreadable: the path is not UTF-8.
    """
    segments = path.split("/")[1:]
    whole = segments[:-1] if segments and not segments[-1] else segments
    fixed, greedy = _templates(service)
    fitting = [template for template in fixed.get((method, len(whole)), ()) if template.fits(whole, query)]
    fitting += [
        template
        for template in greedy.get(method, ())
        if "/".join(segments[len(template.segments) - 1 :]) and template.fits(segments, query)
    ]
    if not fitting:
        return None
    best = max(fitting, key=lambda template: template.weight(query, headers))
    return Match(best.operation, best.labels(segments if best.is_greedy else whole))


@cache
def _templates(service: Service) -> tuple[dict[tuple[str, int], list[_Template]], dict[str, list[_Template]]]:
    """Return a service's templates: those of a fixed length by method and length, and the greedy ones by method."""
    fixed: dict[tuple[str, int], list[_Template]] = {}
    greedy: dict[str, list[_Template]] = {}
    for operation in service.operations():
        if operation.name in _ELSEWHERE:
            continue
        template = _template(operation)
        if template.is_greedy:
            greedy.setdefault(operation.method, []).append(template)
        else:
            fixed.setdefault((operation.method, len(template.segments)), []).append(template)
    return fixed, greedy


def _template(operation: Operation) -> _Template:
    path, _, query = operation.uri.partition("?")
    segments = tuple(segment for segment in path.split("/") if segment)
    members = {} if operation.input is None else operation.input.members
    required = [] if operation.input is None else [(name, members[name]) for name in operation.input.required]
    return _Template(
        operation=operation,
        segments=segments,
        words=tuple((at, segment) for at, segment in enumerate(segments) if not segment.startswith("{")),
        is_greedy=bool(segments) and segments[-1].endswith("+}"),
        literals=tuple(parse_qsl(query, keep_blank_values=True)),
        required_query=tuple(shape.wire_name or name for name, shape in required if shape.location == "querystring"),
        required_headers=tuple(
            (shape.wire_name or name).lower() for name, shape in required if shape.location == "header"
        ),
    )


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Unreadable("URI", text, "path") from error
