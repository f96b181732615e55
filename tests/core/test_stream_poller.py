"""How do the records of a stream reach a function? With a stream in memory and a function that plays."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from eventsim.envelope import Lineage
from eventsim.mapping.spec import MappingSpec
from eventsim.target import Inbox

Build = Callable[..., Any]
S = 1_000_000
INBOX = "arn:aws:sqs:us-east-1:123456789012:failures"


class Sink:
    """A handler that keeps what it is given, fails where it is told to, and reports what it is told to."""

    def __init__(
        self,
        poison: str = "",
        *,
        fails: int = 1_000_000,
        reports: bool = False,
        answers: Callable[[Any], Any] | None = None,
    ) -> None:
        self.batches: list[list[str]] = []
        self.events: list[Any] = []
        self._poison = poison
        self._fails = fails
        self._reports = reports
        self._answers = answers

    def __call__(self, event: Any) -> Any:
        self.events.append(event)
        batch = [b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
        self.batches.append(batch)
        if self._answers is not None:
            return self._answers(event)
        if self._poison in batch and self._fails:
            self._fails -= 1
            if not self._reports:
                raise ValueError("poison")
            failed = event["Records"][batch.index(self._poison)]["kinesis"]["sequenceNumber"]
            return {"batchItemFailures": [{"itemIdentifier": failed}]}
        return None


def connect(world: Any, function: str = "f", name: str = "m", **settings: Any) -> Any:
    """Make a mapping from the tape to a function."""
    position = settings.pop("starting_position", "TRIM_HORIZON")
    spec = MappingSpec(source="tape", function=function, starting_position=position, **settings)
    return world.mappings.create(name, spec)


def fill(tape: Any, *data: str, **settings: Any) -> None:
    for each in data:
        tape.put(each, **settings)


def inbox(world: Any) -> Inbox:
    box = world.targets[INBOX] = Inbox(INBOX)
    return box


def told_failures(box: Inbox) -> list[Any]:
    return [json.loads(envelope.body) for envelope in box.envelopes]


@pytest.fixture
def start(build: Build) -> Callable[..., tuple[Any, Any]]:
    """Return what makes a world with a function and a tape."""

    def start_one(sink: Any, *, shards: int = 1, tape: dict[str, Any] | None = None, **settings: Any) -> Any:
        reserved = settings.pop("reserved_concurrency", None)
        world = build(sink, **settings)
        world.add(reserved_concurrency=reserved)
        return world, world.tape(shards=shards, **(tape or {}))

    return start_one


def test_the_last_of_six_records_fails(start: Any) -> None:
    """P10: batch size 3, 3 retries, reported failures: the last one comes five times, its record says 4 (recorded)."""
    sink = Sink("6", reports=True)
    world, tape = start(sink)
    box = inbox(world)
    fill(tape, *"123456")
    settings = {"batch_size": 3, "maximum_retry_attempts": 3, "report_batch_item_failures": True, "on_failure": INBOX}
    connect(world, **settings)

    world.run()

    assert sink.batches == [["1", "2", "3"], ["4", "5", "6"], ["6"], ["6"], ["6"], ["6"]]
    (record,) = told_failures(box)
    assert list(record) == ["requestContext", "responseContext", "version", "timestamp", "KinesisBatchInfo"]
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 4
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None}
    assert record["KinesisBatchInfo"]["batchSize"] == 1


def test_retries_come_after_the_first_attempt(start: Any) -> None:
    """P11: one retry makes two invocations (recorded)."""
    sink = Sink("1")
    world, tape = start(sink)
    box = inbox(world)
    record = tape.put("1")
    connect(world, batch_size=1, maximum_retry_attempts=1, on_failure=INBOX)

    world.run()

    assert len(sink.batches) == 2
    (told,) = told_failures(box)
    assert told["requestContext"]["functionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert told["responseContext"]["functionError"] == "Unhandled"
    assert told["KinesisBatchInfo"] == {
        "shardId": "shardId-000000000000",
        "startSequenceNumber": record.identifier,
        "endSequenceNumber": record.identifier,
        "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00.000Z",
        "approximateArrivalOfLastRecord": "2026-01-01T00:00:00.000Z",
        "batchSize": 1,
        "streamArn": tape.arn,
    }


@pytest.mark.parametrize("identifier", ["", None, "unknown"])
def test_a_report_without_sense_fails_the_batch(start: Any, identifier: str | None) -> None:
    """P12: two retries make three invocations; the function itself did not fail (recorded)."""
    sink = Sink(answers=lambda _: {"batchItemFailures": [{"itemIdentifier": identifier}]})
    world, tape = start(sink)
    box = inbox(world)
    tape.put("1")
    connect(world, batch_size=1, maximum_retry_attempts=2, report_batch_item_failures=True, on_failure=INBOX)

    world.run()

    assert len(sink.batches) == 3
    (told,) = told_failures(box)
    assert told["requestContext"]["approximateInvokeCount"] == 3
    assert told["responseContext"]["functionError"] is None


def test_only_records_that_are_too_old_are_given_up(start: Any) -> None:
    """P13: one record is 80 s old, five are fresh: the destination hears of the one, the function gets the five."""
    sink = Sink()
    world, tape = start(sink)
    box = inbox(world)
    fill(tape, "old")
    world.at(80, lambda: fill(tape, *"12345"))
    settings = {"maximum_record_age": 60, "maximum_retry_attempts": 0, "batch_size": 10, "on_failure": INBOX}
    world.at(80, lambda: connect(world, **settings))

    world.run()

    assert sink.batches == [list("12345")]
    (told,) = told_failures(box)
    assert told["requestContext"]["condition"] == "RecordAgeExceeded"
    assert told["requestContext"]["approximateInvokeCount"] == 1
    assert "responseContext" not in told
    assert told["KinesisBatchInfo"]["batchSize"] == 1


def test_two_functions_see_what_their_filters_let_through(start: Any) -> None:
    """P14: mappings of one stream are independent (recorded)."""
    world, tape = start(lambda event: event)
    world.add("g")
    fill(tape, '{"to": "f"}', '{"to": "g"}', "plain text")
    for function in "fg":
        connect(world, function, name=function, filters=[{"data": {"to": [function]}}])

    world.run()

    seen = {each.function: [record["kinesis"]["data"] for record in each.event["Records"]] for each in invoked(world)}
    assert {name: [b64decode(data) for data in of_function] for name, of_function in seen.items()} == {
        "f": [b'{"to": "f"}'],
        "g": [b'{"to": "g"}'],
    }
    assert len(world.told("skipped")) == 4


def invoked(world: Any) -> list[Any]:
    return list(world.play.invocations)


def test_a_poisoned_shard_blocks_itself_alone(start: Any) -> None:
    """P15: the other shard goes on; this one is blocked until its records expire, and loses them in silence."""
    sink = Sink("poison")
    world, tape = start(sink, shards=2)
    box = inbox(world)
    fill(tape, "poison", "behind", shard=0)
    fill(tape, *"abc", shard=1)
    mapping = connect(world, batch_size=1, on_failure=INBOX)

    world.run(60)
    at_first = [batch for batch in sink.batches if batch != ["poison"]]
    world.run()

    assert at_first == [["a"], ["b"], ["c"]]
    assert ["behind"] not in sink.batches
    assert [entry.value for entry in world.told("records lost")] == [1, 1]
    assert box.envelopes == []
    assert world.clock.now_us > 86_400 * S
    assert mapping.poller.last_result == "PROBLEM: Function call failed"
    blocked = world.told("shard blocked")[0].detail
    assert blocked == {"shard": "shardId-000000000000", "record": "record r1", "reason": "ValueError", "age_s": 0.0}


def test_bisecting_finds_the_poison(start: Any) -> None:
    """P16: halves go one after the other; the poison alone is given up, after its only attempt."""
    sink = Sink("3")
    world, tape = start(sink)
    box = inbox(world)
    fill(tape, *"1234")
    settings = {"bisect_batch_on_function_error": True, "maximum_retry_attempts": 0, "on_failure": INBOX}
    connect(world, batch_size=4, **settings)

    world.run()

    assert sink.batches == [list("1234"), ["1", "2"], ["3", "4"], ["3"], ["4"]]
    (told,) = told_failures(box)
    assert told["requestContext"]["approximateInvokeCount"] == 1


def test_throttles_use_up_no_retry(start: Any) -> None:
    """P18: a function without concurrency keeps its retries, while the iterator age grows."""
    sink = Sink()
    world, tape = start(sink, reserved_concurrency=0)
    tape.put("1")
    connect(world, maximum_retry_attempts=0)

    world.run(20)
    ages = [entry.value for entry in world.told("handed over")]
    world.add(reserved_concurrency=1)
    world.run()

    assert ages == [0, 500_000, 1_500_000, 3_500_000, 7_500_000, 15_500_000]
    assert sink.batches == [["1"]]


def test_a_record_is_read_at_the_next_poll_of_its_shard(start: Any) -> None:
    """Once a second while nothing is there; nobody polls in a loop, and the polls are counted all the same."""
    world, tape = start(Sink())
    mapping = connect(world)
    world.at(100.25, lambda: tape.put("a"))

    world.run()

    assert [entry.at_us for entry in world.told("shard read")] == [101 * S]
    assert world.clock.now_us == 101 * S
    assert mapping.poller.polls() == 100 + 1 + 1 + 1


def test_a_table_is_polled_four_times_a_second(start: Any) -> None:
    """Documented."""
    world, tape = start(lambda _: None, tape={"service": "dynamodb"})
    connect(world)
    world.at(10.3, lambda: tape.put("{}"))

    world.run()

    assert [entry.at_us for entry in world.told("shard read")] == [10_500_000]


@pytest.mark.parametrize(
    ("position", "seen"),
    [
        ({"starting_position": "TRIM_HORIZON"}, [["a", "b"], ["c"]]),
        ({"starting_position": "LATEST"}, [["c"]]),
        ({"starting_position": "AT_TIMESTAMP", "starting_at": "2026-01-01T00:00:05Z"}, [["b"], ["c"]]),
    ],
    ids=["oldest", "newest", "date"],
)
def test_a_mapping_begins_where_it_is_told(start: Any, position: dict[str, str], seen: list[list[str]]) -> None:
    """The position is fixed when the mapping is enabled."""
    sink = Sink()
    world, tape = start(sink)
    world.at(0, lambda: tape.put("a"))
    world.at(5, lambda: tape.put("b"))
    world.at(10, lambda: connect(world, **position))
    world.at(15.5, lambda: tape.put("c"))

    world.run()

    assert sink.batches == seen


def test_a_window_gathers_what_several_polls_give(start: Any) -> None:
    """The window begins with the first record."""
    sink = Sink()
    world, tape = start(sink)
    connect(world, batch_size=100, batching_window=5)
    for at_s in (10.5, 13.5, 17.5):
        world.at(at_s, lambda: tape.put("x"))

    world.run()

    assert [len(batch) for batch in sink.batches] == [2, 1]
    assert [entry.at_us // S for entry in world.told("batched from shard")] == [16, 23]


def test_a_full_batch_does_not_wait_for_its_window(start: Any) -> None:
    """Batch size and window: whatever comes first."""
    sink = Sink()
    world, tape = start(sink)
    fill(tape, *"abcde")
    connect(world, batch_size=2, batching_window=5)

    world.run()

    assert sink.batches == [["a", "b"], ["c", "d"], ["e"]]
    assert [entry.at_us // S for entry in world.told("batched from shard")] == [0, 0, 5]


def test_six_megabytes_end_a_batch(start: Any) -> None:
    """Base64 counts; what does not fit begins the next batch."""
    sink = Sink()
    world, tape = start(sink)
    fill(tape, *["x" * 1_000_000] * 6)
    connect(world, batching_window=60)

    world.run()

    assert [len(batch) for batch in sink.batches] == [4, 2]
    assert [entry.at_us // S for entry in world.told("batched from shard")] == [0, 60]


def test_filtered_records_take_no_place_in_a_batch(start: Any) -> None:
    """Filters apply before counting; the checkpoint passes what was skipped."""
    sink = Sink()
    world, tape = start(sink)
    fill(tape, *[f'{{"n": {number % 2}}}' for number in range(8)])
    mapping = connect(world, batch_size=4, filters=[{"data": {"n": [1]}}])

    world.run()

    assert [len(batch) for batch in sink.batches] == [4]
    assert mapping.poller.checkpoints() == {"shardId-000000000000": 8}


def test_metadata_of_a_record_can_be_filtered(start: Any) -> None:
    """They stand at the top, not under `kinesis` (documented); a filter that says nothing of the data takes any."""
    sink = Sink()
    world, tape = start(sink)
    fill(tape, "a", key="wanted")
    fill(tape, "b", key="other")
    connect(world, filters=[{"partitionKey": ["wanted"]}])

    world.run()

    assert sink.batches == [["a"]]


def test_keys_are_shared_out_among_lanes(start: Any) -> None:
    """Two batches of a shard at the same time, each key in order; what blocks one lane does not block the other."""
    sink = Sink("a1", fails=2)
    world, tape = start(sink, duration_us=S)
    for number in range(1, 4):
        fill(tape, f"a{number}", key="a")
        fill(tape, f"d{number}", key="d")
    mapping = connect(world, batch_size=1, parallelization_factor=2)

    world.run(3.2)
    others = [batch for batch in sink.batches if batch[0][0] == "d"]
    checkpoint = mapping.poller.checkpoints()["shardId-000000000000"]
    world.run()

    assert others == [["d1"], ["d2"], ["d3"]]
    assert checkpoint == 0
    assert [batch for batch in sink.batches if batch[0][0] == "a"] == [["a1"], ["a1"], ["a1"], ["a2"], ["a3"]]
    assert mapping.poller.checkpoints() == {"shardId-000000000000": 6}


def test_children_wait_for_their_parents(start: Any) -> None:
    """A parent is read to its end first, retries and all, and no record of a child is skipped (documented)."""
    sink = Sink("a", fails=2)
    world, tape = start(sink, duration_us=S)
    connect(world, batch_size=1, starting_position="LATEST")

    def reshard() -> None:
        fill(tape, "a", "b")
        low, high = tape.split(0)
        fill(tape, "low", shard=low)
        fill(tape, "high", shard=high)
        fill(tape, "merged", shard=tape.merge(low, high))

    world.at(1, reshard)
    world.run()

    order = [batch[0] for batch in sink.batches]
    assert order[:4] == ["a", "a", "a", "b"]
    assert sorted(order[4:6]) == ["high", "low"]
    assert order[6:] == ["merged"]


def test_what_was_there_already_is_not_read_from_the_newest_on(start: Any) -> None:
    """Children that are there when the mapping begins have its position; later ones begin at their first record."""
    sink = Sink()
    world, tape = start(sink)
    fill(tape, "old", shard=0)
    low, _ = tape.split(0)
    fill(tape, "old too", shard=low)
    connect(world, starting_position="LATEST")
    world.at(1, lambda: fill(tape, "new", shard=low))

    world.run()

    assert sink.batches == [["new"]]


def test_a_disabled_mapping_goes_on_after_its_checkpoint(start: Any) -> None:
    """A batch in flight ends as it ends and is not repeated; what comes meanwhile is read later."""
    sink = Sink()
    world, tape = start(sink, duration_us=5 * S)
    fill(tape, *"abc")
    mapping = connect(world, batch_size=1)
    world.at(1, mapping.disable)
    world.at(2, lambda: fill(tape, "d"))
    world.run(100)
    before = list(sink.batches)

    mapping.enable()
    world.run()

    assert before == [["a"]]
    assert sink.batches == [["a"], ["b"], ["c"], ["d"]]


def test_a_mapping_that_is_enabled_again_waits_for_what_is_in_flight(start: Any) -> None:
    """Two batches of one lane are never in flight together."""
    sink = Sink()
    world, tape = start(sink, duration_us=5 * S)
    fill(tape, *"ab")
    mapping = connect(world, batch_size=1)
    world.at(1, mapping.disable)
    world.at(2, mapping.enable)

    world.run()

    assert sink.batches == [["a"], ["b"]]
    assert [entry.at_us // S for entry in world.told("batched from shard")] == [0, 5]


def test_other_lanes_begin_when_the_old_ones_are_empty(start: Any) -> None:
    """A key never has two batches in flight, not even while it changes its lane."""
    sink = Sink("a", fails=1)
    world, tape = start(sink, duration_us=5 * S)
    fill(tape, "a", "b")
    mapping = connect(world, batch_size=1)
    settings = {"starting_position": "TRIM_HORIZON", "batch_size": 1, "parallelization_factor": 2}
    world.at(1, lambda: mapping.update(MappingSpec(source="tape", function="f", **settings)))

    world.run()

    assert sink.batches == [["a"], ["a"], ["b"]]
    assert [entry.at_us // S for entry in world.told("batched from shard")] == [0, 5, 10]


def test_a_change_of_settings_frees_a_blocked_shard(start: Any) -> None:
    """Who gives a blocked mapping a number of retries has its batch tried anew under that number."""
    sink = Sink("poison")
    world, tape = start(sink)
    fill(tape, "poison", "behind")
    mapping = connect(world, batch_size=1)
    settings = {"starting_position": "TRIM_HORIZON", "batch_size": 1, "maximum_retry_attempts": 1}
    world.at(20, lambda: mapping.update(MappingSpec(source="tape", function="f", **settings)))

    world.run(40)

    assert sink.batches[-3:] == [["poison"], ["poison"], ["behind"]]


def test_an_unusable_record_is_given_up_alone(start: Any) -> None:
    """What no invocation can carry is no reason to block a shard."""
    sink = Sink()
    world, tape = start(sink)
    box = inbox(world)
    fill(tape, "x" * 5_000_000, "b")
    connect(world, on_failure=INBOX)

    world.run()

    assert sink.batches == [["b"]]
    (told,) = told_failures(box)
    assert told["requestContext"]["condition"] == "MaximumPayloadSizeExceeded"


def test_a_function_that_is_gone_blocks_the_shard(start: Any) -> None:
    """What cannot be invoked is tried again for as long as its records live."""
    world, tape = start(Sink(), tape={"retention_s": 100})
    mapping = connect(world, maximum_retry_attempts=0)
    world.run()
    world.functions.remove("f")
    tape.put("a")

    world.run()

    assert len(world.told("not invoked")) > 5
    assert mapping.poller.checkpoints() == {"shardId-000000000000": 1}


def test_a_bucket_gets_the_payload_too(start: Any) -> None:
    """Under the mapping's UUID and the shard; queues never get it (recorded; the payload as text is unconfirmed)."""

    class Box(Inbox):
        def accept_as(self, key: str, envelope: Any) -> None:
            self.keys = [key]
            self.accept(envelope)

    sink = Sink("a")
    world, tape = start(sink)
    box = world.targets["arn:aws:s3:::failures"] = Box("arn:aws:s3:::failures")
    record = tape.put("a")
    mapping = connect(world, maximum_retry_attempts=0, on_failure="arn:aws:s3:::failures")

    world.run()

    (key,) = box.keys
    assert key.startswith(f"aws/lambda/{mapping.uuid}/shardId-000000000000/2026/01/01/2026-01-01T00.00.00-")
    (told,) = told_failures(box)
    assert json.loads(told["payload"]) == {"Records": tape.records([record])}


