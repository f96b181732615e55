"""The trace: what is recorded comes out again, is counted, and makes one digest."""

import pytest

from eventsim.trace import CHUNK_ROWS, Trace


class Now:
    """A time that the test sets."""

    def __init__(self) -> None:
        self.now_us = 0


@pytest.fixture
def now() -> Now:
    """The time of the trace."""
    return Now()


@pytest.fixture
def trace(now: Now) -> Trace:
    """An empty trace."""
    return Trace(now)


def fill(trace: Trace, count: int) -> None:
    """Record `count` facts, every tenth with a detail."""
    kind, queue = trace.kind("sent", "{subject} was sent", value="bytes", is_summed=True), trace.subject("queue", "q")
    for number in range(1, count + 1):
        trace.record(
            kind, trace.new_subject("message", "m"), queue, number - 1, 2, {"n": number} if number % 10 == 0 else None
        )


@pytest.mark.parametrize("count", [1, CHUNK_ROWS])
def test_half_a_character_is_escaped(trace: Trace, count: int) -> None:
    """Names and details may hold what UTF-8 cannot; the digest, and all who write them, can do with them."""
    shelf = trace.subject("bucket", "shelf \ud800")
    kind = trace.kind("put", "{subject} was put")
    for _ in range(count):
        trace.record(kind, shelf, detail={"k\udfff": ["a\ud83d", 1, {"b": None}]})

    (entry, *_) = trace.entries()
    assert (entry.subject, entry.detail) == ("bucket shelf \\ud800", {"k\\udfff": ["a\\ud83d", 1, {"b": None}]})
    assert len(trace.digest()) == 64


def test_an_entry_comes_out_with_names(trace: Trace, now: Now) -> None:
    """Whoever reads sees names, whoever records uses numbers."""
    sent = trace.kind("sent", "{subject} was sent")
    now.now_us = 7

    number = trace.record(sent, trace.new_subject("message", "m"), trace.subject("queue", "q"), 0, -3, {"to": "you"})

    (entry,) = trace.entries()
    assert number == entry.number == 1
    assert (entry.at_us, entry.kind, entry.subject, entry.place) == (7, "sent", "message m1", "queue q")
    assert (entry.cause, entry.value, entry.detail) == (0, -3, {"to": "you"})


def test_a_detail_stays_as_it_was_recorded(trace: Trace) -> None:
    """Whoever recorded it, or has read it, may go on with the data."""
    detail = {"seen": [1]}
    trace.record(trace.kind("put", "{subject} was put"), detail=detail)

    detail["seen"].append(2)
    for entry in trace.entries():
        entry.detail["seen"].append(3)

    assert [entry.detail for entry in trace.entries()] == [{"seen": [1]}]


@pytest.mark.parametrize(
    "after",
    [0, 1, 9, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 9, 2 * CHUNK_ROWS - 1, 2 * CHUNK_ROWS, 2 * CHUNK_ROWS + 69],
)
def test_who_has_read_some_goes_on_behind_them(trace: Trace, after: int) -> None:
    """With the details that belong there, whether they are behind in a chunk that is full or in the last one."""
    fill(trace, 2 * CHUNK_ROWS + 70)

    rest = list(trace.entries(after=after))

    assert rest == list(trace.entries())[after:]


def test_there_is_nothing_behind_the_newest_entry(trace: Trace) -> None:
    """Nor behind one that there has not been yet."""
    fill(trace, CHUNK_ROWS)

    assert list(trace.entries(after=CHUNK_ROWS)) == list(trace.entries(after=CHUNK_ROWS + 7)) == []


def test_counts_go_on_where_they_were(trace: Trace) -> None:
    """What was counted is not counted again, nor what came since forgotten, within a chunk and beyond."""
    counts = []
    for more in (10, 0, CHUNK_ROWS, CHUNK_ROWS - 10, 1):
        fill(trace, more)
        counts.append((trace.count("sent"), trace.total("sent")))

    lengths = [10, 10, CHUNK_ROWS + 10, 2 * CHUNK_ROWS, 2 * CHUNK_ROWS + 1]
    assert counts == [(length, 2 * length) for length in lengths]


