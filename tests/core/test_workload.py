"""What happens to the world from outside, and when?"""

import asyncio
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from eventsim.api import Result
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.errors import ApiError, ConfigurationError
from eventsim.loop import VirtualLoop
from eventsim.trace import Trace
from eventsim.workload.spec import CallSpec, DeleteSpec, FeedSpec, InvokeSpec, PublishSpec, PutSpec, SendSpec
from eventsim.workload.workload import EVENTS_A_STEP, Workload

S = 1_000_000


class Outbox:
    """A client's doors that keep what is sent: when, what, and how."""

    region = "us-east-1"
    account_id = "123456789012"

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.chance = Chance(seed)
        self.trace = Trace(self.loop)
        self.folder = folder
        self.sent: list[tuple[int, Any]] = []
        self.answer: Any = {}

    def send(self, queue: str, body: str, **options: Any) -> None:
        self._keep((queue, body, options) if options else body)

    def put(self, bucket: str, key: str, data: bytes, **options: Any) -> None:
        self._keep((bucket, key, data, options))

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], **_: object) -> Result:
        self._keep((f"{service}.{operation}", dict(parameters)))
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Result = self.answer
        return answer

    def _keep(self, what: object) -> None:
        self.sent.append((self.clock.now_us, what))

    def run(self, *specs: FeedSpec, until_us: int | None = None) -> list[tuple[int, Any]]:
        """Run feeds, and return what they did and when."""
        workload = Workload(specs, self)
        workload.begin()
        try:
            self.loop.run_until(until_us)
        finally:
            workload.close()
        return self.sent


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path)
    yield made
    made.trace.close()
    made.loop.close()


def to_orders(body: object = "x", **options: Any) -> SendSpec:
    return SendSpec(queue="orders", body=body, **options)


# --- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ({}, [0]),
        ({"at": "3 s"}, [3]),
        ({"at": 1, "times": 3}, [1, 1, 1]),
        ({"at": 1, "times": 2, "over": "1 s"}, [1, 1.5]),
        ({"every": "2 s", "times": 3}, [0, 2, 4]),
        ({"every": "2 s", "from_": "1 s", "until": "5 s"}, [1, 3]),
        ({"rate": "2/s", "times": 3}, [0, 0.5, 1]),
        ({"rate": 1, "ramp_to": 3, "over": "1 s", "until": "2 s"}, [0, 0.618034, 1, 1.333333, 1.666667]),
        ({"cron": "*/10 * * * *", "times": 2}, [0, 600]),
        ({"at": 1, "times": 0}, []),
    ],
    ids=str,
)
def test_a_feed_acts_at_its_instants(outbox: Outbox, times: dict[str, Any], seconds: list[float]) -> None:
    """Each way to say when gives exact microseconds; `until` itself does not count."""
    sent = outbox.run(FeedSpec(send=to_orders(), **times))

    assert sent == [(round(at_s * S), "x") for at_s in seconds]


def test_a_burst_gives_way_to_others_at_the_same_instant(outbox: Outbox) -> None:
    """A thousand at a time: whoever is woken by the first need not wait for the last."""
    outbox.clock.at(0, lambda _: outbox.clock.soon(lambda _: outbox.sent.append((0, "other")), None), None)

    sent = outbox.run(FeedSpec(at=0, times=3 * EVENTS_A_STEP, send=to_orders()))

    assert len(sent) == 3 * EVENTS_A_STEP + 1
    assert sent[-1] != (0, "other")
    assert outbox.clock.now_us == 0


def test_a_feed_has_one_timer_at_a_time(outbox: Outbox) -> None:
    """A million events to come are one entry on the loop."""
    workload = Workload([FeedSpec(every="1 s", send=to_orders(), times=1_000_000)], outbox)
    workload.begin()
    outbox.loop.run_until(10 * S)

    assert len(outbox.sent) == 11
    assert len(outbox.loop._heap) == 1


def test_poisson_arrivals_hang_on_the_name_of_the_feed(tmp_path: Path, outbox: Outbox) -> None:
    """A feed that is added above does not shift the luck of the one below."""
    named = FeedSpec(name="shop", rate="10/s", poisson=True, times=50, send=to_orders())

    alone = outbox.run(named)
    with_another = Outbox(tmp_path)
    both = with_another.run(FeedSpec(rate="5/s", poisson=True, times=50, send=to_orders("y")), named)

    with_another.trace.close()
    with_another.loop.close()
    assert [entry for entry in both if entry[1] == "x"] == alone


# --- lines -------------------------------------------------------------------------------------------------


def test_a_file_of_lines_is_sent_line_by_line(outbox: Outbox) -> None:
    """The line is the body, and the file's end is the feed's."""
    (outbox.folder / "orders.jsonl").write_text('{"order": 1}\n{"order": 2}\n')

    sent = outbox.run(FeedSpec(lines="orders.jsonl", every="1 s", send=SendSpec(queue="orders")))

    assert sent == [(0, '{"order": 1}'), (S, '{"order": 2}')]