def test_a_destination_that_refuses_loses_the_record(start: Any) -> None:
    """It is told, and the shard goes on (documented)."""
    world, tape = start(Sink("a"))
    fill(tape, "a")
    mapping = connect(world, maximum_retry_attempts=0, on_failure=INBOX)

    world.run()

    assert len(world.told("destination delivery failed")) == 1
    assert mapping.poller.checkpoints() == {"shardId-000000000000": 1}


def test_loop_detection_does_not_see_through_streams(start: Any) -> None:
    """Streams hand on no lineage (documented): each invocation begins a chain."""
    world, tape = start(Sink())
    tape.put("a").lineage = Lineage({"f": 16})
    connect(world)

    world.run()

    assert [invocation.lineage for invocation in invoked(world)] == [None]


# --- tumbling windows --------------------------------------------------------------------------------------


def totals(event: Any) -> Any:
    """Count records."""
    return {"state": {"count": event["state"].get("count", 0) + len(event["Records"])}}


def calls(sink: Sink) -> list[tuple[str, int, Any, bool]]:
    """Return of each call the second at which its window starts, its records, its state, and whether it is final."""
    return [
        (
            event["window"]["start"][17:19],
            len(event["Records"]),
            event["state"].get("count", 0),
            event["isFinalInvokeForWindow"],
        )
        for event in sink.events
    ]


