"""Was it as expected? Claims held against numbers and trace of a run; one that fails says what is there instead."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, assert_never

import msgspec
from msgspec import Struct

from eventsim.clock import Clock
from eventsim.companion import load_function
from eventsim.errors import ConfigurationError
from eventsim.expectation.expectation import (
    Answered,
    Claim,
    Count,
    Expectation,
    Logged,
    Object,
    Place,
    Python,
    Replied,
    Settled,
    Within,
)
from eventsim.spelling import did_you_mean
from eventsim.trace import Entry, Trace

FACTS_SHOWN_MAX = 3
TEXT_SHOWN_MAX = 200


class Finding(Struct, frozen=True, kw_only=True):
    """What came of one expectation.

    Attributes:
        reason: what is there instead, "" when it passed.
    """

    text: str
    passed: bool
    reason: str = ""


class Evidence(Protocol):
    """What expectations may look at: the state of the world as of now, and everything that happened."""

    clock: Clock
    trace: Trace
    folder: Path

    def numbers_if_any(self, section: str, name: str) -> Mapping[str, int] | None:
        """Return the summary's numbers of a function or source as of now, None if there is none of this name."""

    def read(self, bucket: str, key: str) -> bytes | None:
        """Return the content of an object as of now, None if there is none; the trace does not tell of it."""


class Expectations:
    """The expectations of a run, each judged at its instant or at the end.

    Args:
        expectations: in the order in which they are reported.
        elsewhere: those of other parts of the run, which are reported after these.
    """

    def __init__(
        self, expectations: Sequence[Expectation], evidence: Evidence, elsewhere: "Sequence[Expectations]" = ()
    ) -> None:
        self._elsewhere = elsewhere
        self._expectations = tuple(expectations)
        self._evidence = evidence
        self._findings: dict[int, Finding] = {}
        self._checks = {
            index: load_function(expectation.claim.function, evidence.folder, key=f"expect[{index}]")
            for index, expectation in enumerate(self._expectations)
            if isinstance(expectation.claim, Python)
        }

    def begin(self) -> None:
        """Check that everything spoken of is there, and wait for the instants.

        Raises:
            ConfigurationError: a claim speaks of what is not there; `key` names it.
        """
        self.check()
        for index, expectation in enumerate(self._expectations):
            if expectation.at_us is not None:
                self._evidence.clock.at(expectation.at_us, self._judge, index)

    def check(self) -> None:
        """Check that everything spoken of is there.

        Raises:
            ConfigurationError: a claim speaks of what is not there; `key` names it.
        """
        for index, expectation in enumerate(self._expectations):
            self._check(expectation.claim, f"expect[{index}]")

    def finish(self) -> list[Finding]:
        """Judge what is still open, and return all findings in order."""
        for index, expectation in enumerate(self._expectations):
            if index in self._findings:
                continue
            if expectation.at_us is None:
                self._judge(index)
            else:
                reason = f"the run ended before, at {_seconds(self._evidence.clock.now_us)}"
                self._findings[index] = Finding(text=expectation.text, passed=False, reason=reason)
        own = [self._findings[index] for index in range(len(self._expectations))]
        return [*own, *(finding for each in self._elsewhere for finding in each.finish())]

    def _check(self, claim: Claim, key: str) -> None:
        for place in places_of(claim):
            numbers = self._evidence.numbers_if_any(place.section, place.name)
            if numbers is None:
                raise ConfigurationError(f"there is no {place}", key=key)
            if isinstance(claim, Count):
                count_of(numbers, claim.noun, place, key=key)

    def _judge(self, index: int) -> None:
        expectation = self._expectations[index]
        check = self._checks.get(index)
        reason = _run_check(check, self._evidence.trace) if check else judge(expectation.claim, self._evidence)
        self._findings[index] = Finding(text=expectation.text, passed=not reason, reason=reason)


def judge(claim: Claim, evidence: Evidence) -> str:
    """Return why a claim does not hold now, "" when it does."""
    match claim:
        case Count():
            return _judge_count(claim, evidence)
        case Settled():
            return _judge_settled(claim, evidence)
        case Object():
            return _judge_object(claim, evidence)
        case Logged():
            return _judge_logged(claim, evidence.trace)
        case Answered():
            return _judge_answered(claim, evidence.trace)
        case Replied():
            return _judge_replied(claim, evidence.trace)
        case Within():
            return _judge_within(claim, evidence.trace)
        case Python(function=function):
            return _run_check(load_function(function, evidence.folder), evidence.trace)
        case _:
            assert_never(claim)


def places_of(claim: Claim) -> Iterator[Place]:
    """Yield everything that a claim speaks of."""
    match claim:
        case Count(of=of) | Within(of=of):
            yield of
        case Settled(queue=queue, dead_letter=dead_letter):
            yield Place("queue", queue)
            if dead_letter:
                yield Place("queue", dead_letter)
        case Object(bucket=bucket):
            yield Place("bucket", bucket)
        case Logged(function=function) | Answered(function=function):
            yield Place("function", function)


# --- counts ------------------------------------------------------------------------------------------------