def test_lines_may_say_when_they_are_due(outbox: Outbox) -> None:
    """A span since the beginning or a date; a line that does not say follows the one above."""
    lines = [{"at": "1 s"}, {}, {"at": 2.5}, {"at": "2026-01-01T00:00:04Z"}]
    (outbox.folder / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))

    sent = outbox.run(FeedSpec(lines="a.jsonl", send=to_orders("{n}")))

    assert sent == [(S, "1"), (S, "2"), (2_500_000, "3"), (4 * S, "4")]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ('{"at": "1 s"}', r"a\.jsonl:2 is due before the line above; sort the file by `at`"),
        ('{"at": "soon"}', r"a\.jsonl:2 has a wrong `at`: 'soon' is not a span of time"),
        ('{"at": null}', r"a\.jsonl:2 has `at: None`, which is neither a span of time nor a date"),
        ("{", r"a\.jsonl:2 is not JSON"),
    ],
    ids=str,
)
def test_a_line_that_cannot_be_used_ends_the_run(outbox: Outbox, second: str, message: str) -> None:
    """The message names file and line, the key leads to the scenario."""
    (outbox.folder / "a.jsonl").write_text('{"at": "5 s"}\n' + second + "\n")

    with pytest.raises(ConfigurationError, match=message) as caught:
        outbox.run(FeedSpec(lines="a.jsonl", send=to_orders()))

    assert caught.value.key == "workload[0].lines"


def test_cells_of_a_csv_file_are_placeholders(outbox: Outbox) -> None:
    """The first line names them."""
    (outbox.folder / "a.csv").write_text("id,who\n7,Ann\n")

    sent = outbox.run(FeedSpec(lines="a.csv", send=to_orders({"order": "{id}"}, group="{who}")))

    assert sent == [(0, ("orders", '{"order": "7"}', {"group": "Ann"}))]


# --- what --------------------------------------------------------------------------------------------------


def test_a_message_may_have_everything_that_sqs_allows(outbox: Outbox) -> None:
    """Attributes get their data type from the value."""
    spec = to_orders(
        {"n": "{n}"}, attributes={"kind": "k{n}", "size": 2}, group="g", deduplication_id="d{n}", delay="5 s"
    )

    sent = outbox.run(FeedSpec(send=spec))

    attributes = {
        "kind": {"DataType": "String", "StringValue": "k1"},
        "size": {"DataType": "Number", "StringValue": "2"},
    }
    options = {"attributes": attributes, "group": "g", "deduplication_id": "d1", "delay_s": 5}
    assert sent == [(0, ("orders", '{"n": 1}', options))]


def test_an_object_comes_from_a_file_or_a_body(outbox: Outbox) -> None:
    """A file is taken byte for byte and lends its name; a body is a template."""
    (outbox.folder / "cat.jpg").write_bytes(b"\xff{n}")
    put = PutSpec(bucket="photos", file="cat.jpg", content_type="image/jpeg")
    text = PutSpec(bucket="photos", key="{n}.txt", body="number {n}", metadata={"a": "b"})

    sent = outbox.run(FeedSpec(put=put), FeedSpec(put=text))

    assert sent == [
        (0, ("photos", "cat.jpg", b"\xff{n}", {"content_type": "image/jpeg"})),
        (0, ("photos", "1.txt", b"number 1", {"metadata": {"a": "b"}})),
    ]


def test_delete_and_call_are_requests_of_a_client_outside(outbox: Outbox) -> None:
    """Any AWS operation can be called, with placeholders in its parameters."""
    call = CallSpec(service="sqs", operation="PurgeQueue", parameters={"QueueUrl": "q{n}"})

    sent = outbox.run(FeedSpec(delete=DeleteSpec(bucket="photos", key="k{n}")), FeedSpec(call=call))

    assert sent == [
        (0, ("s3.DeleteObject", {"Bucket": "photos", "Key": "k1"})),
        (0, ("sqs.PurgeQueue", {"QueueUrl": "q1"})),
    ]


def test_a_publication_is_a_request_to_the_topic_of_that_name(outbox: Outbox) -> None:
    """Text becomes a `String`, a number a `Number`, a list a `String.Array`, with placeholders in each."""
    publish = PublishSpec(
        topic="orders",
        message={"order": "{n}"},
        subject="order {n}",
        attributes={"kind": "k{n}", "price": 10, "tags": ["a", "b"]},
        group="g{n}",
    )

    sent = outbox.run(FeedSpec(publish=publish))

    parameters = {
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:orders",
        "Message": '{"order": 1}',
        "Subject": "order 1",
        "MessageGroupId": "g1",
        "MessageAttributes": {
            "kind": {"DataType": "String", "StringValue": "k1"},
            "price": {"DataType": "Number", "StringValue": "10"},
            "tags": {"DataType": "String.Array", "StringValue": '["a", "b"]'},
        },
    }
    assert sent == [(0, ("sns.Publish", parameters))]


