"""Is the story of a message complete, and free of what belongs to others?"""

from typing import Any

import pytest

from eventsim.errors import ConfigurationError
from eventsim.report.story import list_subjects, tell_story
from eventsim.trace import Trace

S = 1_000_000


class Tale:
    """A trace that a test tells entry by entry."""

    def __init__(self) -> None:
        self.now_us = 0
        self.trace = Trace(self)
        self.numbers: dict[str, int] = {}

    def happens(
        self,
        at_us: int,
        kind: str,
        says: str,
        subject: str,
        place: str = "",
        *,
        cause: int = 0,
        value: int = 0,
        detail: Any = None,
    ) -> int:
        """Record a fact; subjects are full names such as `message m1`."""
        self.now_us = at_us
        who, where = (self.trace.subject(*name.split(" ", 1)) if name else 0 for name in (subject, place))
        return self.trace.record(self.trace.kind(kind, says), who, where, cause, value, detail)

    def story(self, name: str, **settings: Any) -> str:
        """Return the story of a subject."""
        return "\n".join(tell_story(self.trace, name, **{"width": 100, **settings}))

    def subjects(self, **settings: Any) -> str:
        """Return the list of subjects."""
        return "\n".join(list_subjects(self.trace, **{"width": 100, **settings}))


@pytest.fixture
def batch() -> Tale:
    """Two messages in one batch: the invocation fails, and writes a third message before."""
    tale = Tale()
    call = tale.happens(0, "called", "{subject} called {place}", "caller outside", "operation sqs.SendMessage")
    sent = [
        tale.happens(0, "sent", "{subject} was sent to {place}", f"message m{n}", "queue orders", cause=call)
        for n in (1, 2)
    ]
    received = [
        tale.happens(S, "received", "{subject} was received", f"message m{n}", "queue orders", cause=cause)
        for n, cause in enumerate(sent, 1)
    ]
    batched = tale.happens(
        S, "batched", "{subject} gets a batch", "invocation i1", "mapping orders", cause=received[0], value=2
    )
    started = tale.happens(S, "started", "{subject} starts", "invocation i1", "function charge", cause=batched)
    again = tale.happens(2 * S, "called", "{subject} called {place}", "caller f", "operation sqs.Send", cause=started)
    tale.happens(2 * S, "sent", "{subject} was sent to {place}", "message m3", "queue next", cause=again)
    failed = tale.happens(
        3 * S,
        "failed",
        "{subject} fails: {message}",
        "invocation i1",
        "function charge",
        cause=started,
        detail={"message": "no such order", "request_id": "6f1d-17"},
    )
    for n in (1, 2):
        tale.happens(3 * S, "left hidden", "{subject} comes back", f"message m{n}", "mapping orders", cause=failed)
    return tale


def test_a_message_s_story_goes_back_to_who_sent_it(batch: Tale) -> None:
    """The chain of causes is followed to its beginning."""
    assert "somebody outside called sqs.SendMessage" in batch.story("m1")


def test_a_message_s_story_tells_the_invocation_that_it_was_part_of(batch: Tale) -> None:
    """What became of the batch is why the message comes back."""
    story = batch.story("m1")

    assert "invocation i1 fails: no such order" in story
    assert "message m1 comes back" in story


@pytest.mark.parametrize(("own", "other"), [("m1", "m2"), ("m2", "m1")])
def test_a_message_s_story_leaves_out_the_others_of_its_batch(batch: Tale, own: str, other: str) -> None:
    """They have stories of their own, whoever was received first."""
    assert other not in batch.story(own, is_whole=True)


@pytest.mark.parametrize("name", ["m1", "m2"])
def test_a_message_s_story_tells_the_batch_before_anything_came_of_it(batch: Tale, name: str) -> None:
    """A handler may run for minutes: until then the batch is all there is to tell."""
    batch.happens(4 * S, "received", "{subject} was received", "message m1", "queue orders")
    last = batch.happens(4 * S, "received", "{subject} was received", "message m2", "queue orders")
    receipts = {"received": [last - 1, last]}
    batch.happens(5 * S, "batched", "{subject} gets a batch", "invocation i2", "mapping orders", detail=receipts)

    assert "invocation i2 gets a batch" in batch.story(name)


def test_a_message_s_story_tells_what_it_led_to(batch: Tale) -> None:
    """The invocation sent another message: that is a consequence."""
    assert "message m3 was sent to queue next" in batch.story("m1")


def test_a_message_s_story_leaves_out_what_its_function_calls_later(batch: Tale) -> None:
    """The function was there before the message, even if it had called nobody yet."""
    started = batch.happens(9 * S, "started", "{subject} starts", "invocation i2", "function charge")
    batch.happens(9 * S, "called", "{subject} called {place}", "caller f", "operation s3.PutObject", cause=started)

    assert "s3.PutObject" not in batch.story("m1", is_whole=True)


def test_what_goes_without_saying_is_told_on_request(batch: Tale) -> None:
    """That there was a receive is clear from the messages; `--all` tells it."""
    batch.happens(3 * S, "polled", "{place} polled", "mapping orders", "mapping orders")

    assert "polled" not in batch.story("mapping orders")
    assert "polled" in batch.story("mapping orders", is_whole=True)


def test_an_invocation_s_story_names_its_messages(batch: Tale) -> None:
    """Before anything came of them, nothing else in it tells of them."""
    assert "invocation i1 gets a batch (m1, m2)" in batch.story("i1")


def test_an_invocation_s_story_tells_of_all_its_messages(batch: Tale) -> None:
    """Equal facts about several messages share one line."""
    story = batch.story("i1")

    assert "message m1 comes back – and 1 other likewise" in story