_PRESENT = ("visible", "in_flight", "delayed")
_GONE = "it is not there any more"

_FACTS = {
    "errors": ("failed", "timed out", "init failed"),
    "timeouts": ("timed out",),
    "throttles": ("throttled",),
    "cold_starts": ("cold start",),
    "dead_lettered": ("dead-lettered",),
    "recursions": ("recursion stopped",),
    "objects": ("object created",),
    "published": ("message published",),
    "delivered": ("message delivered",),
    "filtered_out": ("message filtered out",),
    "captured": ("message captured",),
    "duplicates": ("message repeated",),
    "throttled": ("put throttled", "item write throttled", "item read throttled"),
}
"""Which kinds of entry a number of the summary counts, where the words differ."""


def count_of(numbers: Mapping[str, int], noun: str, place: Place, *, key: str = "") -> int:
    """Return the number that a noun means, among the numbers of the summary.

    Raises:
        ConfigurationError: there is none of this name.
    """
    name = _number_name(noun)
    if not name:
        return sum(numbers.get(part, 0) for part in _PRESENT)
    for candidate in (name, f"{name}s"):
        if candidate in numbers:
            return numbers[candidate]
    known = [number.replace("_", " ") for number in numbers]
    raise ConfigurationError(f"{place} has no number of {noun!r}{did_you_mean(name.replace('_', ' '), known)}", key=key)


def _number_name(noun: str) -> str:
    """Return `in_flight` for `messages in flight`, "" for `messages` alone."""
    words = re.sub(r"\bmessages?\b", "", noun.lower().replace("-", " ").replace("_", " "))
    return "_".join(words.split())


def _judge_count(claim: Count, evidence: Evidence) -> str:
    numbers = evidence.numbers_if_any(claim.of.section, claim.of.name)
    if numbers is None:
        return _GONE
    count = count_of(numbers, claim.noun, claim.of)
    if claim.least <= count and (claim.most is None or count <= claim.most):
        return ""
    name = _number_name(claim.noun)
    if not name:
        parts = ", ".join(f"{numbers[part]} {part.replace('_', ' ')}" for part in _PRESENT if part in numbers)
        return f"it has {count} ({parts})" if count else "it has none"
    kinds = _FACTS.get(name) or _FACTS.get(f"{name}s") or (name.replace("_", " "),)
    return f"it has {count or 'none'}" + _first_facts(evidence.trace, kinds, str(claim.of))


def _judge_settled(claim: Settled, evidence: Evidence) -> str:
    numbers = evidence.numbers_if_any("queues", claim.queue)
    if numbers is None:
        return _GONE
    open_count = sum(numbers.get(part, 0) for part in _PRESENT)
    dead_count = numbers.get("dead_lettered", 0)
    lost_count = max(0, numbers.get("sent", 0) - numbers.get("deleted", 0) - dead_count - open_count)
    faults = [f"{numbers[part]} {part.replace('_', ' ')}" for part in _PRESENT if numbers.get(part)]
    if lost_count:
        faults.append(f"{lost_count} lost (expired, purged or moved)")
    if claim.dead_letter is None and dead_count:
        faults.append(f"{dead_count} dead-lettered")
    if not faults:
        return _elsewhere(claim, evidence.trace) if claim.dead_letter and dead_count else ""
    first = _first_unsettled(claim, evidence.trace)
    return f"of {numbers.get('sent', 0)} sent: {', '.join(faults)}" + (f"; the first: {first}" if first else "")


def _elsewhere(claim: Settled, trace: Trace) -> str:
    """Tell of the first dead letter that went to another queue than the claim names."""
    for entry in _entries_at(trace, "dead-lettered", f"queue {claim.queue}"):
        if entry.detail["to"] != claim.dead_letter:
            return tell(entry, trace)
    return ""


def _first_unsettled(claim: Settled, trace: Trace) -> str:
    """Tell what happened last to the first message that is neither deleted nor, if allowed, dead-lettered."""
    place = f"queue {claim.queue}"
    ends = ("deleted",) if claim.dead_letter is None else ("deleted", "dead-lettered")
    latest: dict[str, Entry] = {}
    for entry in trace.entries():
        if entry.place != place or not entry.subject:
            continue
        if entry.kind in ends:
            latest.pop(entry.subject, None)
        elif entry.kind == "sent" or entry.subject in latest:
            latest[entry.subject] = entry
    first = next(iter(latest.values()), None)
    return tell(first, trace) if first is not None else ""


# --- objects, logs, answers --------------------------------------------------------------------------------


def _judge_object(claim: Object, evidence: Evidence) -> str:
    data = evidence.read(claim.bucket, claim.key)
    if data is None:
        return "there is no such object" if claim.is_there else ""
    if not claim.is_there:
        created = _first_facts(evidence.trace, ("object created",), f"bucket {claim.bucket}", claim.key)
        return f"it is there, {len(data):,} bytes{created}"
    if claim.contains.encode() not in data:
        return f"it has {len(data):,} bytes and begins with {_shortened(data.decode(errors='replace'))!r}"
    return ""