@pytest.mark.parametrize("count", [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1, 3 * CHUNK_ROWS + 70])
def test_every_entry_is_kept(trace: Trace, count: int) -> None:
    """Chunks hide nothing: entries, counts and sums are those of the whole run."""
    fill(trace, count)

    entries = list(trace.entries())
    assert [entry.number for entry in entries] == list(range(1, count + 1))
    assert len(trace) == count
    assert all(entry.subject == f"message m{entry.number}" for entry in entries)
    assert [entry.number for entry in entries if entry.detail] == list(range(10, count + 1, 10))
    assert all(entry.detail == {"n": entry.number} for entry in entries if entry.detail)
    assert trace.count("sent") == trace.count("sent", "queue q") == count
    assert trace.total("sent", "queue q") == 2 * count


def test_facts_recorded_together_are_as_if_recorded_one_by_one(trace: Trace, now: Now) -> None:
    """`record_all` is a faster way to say the same, over the ends of chunks as well."""
    single = Trace(now)
    facts = [(single.new_subject("message", "m"), number, 2 * number) for number in range(CHUNK_ROWS + 5)]
    for _ in facts:
        trace.new_subject("message", "m")
    for one in (trace, single):
        one.record(one.kind("got", ""), 0, one.subject("queue", "q"))

    last = trace.record_all(trace.kind("got", ""), trace.subject("queue", "q"), facts)
    for subject, cause, value in facts:
        single.record(single.kind("got", ""), subject, single.subject("queue", "q"), cause, value)

    assert last == len(trace) == len(single)
    assert list(trace.entries()) == list(single.entries())
    assert trace.digest() == single.digest()


def test_looking_at_a_run_does_not_change_it(now: Now) -> None:
    """Digest, counts and entries may be asked for at any time."""
    seen, unseen = Trace(now), Trace(now)
    for _ in range(3):
        fill(seen, CHUNK_ROWS // 2)
        fill(unseen, CHUNK_ROWS // 2)
        seen.digest(), seen.count("sent"), list(seen.entries())

    assert seen.digest() == unseen.digest()


def test_one_other_fact_makes_another_digest(now: Now) -> None:
    """The digest is the identity of a run: it covers numbers, details, names and kinds."""
    digests = set()
    runs: list[tuple[object, str, str]] = [(None, "q", ""), ({}, "q", ""), (None, "r", ""), (None, "q", "!")]
    for detail, name, says in runs:
        trace = Trace(now)
        trace.record(trace.kind("sent", says), 0, trace.subject("queue", name), detail=detail)
        digests.add(trace.digest())

    assert len(digests) == 4


def test_all_who_count_a_kind_of_subject_share_its_numbers(trace: Trace) -> None:
    """`message m2` is the second message of the run, whichever queue it lies in."""
    one, other = trace.subjects("message", "m"), trace.subjects("message", "m")

    numbers = [one(), other(), trace.new_subject("invocation", "i"), trace.new_subject("message", "m")]

    assert [trace.name_of(number) for number in numbers] == ["message m1", "message m2", "invocation i1", "message m3"]


def test_kinds_may_be_picked(trace: Trace) -> None:
    """Reports ask for the kinds that they tell of; a kind that never was is no error."""
    for name in ("a", "b", "a"):
        trace.record(trace.kind(name, ""))

    picked = list(trace.entries(["a", "never"]))

    assert [entry.number for entry in picked] == [1, 3]


def test_a_part_of_a_run_has_names_of_its_own(trace: Trace) -> None:
    """Everybody else sees them with the part's name in front; operations are the same everywhere."""
    abroad = trace.part("eu-west-1")
    for each in (trace, abroad):
        sent = each.kind("sent", "{subject} was sent", value="bytes", is_summed=True)
        each.record(sent, each.new_subject("message", "m"), each.subject("queue", "q"), value=2)
        each.record(each.kind("called", "{place} was called"), 0, each.subject("operation", "sqs.SendMessage"))

    assert [entry.place for entry in trace.entries(("sent",))] == ["queue q", "queue eu-west-1/q"]
    assert [(entry.subject, entry.place) for entry in abroad.entries()] == [("message m2", "queue q")]
    assert (abroad.count("sent", "queue q"), abroad.total("sent")) == (1, 2)
    assert trace.count("called", "operation sqs.SendMessage") == 2
    assert abroad.part("other").whole is trace
    assert abroad.shares(trace.part("other"))
    assert abroad.digest() == trace.digest()