def test_state_is_handed_on_within_a_window(start: Any) -> None:
    """A record of a later window ends the one before; two silent minutes end the last."""
    sink = Sink(answers=totals)
    world, tape = start(sink)
    connect(world, batch_size=2, tumbling_window=10)
    for at_s in (1, 2, 3, 12):
        world.at(at_s + 0.5, lambda: tape.put("x"))

    world.run()

    assert calls(sink) == [
        ("00", 1, 0, False),
        ("00", 1, 1, False),
        ("00", 1, 2, False),
        ("00", 0, 3, True),
        ("10", 1, 0, False),
        ("10", 0, 1, True),
    ]
    assert world.clock.now_us == (20 + 120) * S
    assert list(sink.events[-1]) == [
        *("Records", "window", "state", "shardId", "eventSourceARN", "isFinalInvokeForWindow"),
        "isWindowTerminatedEarly",
    ]
    assert sink.events[-1]["window"] == {"start": "2026-01-01T00:00:10Z", "end": "2026-01-01T00:00:20Z"}


def test_a_batch_holds_records_of_one_window(start: Any) -> None:
    """However many wait."""
    sink = Sink(answers=totals)
    world, tape = start(sink)
    for at_s in (1, 2, 11, 12, 13):
        world.at(at_s, lambda: tape.put("x"))
    world.at(15, lambda: connect(world, tumbling_window=10))

    world.run()

    assert [(records, is_final) for _, records, _, is_final in calls(sink)] == [
        (2, False),
        (0, True),
        (3, False),
        (0, True),
    ]