def test_a_synchronous_invocation_records_what_it_was_answered(outbox: Outbox) -> None:
    """Expectations about results read it from the trace."""
    outbox.answer = {"StatusCode": 200, "Payload": io.BytesIO(b'{"ok": true}')}

    sent = outbox.run(FeedSpec(invoke=InvokeSpec(function="hello:live", event={"n": "{n}"})))

    request = {"FunctionName": "hello:live", "InvocationType": "RequestResponse", "Payload": b'{"n": 1}'}
    assert sent == [(0, ("lambda.Invoke", request))]
    (entry,) = outbox.trace.entries()
    assert (entry.kind, entry.place, entry.detail) == ("answered", "function hello", {"answer": {"ok": True}})


def test_an_invocation_may_be_for_a_tenant(outbox: Outbox) -> None:
    """Functions that isolate tenants must be told; each event may be another's."""
    sent = outbox.run(FeedSpec(every="1 s", times=2, invoke=InvokeSpec(function="hello", tenant="t{n}")))

    assert [request["TenantId"] for _, (_, request) in sent] == ["t1", "t2"]


def test_an_invocation_that_is_refused_is_an_answer_too(outbox: Outbox) -> None:
    """A throttle is what the workload may be there to show: the run goes on."""
    outbox.answer = ApiError("TooManyRequestsException", "Rate Exceeded.", status=429)

    outbox.run(FeedSpec(every="1 s", times=2, invoke=InvokeSpec(function="hello")))

    first, second = outbox.trace.entries()
    assert first.detail == {"answer": "TooManyRequestsException: Rate Exceeded.", "error": "TooManyRequestsException"}
    assert second.at_us == S


def test_an_answer_that_takes_its_time_is_recorded_when_it_comes(outbox: Outbox) -> None:
    """The feed goes on meanwhile: the workload does not wait for answers."""

    async def later() -> Result:
        await asyncio.sleep(5)
        return {"Payload": b"1", "FunctionError": "Unhandled"}

    outbox.call = lambda *_, **__: later()  # type: ignore[method-assign]  # this stand-in answers late
    outbox.run(FeedSpec(every="1 s", times=2, invoke=InvokeSpec(function="hello")))

    entries = list(outbox.trace.entries())
    assert [entry.at_us for entry in entries] == [5 * S, 6 * S]
    assert entries[0].detail == {"answer": 1, "error": "Unhandled"}


def test_a_message_that_aws_refuses_ends_the_run(outbox: Outbox) -> None:
    """A body that is too large is a mistake in the scenario; the key leads to its line."""

    def refuse(queue: str, body: str, **options: Any) -> None:
        raise ApiError("InvalidParameterValue", "Message must be shorter than 1048576 bytes.")

    outbox.send = refuse  # type: ignore[method-assign]  # this stand-in refuses

    with pytest.raises(ConfigurationError, match="AWS refuses this: InvalidParameterValue: Message must be") as caught:
        outbox.run(FeedSpec(send=to_orders()), FeedSpec(at=1, send=to_orders()))

    assert caught.value.key == "workload[0]"


@pytest.mark.parametrize(
    ("spec", "key", "message"),
    [
        (FeedSpec(put=PutSpec(bucket="b", file="no.jpg")), "workload[0].put.file", "cannot read .*no.jpg"),
        (FeedSpec(lines="no.jsonl", send=to_orders()), "workload[0].lines", "there is no file"),
        (FeedSpec(every=0, send=to_orders()), "workload[0].every", "never lets time pass"),
        (FeedSpec(every="soon", send=to_orders()), "workload[0].every", "not a span of time"),
        (FeedSpec(rate="fast", send=to_orders()), "workload[0].rate", "not a rate"),
        (FeedSpec(send=to_orders(delay="1.5 s")), "workload[0].send.delay", "whole seconds"),
        (FeedSpec(send=to_orders({"a": "{uid}"})), "workload[0].send.body", "did you mean"),
    ],
    ids=str,
)
def test_a_feed_that_makes_no_sense_is_refused_before_the_run(
    outbox: Outbox, spec: FeedSpec, key: str, message: str
) -> None:
    """The key leads to the setting."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        Workload([spec], outbox)

    assert caught.value.key == key


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "one action is wanted"),
        ({"send": to_orders(), "put": PutSpec(bucket="b", key="k")}, "not send and put"),
        ({"at": 1, "every": 2, "send": to_orders()}, "`at` and `every` exclude each other"),
        ({"ramp_to": 5, "over": 1, "send": to_orders()}, "`ramp_to` goes with `rate`"),
        ({"rate": 1, "ramp_to": 5, "send": to_orders()}, "a ramp takes its time"),
        ({"poisson": True, "send": to_orders()}, "`poisson` goes with `rate`"),
    ],
    ids=str,
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, Any], message: str) -> None:
    """A feed has one action and one way to say when."""
    with pytest.raises(ConfigurationError, match=message):
        FeedSpec(**settings)
