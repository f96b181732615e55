"""Was it as expected, and if not, what is there instead?"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from eventsim.clock import Clock
from eventsim.errors import ConfigurationError
from eventsim.expectation.expectation import ExpectationSpec, expectation_of
from eventsim.expectation.expectations import Expectations, Finding
from eventsim.expectation.sentence import parse
from eventsim.loop import VirtualLoop
from eventsim.trace import Trace

S = 1_000_000


class Record:
    """The numbers, objects and trace of a run that a test tells."""

    def __init__(self, folder: Path) -> None:
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.trace = Trace(self.loop)
        self.folder = folder
        self.summary: dict[tuple[str, str], dict[str, int]] = {
            ("queues", "orders"): {
                "sent": 0,
                "received": 0,
                "deleted": 0,
                "dead_lettered": 0,
                "visible": 0,
                "in_flight": 0,
                "delayed": 0,
            },
            ("queues", "orders-dlq"): {"sent": 0, "visible": 0, "in_flight": 0, "delayed": 0},
            ("functions", "charge"): {"invocations": 0, "errors": 0, "cold_starts": 0},
            ("buckets", "photos"): {"objects": 0},
        }
        self.objects: dict[tuple[str, str], bytes] = {}

    def numbers_if_any(self, section: str, name: str) -> Mapping[str, int] | None:
        return self.summary.get((section, name))

    def read(self, bucket: str, key: str) -> bytes | None:
        return self.objects.get((bucket, key))

    def happened(
        self,
        at_s: float,
        kind: str,
        says: str,
        subject: str,
        place: str,
        value: int = 0,
        detail: object = None,
        unit: str = "",
    ) -> None:
        """Record an entry at an instant."""
        self.loop.run_until(round(at_s * S))
        trace = self.trace
        number = trace.kind(kind, says, value=unit)
        trace.record(number, trace.subject(*subject.split(" ")), trace.subject(*place.split(" ")), 0, value, detail)

    def sent(self, at_s: float, message: str) -> None:
        self.happened(at_s, "sent", "{subject} was sent to {place}", f"message {message}", "queue orders")

    def deleted(self, at_s: float, message: str) -> None:
        self.happened(at_s, "deleted", "{subject} was deleted from {place}", f"message {message}", "queue orders")

    def find(self, *sentences: str) -> list[Finding]:
        """Hold sentences against the record as of now."""
        return Expectations([parse(sentence) for sentence in sentences], self).finish()

    def reason(self, sentence: str) -> str:
        """Return why a sentence does not hold, "" when it does."""
        (finding,) = self.find(sentence)
        assert finding.passed == (not finding.reason)
        return finding.reason


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    made = Record(tmp_path)
    yield made
    made.trace.close()
    made.loop.close()


# --- counts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "passed"),
    [
        ("queue orders has 6 messages", True),
        ("queue orders has 3 messages in flight", True),
        ("queue orders has 3 in-flight messages", True),
        ("queue orders has 9 messages sent", True),
        ("queue orders has 9 sent", True),
        ("queue orders has more than 9 sent", False),
        ("queue orders has no visible messages", False),
        ("queue orders has between 1 and 2 delayed messages", True),
    ],
)
def test_a_number_of_the_summary_is_said_in_plain_words(record: Record, sentence: str, passed: bool) -> None:
    """`messages` alone are those that are there: visible, in flight and delayed."""
    record.summary["queues", "orders"] |= {"sent": 9, "visible": 1, "in_flight": 3, "delayed": 2}

    (finding,) = record.find(sentence)

    assert finding.passed == passed


def test_a_wrong_count_gives_the_number_and_the_first_facts(record: Record) -> None:
    """Nobody should have to run it again to learn what happened."""
    record.summary["functions", "charge"]["errors"] = 2
    for at_s in (1.5, 2):
        record.happened(
            at_s, "failed", "{subject} fails: {message}", "invocation i1", "function charge", 5, {"message": "no"}
        )

    reason = record.reason("function charge has 0 errors")

    assert reason == "it has 2; the first: at 1.500 s invocation i1 fails: no; at 2.000 s invocation i1 fails: no"


def test_a_wrong_depth_says_where_the_messages_are(record: Record) -> None:
    """Visible, in flight or delayed make three different stories."""
    record.summary["queues", "orders"] |= {"visible": 1, "delayed": 2}

    assert record.reason("queue orders has 1 message") == "it has 3 (1 visible, 0 in flight, 2 delayed)"


@pytest.mark.parametrize("sentence", ["queue orders has 1 sent", "every message sent to orders is deleted"])
def test_what_is_deleted_during_the_run_is_told_as_gone(record: Record, sentence: str) -> None:
    """It was there when the run began, so the scenario is right; its numbers went with it."""
    del record.summary["queues", "orders"]

    assert record.reason(sentence) == "it is not there any more"


def test_a_number_that_is_not_there_is_refused_before_the_run(record: Record) -> None:
    """The message names the nearest."""
    expectations = Expectations([parse("queue orders has 1 deletd message")], record)

    with pytest.raises(
        ConfigurationError, match=r"queue orders has no number of 'deletd message'; did you mean `deleted`\?"
    ):
        expectations.begin()


# --- every message -----------------------------------------------------------------------------------------


def test_every_message_is_deleted_or_dead_lettered(record: Record) -> None:
    """Nothing open, nothing lost."""
    record.summary["queues", "orders"] |= {"sent": 3, "deleted": 2, "dead_lettered": 1}

    assert record.reason("every message sent to orders is deleted or in its dead-letter queue") == ""


def test_a_message_that_is_still_there_is_named_with_its_last_fact(record: Record) -> None:
    """The first message that is neither deleted nor dead-lettered tells what became of it."""
    record.summary["queues", "orders"] |= {"sent": 2, "deleted": 1, "visible": 1}
    record.sent(1, "m1")
    record.sent(2, "m2")
    record.deleted(3, "m1")

    reason = record.reason("every message sent to orders is deleted")

    assert reason == "of 2 sent: 1 visible; the first: at 2.000 s message m2 was sent to queue orders"


def test_an_expired_message_is_lost(record: Record) -> None:
    """An empty queue alone does not show that everything was processed."""
    record.summary["queues", "orders"] |= {"sent": 2, "deleted": 1}

    assert "1 lost (expired, purged or moved)" in record.reason(
        "every message sent to orders is deleted or dead-lettered"
    )


def test_dead_letters_must_be_allowed(record: Record) -> None:
    """`is deleted` alone means that nothing may fail for good."""
    record.summary["queues", "orders"] |= {"sent": 2, "deleted": 1, "dead_lettered": 1}

    assert record.reason("every message sent to orders is deleted") == "of 2 sent: 1 dead-lettered"


def test_a_dead_letter_elsewhere_is_told(record: Record) -> None:
    """Who names the dead-letter queue means that one."""
    record.summary["queues", "orders"] |= {"sent": 1, "dead_lettered": 1}
    record.happened(4, "dead-lettered", "{subject} moved to {to}", "message m1", "queue orders", 3, {"to": "other"})

    assert (
        record.reason("every message sent to orders is deleted or in orders-dlq")
        == "at 4.000 s message m1 moved to other"
    )


# --- objects, logs, answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("bucket photos has object a.txt", ""),
        ('bucket photos has object a.txt containing "ell"', ""),
        ('bucket photos has object a.txt containing "x"', "it has 5 bytes and begins with 'hello'"),
        ("bucket photos has object b.txt", "there is no such object"),
        ("bucket photos has no object b.txt", ""),
        ("bucket photos has no object a.txt", "it is there, 5 bytes"),
    ],
)
def test_an_object_is_there_or_not_and_has_its_content(record: Record, sentence: str, reason: str) -> None:
    """A wrong content is shown."""
    record.objects["photos", "a.txt"] = b"hello"

    assert record.reason(sentence) == reason


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ('function charge logs "card 7"', ""),
        ("function charge logs /card \\d$/", ""),
        ('function charge logs "card."', "none of its 1 log lines has it"),
        ('function charge never logs "error"', ""),
        ('function charge never logs "card"', "it does: at 2.000 s function charge logs: card 7"),
    ],
)
def test_log_lines_are_searched(record: Record, sentence: str, reason: str) -> None:
    """A text is searched as it is, a regular expression as one."""
    record.happened(2, "logged", "{place} logs: {text}", "invocation i1", "function charge", 0, {"text": "card 7"})

    assert record.reason(sentence) == reason


def test_every_answer_to_the_workload_is_compared(record: Record) -> None:
    """One wrong answer fails, and so does none at all."""
    before = record.reason("function charge returns 1")
    record.happened(1, "answered", "", "feed a", "function charge", 0, {"answer": 1})
    once = record.reason("function charge returns 1")
    record.happened(
        2, "answered", "", "feed a", "function charge", 0, {"answer": {"errorType": "E"}, "error": "Unhandled"}
    )
    twice = record.reason("function charge returns 1")

    assert before == "the workload never invoked it synchronously, or it has not answered yet"
    assert once == ""
    assert twice == 'at 2.000 s it returned {"errorType":"E"}'


# --- latencies ---------------------------------------------------------------------------------------------


def test_latency_runs_from_a_messages_birth_until_it_is_settled(record: Record) -> None:
    """Percentiles are of the nearest rank: nine of ten take one second, the last ten."""
    for number in range(10):
        record.sent(0, f"m{number}")
    for number in range(9):
        record.deleted(1, f"m{number}")
    record.deleted(10, "m9")

    assert record.reason("90 % of messages to orders are settled within 1 s") == ""
    assert record.reason("91 % of messages to orders are settled within 1 s") == (
        "91 % of 10 took up to 10.000 s: at 10.000 s message m9 was deleted from queue orders"
    )


def test_a_message_that_is_never_settled_takes_for_ever(record: Record) -> None:
    """It must not drop out of the percentile."""
    record.sent(0, "m1")

    assert "1 of 1 not settled at all; one of them: at 0.000 s message m1 was sent" in record.reason(
        "all messages to orders are settled within 1 h"
    )


def test_invocations_last_as_long_as_their_entries_say(record: Record) -> None:
    """Whatever kind of entry ends an invocation: its value is the duration."""
    for took_us in (S, 3 * S):
        record.happened(
            5, "succeeded", "{subject} succeeds", "invocation i1", "function charge", took_us, unit="duration_us"
        )

    assert record.reason("50 % of invocations of charge end within 1 s") == ""
    assert "took up to 3.000 s" in record.reason("all invocations of charge end within 1 s")


# --- Python ------------------------------------------------------------------------------------------------

CHECKS = """
def fine(entries):
    assert [entry.kind for entry in entries] == ["sent"]