def test_a_response_without_state_is_a_failure(start: Any) -> None:
    """Documented; the state stays what it was."""
    answers = iter([None, {"batchItemFailures": []}, {"state": {"count": 1}}, None])
    sink = Sink(answers=lambda _: next(answers))
    world, tape = start(sink)
    tape.put("x")
    connect(world, tumbling_window=10)

    world.run()

    assert [records for _, records, _, _ in calls(sink)] == [1, 1, 1, 0]
    assert len(world.told("unusable response")) == 2


def test_too_large_a_state_ends_its_window_early(start: Any) -> None:
    """More than 1 MB (documented); what follows in the window begins without state."""
    sink = Sink(answers=lambda event: {"state": {"text": "x" * (1 << 20)}} if event["Records"] else None)
    world, tape = start(sink)
    fill(tape, "a", "b")
    connect(world, batch_size=1, tumbling_window=10)

    world.run()

    assert [(event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"]) for event in sink.events] == [
        (False, False),
        (True, True),
    ] * 2
    assert [bool(event["state"]) for event in sink.events] == [False, True] * 2


def test_a_shard_s_end_is_its_window_s_end(start: Any) -> None:
    """Children begin with windows of their own."""
    sink = Sink(answers=totals)
    world, tape = start(sink)
    fill(tape, "a")
    low, _ = tape.split(0)
    fill(tape, "b", shard=low)
    connect(world, tumbling_window=10)

    world.run(3)

    assert calls(sink) == [("00", 1, 0, False), ("00", 0, 1, True), ("00", 1, 0, False)]


def test_the_last_call_of_a_window_is_tried_again(start: Any) -> None:
    """The shard waits for it, within the limits of retries (documented)."""

    def answer(event: Any) -> Any:
        if event["isFinalInvokeForWindow"]:
            raise ValueError("no")
        return totals(event)

    sink = Sink(answers=answer)
    world, tape = start(sink)
    connect(world, tumbling_window=10, maximum_retry_attempts=1)
    for at_s in (1, 11):
        world.at(at_s, lambda: tape.put("x"))

    world.run()

    assert [is_final for _, _, _, is_final in calls(sink)] == [False, True, True, False, True, True]
    assert [entry.detail["condition"] for entry in world.told("window given up")] == ["RetryAttemptsExhausted"] * 2


def test_windows_end_when_a_mapping_has_none_any_more(start: Any) -> None:
    """Another length, or none: what was handed on is forgotten, and the records that follow bear no window."""
    sink = Sink(answers=lambda event: totals(event) if "state" in event else None)
    world, tape = start(sink)
    tape.put("a")
    mapping = connect(world, tumbling_window=600)
    update = MappingSpec(source="tape", function="f", starting_position="TRIM_HORIZON")
    world.at(2, lambda: mapping.update(update))
    world.at(3, lambda: tape.put("b"))

    world.run()

    assert sink.batches == [["a"], ["b"]]
    assert ["state" in event for event in sink.events] == [True, False]


@pytest.mark.parametrize(
    ("poison", "reports", "again"), [("a", False, ["a", "b"]), ("b", True, ["b"])], ids=["failure", "report"]
)
def test_what_fails_while_a_mapping_is_disabled_is_read_again(
    start: Any, poison: str, reports: bool, again: list[str]
) -> None:
    """The checkpoint stands before what is not done."""
    sink = Sink(poison, reports=reports, fails=1)
    world, tape = start(sink, duration_us=5 * S)
    fill(tape, "a", "b")
    mapping = connect(world, report_batch_item_failures=reports)
    world.at(1, mapping.disable)
    world.run(100)

    mapping.enable()
    world.run()

    assert sink.batches == [["a", "b"], again]


def test_a_batch_that_waits_for_its_retry_is_read_again(start: Any) -> None:
    """Disabling forgets the retry, and enabling begins anew at the checkpoint."""
    sink = Sink("a", fails=4)
    world, tape = start(sink)
    fill(tape, "a", "b")
    mapping = connect(world)
    world.at(1, mapping.disable)
    world.run(100)
    before = len(sink.batches)

    mapping.enable()
    world.run()

    assert before == 2
    assert len(sink.batches) == 5
    assert mapping.poller.checkpoints() == {"shardId-000000000000": 2}