def test_a_story_says_how_it_ended_and_how_long_it_took(batch: Tale) -> None:
    """The end stands first."""
    assert "In the end, after 3 s: message m1 comes back." in batch.story("m1")


def test_a_line_names_its_reason_where_it_does_not_stand_above() -> None:
    """The reason of a line is the one above it, or an earlier one about the same subject, unless said otherwise."""
    tale = Tale()
    started = tale.happens(0, "started", "{subject} starts", "invocation i1", "function f")
    ended = tale.happens(0, "succeeded", "{subject} succeeds", "invocation i1", "function f", cause=started)
    tale.happens(0, "reported", "{subject} is billed", "invocation i1", "function f", cause=ended)
    tale.happens(0, "deleted", "{subject} was deleted", "message m1", "queue q", cause=ended)

    lines = tale.story("i1").splitlines()

    assert lines[-3].endswith("message m1 was deleted [because of 2]")
    assert lines[-4].endswith("is billed")


def test_waiting_has_a_line_of_its_own(batch: Tale) -> None:
    """In virtual time nobody notices it otherwise."""
    assert "… 1 s later" in batch.story("m1")


@pytest.mark.parametrize("name", ["m1", "message m1", " m1 "])
def test_a_subject_is_found_by_its_short_or_full_name(batch: Tale, name: str) -> None:
    """People type the short one."""
    assert "message m1: 3 entries of its own" in batch.story(name)


@pytest.mark.parametrize(
    ("subject", "key"), [("object photos/2026/cat.jpg", "2026/cat.jpg"), ("item orders/o-7|2", "o-7|2")]
)
def test_an_object_and_an_item_are_found_by_their_keys(subject: str, key: str) -> None:
    """The bucket and the table go without saying."""
    tale = Tale()
    tale.happens(0, "written", "{subject} was written", subject)

    assert tale.story(key).startswith(f"{subject}: 1 entry of its own")


def test_a_subject_is_found_by_an_id_that_a_detail_holds(batch: Tale) -> None:
    """A request id is what a log shows."""
    assert batch.story("6f1d-17").startswith("invocation i1")


def test_a_queue_s_story_is_what_happened_there(batch: Tale) -> None:
    """Things that stand still have no causes to follow."""
    story = batch.story("queue next")

    assert "message m3 was sent" in story
    assert "m1" not in story


def test_an_unknown_name_is_answered_with_the_nearest(batch: Tale) -> None:
    """A typing error is the usual reason."""
    with pytest.raises(ConfigurationError, match="nobody is called `charg` in this run; did you mean `charge`"):
        batch.story("charg")


def test_an_ambiguous_name_is_answered_with_the_choices(batch: Tale) -> None:
    """A function and a queue may have one name."""
    batch.happens(4 * S, "sent", "{subject}", "message m4", "queue charge")

    with pytest.raises(ConfigurationError, match="`function charge`, `queue charge`"):
        batch.story("charge")


def test_a_long_story_is_cut_unless_all_is_asked_for() -> None:
    """The beginning is there, and what is missing is counted."""
    tale = Tale()
    for at in range(500):
        tale.happens(at, "received", "{subject} was received", "message m1", "queue q")

    assert "and 440 more entries; --all tells them too" in tale.story("m1")
    assert tale.story("m1", is_whole=True).count("was received") == 501


def test_the_list_of_subjects_shows_those_in_trouble_first(batch: Tale) -> None:
    """Somebody who looks for a story looks for trouble."""
    for n in range(10, 30):
        batch.happens(5 * S, "succeeded", "{subject} succeeds", f"invocation i{n}", "function charge")
    batch.happens(6 * S, "timed out", "{subject} times out", "invocation i99", "function charge")

    lines = batch.subjects().splitlines()

    heading = next(at for at, line in enumerate(lines) if line.startswith("invocations (22, 8 of them here"))
    assert [line.split()[0] for line in lines[heading + 1 : heading + 3]] == ["i1", "i99"]


def test_a_batch_that_comes_in_time_is_no_trouble() -> None:
    """Batches of streams tell how late they are; only those that are late come first."""
    tale = Tale()
    for n, late_us in enumerate([1, 90 * S, 2], 1):
        name = f"invocation i{n}"
        tale.happens(n * S, "handed over", "{subject} went to {place}", name, "function count", value=late_us)

    lines = tale.subjects().splitlines()

    assert [line.split()[0] for line in lines if line.startswith("  i")] == ["i2", "i1", "i3"]


def test_an_empty_trace_says_so() -> None:
    """A scenario without a workload is easily written."""
    assert Tale().subjects() == "Nothing happened in this run."


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_terminal(batch: Tale, width: int) -> None:
    """Wrapped by the terminal, the columns would fall apart."""
    text = batch.story("m1", width=width) + batch.subjects(width=width)

    assert max(map(len, text.splitlines())) <= width


def test_a_message_that_a_filter_turned_away_does_not_end_as_deleted() -> None:
    """So does one that the function has read; that nobody has, and why, is the end of this one."""
    tale = Tale()
    tale.happens(0, "sent", "{subject} was sent to {place}", "message m1", "queue orders")
    why = {"reason": "not matched: kind is absent"}
    turned_away = tale.happens(
        S, "filtered out", "{place} deleted {subject} unread: {reason}", "message m1", "mapping orders -> f", detail=why
    )
    tale.happens(S, "deleted", "{subject} was deleted from {place}", "message m1", "queue orders", cause=turned_away)

    assert "In the end, after 1 s: mapping orders -> f deleted message m1 unread: not matched:" in tale.story("m1")
    assert "m1  00:00:01.000  mapping orders -> f deleted message m1 unread" in tale.subjects()