def text(entries):
    return f"{len(entries)} entries are too many"

def false(entries):
    return False

def failed(entries):
    assert False, "twice"

def broken(entries):
    return 1 / 0
"""


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("fine", ""),
        ("text", "1 entries are too many"),
        ("false", "it returned False"),
        ("failed", "twice"),
        ("broken", "it raised ZeroDivisionError: division by zero"),
    ],
)
def test_a_python_function_judges_the_trace(record: Record, function: str, reason: str) -> None:
    """It gets the entries; what it returns or raises is the reason."""
    (record.folder / "checks.py").write_text(CHECKS)
    record.sent(1, "m1")

    assert record.reason(f"python checks.{function}") == reason


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("missing.check", "there is no file .*missing.py; write `module.function`"),
        ("checks.fin", "has no function `fin`; did you mean `fine`"),
        ("broken.check", "does not import: SyntaxError"),
    ],
)
def test_a_check_that_cannot_be_loaded_is_refused_before_the_run(record: Record, function: str, message: str) -> None:
    """The key leads to its line."""
    (record.folder / "checks.py").write_text(CHECKS)
    (record.folder / "broken.py").write_text("def :")

    with pytest.raises(ConfigurationError, match=message) as caught:
        Expectations([parse(f"python {function}")], record)

    assert caught.value.key == "expect[0]"


# --- when, and in parts ------------------------------------------------------------------------------------


def test_an_expectation_may_hold_at_an_instant(record: Record) -> None:
    """What comes later does not count, and what the run never reached failed."""
    sentences = [
        "at 5 s, queue orders has 1 message",
        "queue orders has 1 message",
        "at 20 s, queue orders has 0 messages",
    ]
    expectations = Expectations([parse(sentence) for sentence in sentences], record)
    record.summary["queues", "orders"]["visible"] = 1
    expectations.begin()
    record.loop.run_until(10 * S)
    record.summary["queues", "orders"]["visible"] = 0

    findings = expectations.finish()

    assert [finding.passed for finding in findings] == [True, False, False]
    assert [finding.text for finding in findings] == sentences
    assert findings[2].reason == "the run ended before, at 10.000 s"


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (ExpectationSpec(of="queue orders", count="messages", is_=1), "queue orders has 1 messages"),
        (
            ExpectationSpec(of="function charge", count="cold_starts", at_most=3),
            "function charge has at most 3 cold starts",
        ),
        (ExpectationSpec(of="queue orders", settled=True), "every message sent to orders is deleted"),
        (ExpectationSpec(of="queue orders", settled="dlq"), "every message sent to orders is deleted or in dlq"),
        (ExpectationSpec(of="bucket photos", object="a b", absent=True), 'bucket photos has no object "a b"'),
        (ExpectationSpec(of="function charge", logs="x"), 'function charge logs "x"'),
        (ExpectationSpec(of="function charge", logs_match="x+", absent=True), "function charge never logs /x+/"),
        (ExpectationSpec(of="function charge", returns=None), "function charge returns null"),
        (ExpectationSpec(of="queue orders", within="5 s"), "100 % of messages to orders are settled within 5 s"),
        (ExpectationSpec(python="checks.fine", at=5), "at 5, python checks.fine"),
    ],
    ids=str,
)
def test_an_expectation_in_parts_says_the_same_as_a_sentence(spec: ExpectationSpec, sentence: str) -> None:
    """Its text is that sentence, so that reports read alike."""
    expectation = expectation_of(spec)

    assert expectation.text == sentence
    assert parse(sentence).claim == expectation.claim


@pytest.mark.parametrize(
    ("spec", "key", "message"),
    [
        (ExpectationSpec(of="queue orders"), "expect[0]", "one of `count`"),
        (ExpectationSpec(of="queue orders", count="sent", logs="x"), "expect[0]", "one of `count`"),
        (ExpectationSpec(count="sent", is_=1), "expect[0]", "say of what"),
        (ExpectationSpec(of="orders", count="sent", is_=1), "expect[0].of", "say of what"),
        (ExpectationSpec(of="queue orders", count="sent"), "expect[0].count", "goes with `is`"),
        (ExpectationSpec(of="queue orders", logs="x"), "expect[0].of", "only be said of a function"),
        (ExpectationSpec(of="bucket photos", within="1 s"), "expect[0].of", "only a queue or a function"),
    ],
    ids=str,
)
def test_parts_that_do_not_fit_are_refused(spec: ExpectationSpec, key: str, message: str) -> None:
    """The key leads to the part."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        expectation_of(spec, key="expect[0]")

    assert caught.value.key == key
