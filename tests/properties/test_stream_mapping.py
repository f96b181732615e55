"""Does every record of a stream reach the function, whatever goes wrong? In order for each key, and none is skipped."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim.mapping.spec import MappingSpec
from eventsim.target import Inbox

Build = Callable[..., Any]
INBOX = "arn:aws:sqs:us-east-1:123456789012:failures"

SETTINGS = st.fixed_dictionaries(
    {
        "batch_size": st.sampled_from([1, 2, 3, 100]),
        "batching_window": st.sampled_from([0, 2]),
        "parallelization_factor": st.sampled_from([1, 2, 3]),
        "bisect_batch_on_function_error": st.booleans(),
        "report_batch_item_failures": st.booleans(),
        "tumbling_window": st.sampled_from([0, 0, 5]),
        "maximum_retry_attempts": st.sampled_from([None, 0, 2]),
        "maximum_record_age": st.sampled_from([None, None, 60]),
    }
)
FATES = st.lists(st.sampled_from(["ok", "ok", "ok", "raise", "report", "nonsense"]), min_size=5, max_size=40)
DEEDS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(
            [*("put",) * 6, "split", "merge", "throttle", "admit", "crash", "disable", "enable", "tune"],
        ),
        st.integers(0, 5),
    ),
    min_size=15,
    max_size=60,
)


class Story:
    """A world in which deeds are done to a stream, and what the function saw of it."""

    def __init__(self, build: Build, chosen: dict[str, Any], fates: list[str], duration_us: int) -> None:
        self.fates = list(fates)
        self.seen: list[str] = []
        self.succeeded: set[str] = set()
        self.restarts = 0
        self.world = build(self.handle, duration_us=duration_us)
        self.world.add()
        self.box = self.world.targets[INBOX] = Inbox(INBOX)
        self.tape = self.world.tape(retention_s=600)
        self.put_on: dict[str, Any] = {}
        self.homes = dict.fromkeys(range(6), 0)
        """Key → the open shard that it goes to: each child has its parent's keys, or half of them."""
        self.of_key: dict[int, list[str]] = defaultdict(list)
        self.checkpoints: dict[str, int] = {}
        spec = MappingSpec(source="tape", function="f", starting_position="TRIM_HORIZON", on_failure=INBOX, **chosen)
        self.spec = spec
        self.mapping = self.world.mappings.create("m", spec)

    def handle(self, event: Any) -> Any:
        """Meet the next fate."""
        records = event["Records"]
        data = [b64decode(record["kinesis"]["data"]).decode() for record in records]
        self.seen += data
        self.look_at_checkpoints()
        fate = self.fates.pop(0) if self.fates else "ok"
        if fate == "raise":
            raise ValueError("fate")
        answer: dict[str, Any] = {"state": {}} if "state" in event else {}
        if fate == "report" and records and self.spec.report_batch_item_failures:
            at = len(records) // 2
            answer["batchItemFailures"] = [{"itemIdentifier": records[at]["kinesis"]["sequenceNumber"]}]
            self.succeeded.update(data[:at])
        elif fate == "nonsense" and self.spec.report_batch_item_failures:
            answer["batchItemFailures"] = [{"itemIdentifier": "nonsense"}]
        else:
            self.succeeded.update(data)
        return answer

    def do(self, deed: str, number: int) -> None:
        """Do something to the stream, the function or the mapping."""
        homes = self.homes
        if deed == "put":
            data = f"k{number} {len(self.of_key[number])}"
            self.put_on[data] = self.tape.put(data, key=f"k{number}", shard=homes[number])
            self.of_key[number].append(data)
        elif deed == "split":
            children = self.tape.split(parent := homes[number])
            homes.update({key: children[key % 2] for key, home in homes.items() if home == parent})
        elif deed == "merge" and homes[number] != homes[0]:
            parents = (homes[0], homes[number])
            child = self.tape.merge(*parents)
            homes.update({key: child for key, home in homes.items() if home in parents})
        elif deed == "crash" and "f" in self.world.functions:
            self.world.functions.remove("f")
        elif deed == "throttle":
            self.world.add(reserved_concurrency=0)
        elif deed == "admit":
            self.world.add()
        elif deed in ("disable", "enable", "tune") and self.mapping.state.value in ("Enabled", "Disabled"):
            self.restarts += 1
            if deed == "tune":
                self.mapping.update(self.spec)
            else:
                getattr(self.mapping, deed)()
        self.look_at_checkpoints()

    def look_at_checkpoints(self) -> None:
        """See that none has run back, and none ahead of what is out of the way."""
        before, self.checkpoints = self.checkpoints, self.mapping.poller.checkpoints()
        assert all(self.checkpoints[shard] >= checkpoint for shard, checkpoint in before.items())
        assert sum(self.checkpoints.values()) <= len(self.succeeded) + self.given_up()

    def given_up(self) -> int:
        """Return how many records were given up or lost so far."""
        kinds = ("records given up", "records lost")
        return sum(entry.value for kind in kinds for entry in self.world.told(kind))

    def end(self) -> None:
        """Let everything come to its end."""
        self.world.add()
        if self.mapping.state.value == "Disabled":
            self.mapping.enable()
        self.world.run()


def play(build: Build, chosen: dict[str, Any], fates: list[str], deeds: list[Any], duration_us: int) -> Story:
    story = Story(build, chosen, fates, duration_us)
    for at_s, deed, number in sorted(deeds, key=lambda each: each[0]):
        story.world.at(at_s, lambda deed=deed, number=number: story.do(deed, number))
    story.world.run(31)
    story.end()
    return story


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SETTINGS, FATES, DEEDS, st.sampled_from([0, 300_000, 7_000_000]))
def test_no_record_is_skipped(
    build: Build, chosen: dict[str, Any], fates: list[str], deeds: list[Any], duration_us: int
) -> None:
    """Every record was processed, or given up and told of, or has expired; the checkpoints end behind the last."""
    story = play(build, chosen, fates, deeds, duration_us)

    assert len(set(story.put_on) - story.succeeded) <= story.given_up()
    told = [envelope.body for envelope in story.box.envelopes]
    assert len(told) == len(story.world.told("records given up"))
    ends = {shard.identifier: story.tape.count(shard.identifier) for shard in story.tape.shards()}
    assert story.mapping.poller.checkpoints() == ends


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SETTINGS, FATES, DEEDS, st.sampled_from([0, 300_000, 7_000_000]))
def test_records_of_a_key_keep_their_order(
    build: Build, chosen: dict[str, Any], fates: list[str], deeds: list[Any], duration_us: int
) -> None:
    """A key's records are first seen in order, whatever is repeated, and through every resharding."""
    story = play(build, chosen, fates, deeds, duration_us)

    first_seen = list(dict.fromkeys(story.seen))
    for of_key in story.of_key.values():
        assert [data for data in first_seen if data in of_key] == [data for data in of_key if data in first_seen]
