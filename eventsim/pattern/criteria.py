"""Does a mapping take this record, or filter it out?

A filter's pattern is matched against the record with its payload decoded: a queue's `body`, a stream's `data`. The
payload's format is part of the filter: a pattern that looks into the payload (`{"body": {"k": [...]}}`) never takes a
record whose payload is plain text, and one that compares the payload as text (`{"body": ["go"]}`) never takes a JSON
payload. A pattern that does not mention the payload filters by the metadata only.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from eventsim.pattern.compiled import Explanation, Pattern, compile_pattern, nearest
from eventsim.pattern.dialect import POLLER, POLLER_FILTERS_MAX, POLLER_PATTERN_CHARS_MAX
from eventsim.pattern.notation import Fault, PatternError, read_event

_TEXT: Final = "text"
_JSON: Final = "a JSON object"


class FilterCriteria:
    """The filters of one event source mapping: a record is taken if any pattern matches, or if there is none."""

    __slots__ = ("_patterns",)

    def __init__(self, patterns: Sequence[str | Mapping[str, object]]) -> None:
        """Compile the patterns, given as JSON text or decoded.

        Raises:
            PatternError: there are too many patterns, or one is not legal.
        """
        if len(patterns) > POLLER_FILTERS_MAX:
            raise _refused(f"a mapping has at most {POLLER_FILTERS_MAX} filters, not {len(patterns)}")
        for pattern in patterns:
            if isinstance(pattern, str) and len(pattern) > POLLER_PATTERN_CHARS_MAX:
                raise _refused(f"a pattern has at most {POLLER_PATTERN_CHARS_MAX} characters, not {len(pattern)}")
        self._patterns = tuple(compile_pattern(pattern, POLLER) for pattern in patterns)

    def matches(self, record: Mapping[str, object], payload_key: str) -> bool:
        """Tell whether the record is taken.

        Args:
            record: the record as the function gets it, but with the payload as text.
            payload_key: where the payload stands: `body`, `data`.
        """
        if not self._patterns:
            return True
        decoded, found = _decode(record, payload_key)
        return any(
            _wanted_format(pattern, payload_key) in {None, found} and pattern.matches(decoded)
            for pattern in self._patterns
        )

    def wants_text(self, payload_key: str) -> bool:
        """Tell whether some filter compares the payload as plain text, which streams do not allow."""
        return any(_wanted_format(pattern, payload_key) == _TEXT for pattern in self._patterns)

    def explain(self, record: Mapping[str, object], payload_key: str) -> Explanation:
        """Tell why `matches` says what it says; slower."""
        if not self._patterns:
            return Explanation(matched=True)
        decoded, found = _decode(record, payload_key)
        explanations = []
        for pattern in self._patterns:
            wanted = _wanted_format(pattern, payload_key)
            if wanted in {None, found}:
                explanations.append(pattern.explain(decoded))
            else:
                explanations.append(Explanation(matched=False, key=payload_key, found=found, wanted=str(wanted)))
        return explanations[0] if len(explanations) == 1 else nearest(explanations)


def _refused(reason: str) -> PatternError:
    return Fault(reason).told_by(POLLER)


def _decode(record: Mapping[str, object], payload_key: str) -> tuple[dict[str, object], str]:
    """Put the decoded payload in the record's place for it, and tell its format."""
    payload = record.get(payload_key)
    if isinstance(payload, str):
        try:
            document = read_event(payload)
        except ValueError:
            return dict(record), _TEXT
        if isinstance(document, dict):
            return {**record, payload_key: document}, _JSON
    return dict(record), _TEXT


def _wanted_format(pattern: Pattern, payload_key: str) -> str | None:
    """Tell which format of the payload the pattern asks for, None for any."""
    if payload_key in pattern.paths:
        return _TEXT
    return _JSON if payload_key in pattern.parents else None


class ForgivingCriteria:
    """The filters of a mapping of Kafka or Amazon MQ.

    Where a payload has not the format that a pattern asks for, that part of the pattern is ignored and the others count
    (documented). A payload that is missing is compared as it is: it matches nothing but `exists`.

    Args:
        patterns: as `FilterCriteria` takes them.
        payload_keys: where payloads stand: `key`, `value`.

    Raises:
        PatternError: there are too many patterns, or one is not legal.
    """

    __slots__ = ("_patterns", "_payload_keys")

    def __init__(self, patterns: Sequence[str | Mapping[str, object]], payload_keys: Sequence[str]) -> None:
        FilterCriteria(patterns)
        self._payload_keys = payload_keys
        self._patterns = [_Lessening(pattern) for pattern in patterns]

    def matches(self, record: Mapping[str, object]) -> bool:
        """Tell whether the record is taken.

        Args:
            record: the record as the function gets it, but with payloads as text, those left out that are none.
        """
        decoded, formats = self._decode(record)
        return not self._patterns or any(each.for_formats(formats).matches(decoded) for each in self._patterns)

    def explain(self, record: Mapping[str, object]) -> Explanation:
        """Tell why `matches` says what it says; slower."""
        if not self._patterns:
            return Explanation(matched=True)
        decoded, formats = self._decode(record)
        explanations = [each.for_formats(formats).explain(decoded) for each in self._patterns]
        return explanations[0] if len(explanations) == 1 else nearest(explanations)

    def _decode(self, record: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        """Return the record with its payloads decoded, and the format of each."""
        decoded, formats = dict(record), {}
        for key in self._payload_keys:
            if key in decoded:
                decoded, formats[key] = _decode(decoded, key)
                if not isinstance(record[key], str):
                    formats[key] = "neither"
        return decoded, formats


class _Lessening:
    """A pattern, and what is left of it without some of its payloads."""

    __slots__ = ("_given", "_known", "_whole")

    def __init__(self, pattern: str | Mapping[str, object]) -> None:
        self._given = pattern
        self._whole = compile_pattern(pattern, POLLER)
        self._known: dict[frozenset[str], Pattern] = {}

    def for_formats(self, formats: Mapping[str, str]) -> Pattern:
        """Return what counts for payloads of these formats."""
        ignored = frozenset(
            key for key, found in formats.items() if _wanted_format(self._whole, key) not in {None, found}
        )
        if not ignored:
            return self._whole
        if ignored not in self._known:
            self._known[ignored] = compile_pattern(self._given, POLLER, ignored=ignored)
        return self._known[ignored]