def _judge_logged(claim: Logged, trace: Trace) -> str:
    pattern = re.compile(claim.text if claim.is_regex else re.escape(claim.text))
    count = 0
    for entry in _entries_at(trace, "logged", f"function {claim.function}"):
        count += 1
        if pattern.search(_log_text(entry)):
            return "" if claim.is_there else f"it does: {tell(entry, trace)}"
    if not claim.is_there:
        return ""
    return f"none of its {count} log lines has it" if count else "it logs nothing at all"


def _log_text(entry: Entry) -> str:
    return str(entry.detail["text"])


def _judge_answered(claim: Answered, trace: Trace) -> str:
    count = 0
    for entry in _entries_at(trace, "answered", f"function {claim.function}"):
        count += 1
        if entry.detail["answer"] != claim.answer or "error" in entry.detail:
            answer = _shortened(msgspec.json.encode(entry.detail["answer"]).decode())
            return f"at {_seconds(entry.at_us)} it returned {answer}"
    return "" if count else "the workload never invoked it synchronously, or it has not answered yet"


def _judge_replied(claim: Replied, trace: Trace) -> str:
    feed, count = f"feed {claim.feed}", 0
    for entry in trace.entries(("reply as expected", "reply not as expected")):
        if entry.subject == feed:
            count += 1
            if entry.kind == "reply not as expected":
                return tell(entry, trace)
    return "" if count else "none of its requests has been answered"


# --- latencies ---------------------------------------------------------------------------------------------


def _judge_within(claim: Within, trace: Trace) -> str:
    spans = _message_spans(claim.of, trace) if claim.of.kind == "queue" else _invocation_spans(claim.of, trace)
    if not spans:
        return "there was none"
    spans.sort(key=lambda span: span[0])
    worst_us, entry = spans[math.ceil(len(spans) * claim.percentile / 100) - 1]
    if worst_us <= claim.within_us:
        return ""
    if worst_us == math.inf:
        count = sum(span_us == math.inf for span_us, _ in spans)
        return f"{count} of {len(spans)} not settled at all; one of them: {tell(entry, trace)}"
    return f"{claim.percentile:g} % of {len(spans)} took up to {_seconds(worst_us)}: {tell(entry, trace)}"


def _message_spans(of: Place, trace: Trace) -> list[tuple[float, Entry]]:
    """Return how long each message took from its birth until it was deleted, for ever if it was not."""
    place = str(of)
    open_: dict[str, Entry] = {}
    spans: list[tuple[float, Entry]] = []
    for entry in trace.entries(("sent", "deleted")):
        if entry.kind == "sent" and entry.place == place:
            open_[entry.subject] = entry
        elif entry.kind == "deleted" and (born := open_.pop(entry.subject, None)) is not None:
            spans.append((entry.at_us - born.at_us, entry))
    return spans + [(math.inf, entry) for entry in open_.values()]


def _invocation_spans(of: Place, trace: Trace) -> list[tuple[float, Entry]]:
    """Return the duration of each invocation: whatever its function's entries call `duration_us`."""
    kinds = {kind.name for kind in trace.kinds if kind.value == "duration_us"}
    place = str(of)
    return [(entry.value, entry) for entry in trace.entries(kinds) if entry.place == place]


# --- Python ------------------------------------------------------------------------------------------------

Check = Callable[[list[Entry]], object]


def _run_check(check: Check, trace: Trace) -> str:
    try:
        answer = check(list(trace.entries()))
    except AssertionError as error:
        return str(error) or "an assertion failed"
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything
        return f"it raised {type(error).__name__}: {error}"
    if isinstance(answer, str):
        return answer
    return "it returned False" if answer is False else ""


# --- telling -----------------------------------------------------------------------------------------------


def tell(entry: Entry, trace: Trace) -> str:
    """Tell one entry in a line: when, and its kind's sentence."""
    says = next((kind.says for kind in trace.kinds if kind.name == entry.kind), "")
    words: dict[str, object] = {"subject": entry.subject, "place": entry.place, "value": entry.value}
    if isinstance(entry.detail, Mapping):
        words |= {name: value for name, value in entry.detail.items() if name not in words}
    sentence = re.sub(r"\{(\w+)\}", lambda match: str(words.get(match[1], match[0])), says)
    return f"at {_seconds(entry.at_us)} {_shortened(sentence)}"


def _first_facts(trace: Trace, kinds: Sequence[str], place: str, word: str = "") -> str:
    facts: list[str] = []
    if any(trace.count(kind, place) for kind in kinds):
        for entry in trace.entries(kinds):
            if entry.place == place and word in entry.subject:
                facts.append(tell(entry, trace))
                if len(facts) == FACTS_SHOWN_MAX:
                    break
    return f"; the first: {'; '.join(facts)}" if facts else ""


def _entries_at(trace: Trace, kind: str, place: str) -> Iterator[Entry]:
    if trace.count(kind, place):
        yield from (entry for entry in trace.entries((kind,)) if entry.place == place)


def _seconds(at_us: float) -> str:
    return f"{at_us / 1e6:.3f} s"


def _shortened(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN_MAX else f"{text[:TEXT_SHOWN_MAX]}…"
