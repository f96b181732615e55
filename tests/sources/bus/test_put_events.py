"""What becomes of events that are put on a bus? Through boto3."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests.sources.bus.conftest import HERE, QUEUE_ARN, Bench


def test_a_target_gets_the_event_with_its_members_in_order(bench: Bench) -> None:
    """Recorded: compact, these members in this order; `time` to the second."""
    bench.rule(pattern={"source": ["shop"]})
    bench.target()

    event_id = bench.put({"orderId": "1"}, Resources=["arn:aws:a"], Time=datetime(2025, 12, 22, 18, 43, 48, 9, UTC))[
        "EventId"
    ]

    assert bench.got() == [
        f'{{"version":"0","id":"{event_id}","detail-type":"paid","source":"shop","account":"123456789012",'
        '"time":"2025-12-22T18:43:48Z","region":"us-east-1","resources":["arn:aws:a"],"detail":{"orderId":"1"}}'
    ]


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        pytest.param(
            {"DetailType": "t", "Detail": "{}"},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
            id="no source",
        ),
        pytest.param(
            {"Source": "s", "Detail": "{}"},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
            id="no detail type",
        ),
        pytest.param(
            {"Source": "s", "DetailType": "t"},
            "InvalidArgument",
            "Parameter Detail is not valid. Reason: Detail is a required argument.",
            id="no detail",
        ),
        *(
            pytest.param(
                {"Source": "s", "DetailType": "t", "Detail": detail},
                "MalformedDetail",
                "Detail is malformed.",
                id=detail,
            )
            for detail in ("text", "[1]", '"text"', '{"a":', "[" * 5_000)
        ),
        pytest.param(
            {"Source": "aws.s3", "DetailType": "t", "Detail": "{}"},
            "NotAuthorizedForSourceException",
            "Not authorized for the source.",
            id="AWS's own source",
        ),
        *(
            pytest.param(
                {"Source": "s", "DetailType": "t", "Detail": "{}", name: value},
                "InvalidArgument",
                "Parameter Entries is not valid. Reason: it holds half a character.",
                id=f"half a character in {name}",
            )
            for name, value in (("Source", "\ud800"), ("DetailType", "a\udfff"), ("Resources", ["a", "\ud800"]))
        ),
    ],
)
def test_an_entry_that_is_no_event_is_told_in_its_place(
    bench: Bench, entry: dict[str, Any], code: str, message: str
) -> None:
    """Recorded: the call succeeds, the other entries are put."""
    good = {"Source": "s", "DetailType": "t", "Detail": "{}"}

    answer = bench.events.put_events(Entries=[good, entry, good])

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1] == {"ErrorCode": code, "ErrorMessage": message}
    assert "EventId" in answer["Entries"][0]
    assert "EventId" in answer["Entries"][2]


def test_more_than_ten_entries_are_refused(bench: Bench) -> None:
    """Recorded: the whole call fails."""
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}"}

    with pytest.raises(ClientError, match="at 'entries' failed to satisfy constraint: Member must have length less"):
        bench.events.put_events(Entries=[entry] * 11)


def test_entries_that_are_too_large_together_are_refused(bench: Bench) -> None:
    """Documented: 1 MB in all, as AWS counts it."""
    entry = {"Source": "s", "DetailType": "t", "Detail": json.dumps({"a": "x" * 600_000})}

    with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
        bench.events.put_events(Entries=[entry] * 2)


def test_an_event_for_a_bus_that_is_not_there_counts_as_put(bench: Bench) -> None:
    """Recorded: it gets an id and is gone. The trace says so."""
    result = bench.put(EventBusName="nowhere")

    assert "EventId" in result
    assert len(bench.told("event vanished")) == 1


def test_a_bus_may_be_named_by_its_arn(bench: Bench) -> None:
    """In PutEvents, as in the other operations."""
    bench.events.create_event_bus(Name="orders")
    arn = f"arn:aws:events:{HERE}:event-bus/orders"
    bench.rule(pattern={"source": ["shop"]}, EventBusName=arn)
    bench.target(bus="orders")

    bench.put(EventBusName=arn)

    assert len(bench.got()) == 1


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"source": "shop", "detail": {"a": 1}}, True),
        ({"source": "bank", "detail": {}}, False),
    ],
)
def test_a_pattern_is_tried_on_an_event(bench: Bench, event: dict[str, Any], expected: bool) -> None:
    """TestEventPattern wants a whole event."""
    whole = {"id": "1", "account": "1", "time": "t", "region": "r", "resources": [], "detail-type": "t", **event}

    answer = bench.events.test_event_pattern(EventPattern='{"source": ["shop"]}', Event=json.dumps(whole))

    assert answer["Result"] is expected


@pytest.mark.parametrize("event", ["[]", "text", '{"source": "shop"}'])
def test_a_pattern_is_tried_on_nothing_less_than_an_event(bench: Bench, event: str) -> None:
    """Recorded for what is no object."""
    with pytest.raises(ClientError, match="Parameter Event is not valid"):
        bench.events.test_event_pattern(EventPattern='{"source": ["shop"]}', Event=event)


def test_events_are_the_same_whoever_asks_twice() -> None:
    """One seed, one trace."""
    digests = []
    for _ in range(2):
        with SyncSimulation(seed=7) as simulation:
            bench = Bench(simulation)
            bench.rule(pattern={"source": ["shop"]})
            bench.target(RetryPolicy={"MaximumRetryAttempts": 3})
            bench.put()
            digests.append(simulation.digest())
        simulation.trace.close()

    assert digests[0] == digests[1]


def test_why_rules_did_not_take_an_event_is_told(bench: Bench) -> None:
    """The key that failed, the rest of a rule, or that the event is on another bus."""
    bench.events.create_event_bus(Name="orders")
    bench.rule("wants-more", {"detail": {"total": [{"numeric": [">", 100]}]}})
    bench.rule("rests", {"source": ["shop"]}, State="DISABLED")
    bench.rule("elsewhere", {"source": ["shop"]}, EventBusName="orders")

    bench.put({"total": 5})

    assert bench.told("event not matched") == [
        {"reason": "detail.total is 5, wanted a number > 100"},
        {"reason": "the rule is disabled"},
        {"reason": "it was put on bus default, and the rule is on bus orders"},
    ]


def test_a_thousand_rules_do_not_write_a_thousand_entries(bench: Bench) -> None:
    """On a bus with many rules only those that come near are told of."""
    for number in range(30):
        bench.rule(f"r{number}", {"source": ["shop"], "detail-type": [f"t{number}"]})
    bench.rule("near", {"detail-type": ["t7"], "detail": {"a": [1]}})

    bench.put({"a": 2}, kind="t7")

    assert bench.told("event not matched") == [{"reason": "detail.a is 2, wanted 1"}]


def test_the_target_of_a_function_destination_is_a_bus(bench: Bench) -> None:
    """Recorded: the record of an invocation comes as an event of the source `lambda`."""
    simulation = bench.simulation
    arn = f"arn:aws:events:{HERE}:event-bus/default"
    bench.rule(pattern={"source": ["lambda"]})
    bench.target()
    simulation.add_function("double", handler=lambda event, _: event * 2, on_success=arn)
    simulation.connect()

    simulation.request("lambda", "Invoke", {"FunctionName": "double", "InvocationType": "Event", "Payload": b"21"})
    simulation.until_idle()

    (event,) = map(json.loads, bench.got())
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["resources"] == [arn, f"arn:aws:lambda:{HERE}:function:double:$LATEST"]
    assert event["detail"]["responsePayload"] == 42
    assert QUEUE_ARN not in event["resources"]
