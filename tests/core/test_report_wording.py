"""How are instants, spans, money and entries said in English?"""

from typing import Any

import pytest

from eventsim.report.wording import dollars, instant, named, printable, sentence, shortened_name, span
from eventsim.trace import Entry, Kind


def an_entry(**members: Any) -> Entry:
    """Return an entry about message m7 in queue orders."""
    given = {"number": 1, "at_us": 0, "kind": "sent", "subject": "message m7", "place": "queue orders"}
    return Entry(**{**given, "cause": 0, "value": 0, **members})


@pytest.mark.parametrize(
    ("at_us", "said"),
    [
        pytest.param(0, "00:00:00.000", id="the beginning"),
        pytest.param(120_100_000, "00:02:00.100", id="minutes"),
        pytest.param(250, "00:00:00.000250", id="microseconds"),
        pytest.param(2 * 86_400_000_000 + 10_800_000_000, "2d 03:00:00.000", id="days"),
    ],
)
def test_an_instant_counts_from_the_beginning(at_us: int, said: str) -> None:
    """Milliseconds are always there, microseconds only where they tell something."""
    assert instant(at_us) == said


@pytest.mark.parametrize(
    ("span_us", "said"),
    [
        pytest.param(0, "0 µs", id="none"),
        pytest.param(250_000, "250 ms", id="milliseconds"),
        pytest.param(1_500_000, "1.5 s", id="seconds"),
        pytest.param(60_000_000, "1 minute", id="one minute"),
        pytest.param(7_325_500_000, "2 hours 2 minutes 5 seconds 500 ms", id="everything"),
        pytest.param(86_400_000_000, "1 day", id="a day"),
    ],
)
def test_a_span_is_said_as_people_say_it(span_us: int, said: str) -> None:
    """Units that are nought are left out."""
    assert span(span_us) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        pytest.param(0, "$0", id="nothing"),
        pytest.param(2.1e-7, "$0.000000210", id="next to nothing"),
        pytest.param(0.0345, "$0.0345", id="cents"),
        pytest.param(1234.5, "$1,234.50", id="a lot"),
    ],
)
def test_small_amounts_of_money_keep_three_digits(amount: float, said: str) -> None:
    """A single request costs so little that two decimals would hide it."""
    assert dollars(amount) == said


def test_a_kind_tells_its_sentence_with_names_and_amounts() -> None:
    """A value that the sentence does not use stands behind it, with its unit."""
    kind = Kind("sent", "{subject} was sent to {place} by {who}", value="size_bytes")

    said = sentence(an_entry(value=1_024, detail={"who": "a test"}), kind)

    assert said == "message m7 was sent to queue orders by a test (size 1,024 bytes)"


def test_one_of_many_is_said_in_the_singular() -> None:
    """The sentences of kinds are written for many."""
    kind = Kind("polled", "{place} received {value} messages", value="count")

    assert sentence(an_entry(value=1), kind) == "queue orders received 1 message"


def test_long_texts_are_told_by_their_first_line() -> None:
    """A traceback would drown the story; the log has it."""
    kind = Kind("logged", "{place} logs: {text}")
    entry = an_entry(detail={"text": "[ERROR] ValueError: no\nTraceback …\n  line 1"})

    assert sentence(entry, kind) == "queue orders logs: [ERROR] ValueError: no … (2 more lines)"


def test_a_word_that_is_missing_is_no_error() -> None:
    """A trace may come from another version."""
    assert sentence(an_entry(), Kind("moved", "{subject} went to {to}")) == "message m7 went to ?"


def test_text_cannot_play_tricks_on_a_terminal() -> None:
    """Keys and log lines come from outside and may hold escape sequences."""
    assert printable("a\x1b[31mb\r") == "a\\x1b[31mb\\r"


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        pytest.param("caller outside", "somebody outside", id="outside"),
        pytest.param("caller arn:aws:lambda:us-east-1:1:function:resize", "function resize", id="a function"),
        pytest.param("caller arn:aws:states:eu-west-1:1:execution:refund:r7", "execution refund:r7", id="an execution"),
        pytest.param("operation sqs.SendMessage", "sqs.SendMessage", id="an operation"),
        pytest.param("queue orders", "queue orders", id="a queue"),
    ],
)
def test_subjects_are_called_as_people_call_them(subject: str, said: str) -> None:
    """ARNs of callers are for machines."""
    assert named(subject) == said


def test_what_cloudformation_put_behind_a_name_goes_first() -> None:
    """Two queues of a stack are told apart by what people called them."""
    assert shortened_name("queue payments-Payments-OAQAUI89S0PX4", 28) == "queue payments-Payments-…"


def test_a_long_name_is_cut_in_the_middle() -> None:
    """Beginning and end of a key tell most."""
    assert shortened_name("a" * 40 + "b" * 40, 21) == "a" * 10 + "…" + "b" * 10
