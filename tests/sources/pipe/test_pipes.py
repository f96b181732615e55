"""Pipes as their clients see them, and what becomes of the events in them."""

import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError, SyncSimulation
from eventsim_sources.bus.api_destination import Outbox
from eventsim_sources.bus.outgoing import OutgoingRequest
from eventsim_sources.input_template import UnfitInput
from eventsim_sources.pipe.event import dynamic, flat, rendered
from tests.sources.pipe.conftest import SQS, client

ROLE = "arn:aws:iam::123456789012:role/pipe"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


def make(pipes: Any, source: str = SQS + "in", target: str = SQS + "out", **settings: Any) -> Any:
    """Make the pipe `p`."""
    return pipes.create_pipe(Name="p", Source=source, Target=target, RoleArn=ROLE, **settings)


def bodies(world: SyncSimulation, queue: str) -> list[Any]:
    """Return the bodies in a queue, decoded."""
    sqs = client(world, "sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(each["Body"]) for each in found]


def test_a_pipe_carries_what_its_filter_lets_through(world: SyncSimulation, pipes: Any) -> None:
    """Shaped by a template; what does not match is deleted."""
    make(
        pipes,
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["order"]}}'}]}},
        TargetParameters={"InputTemplate": '{"id": <$.body.id>, "pipe": "<aws.pipes.pipe-name>"}'},
    )
    for kind, number in (("order", 1), ("noise", 2), ("order", 3)):
        world.send("in", json.dumps({"kind": kind, "id": number}))

    world.until_idle()

    assert bodies(world, "out") == [{"id": 1, "pipe": "p"}, {"id": 3, "pipe": "p"}]
    assert bodies(world, "in") == []


def test_without_a_template_the_whole_record_is_the_event(world: SyncSimulation, pipes: Any) -> None:
    """As the source tells it."""
    make(pipes)
    world.send("in", "plain text")

    world.until_idle()

    (record,) = bodies(world, "out")
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("plain text", "aws:sqs", SQS + "in")


def test_an_enrichment_gets_a_list_and_gives_another(world: SyncSimulation, pipes: Any) -> None:
    """Of any length; an empty one leaves nothing to deliver."""

    def double(events: Any, context: Any) -> Any:
        return [{"n": n} for event in events for n in [int(event["body"])] * 2 if n > 1]

    world.add_function("double", handler=double)
    make(pipes, Enrichment=LAMBDA + "double")
    for number in (1, 2):
        world.send("in", str(number))

    world.until_idle()

    assert bodies(world, "out") == [{"n": 2}, {"n": 2}]
    assert bodies(world, "in") == []


def test_a_function_gets_the_whole_batch_and_may_name_what_failed(world: SyncSimulation, pipes: Any) -> None:
    """What it names comes back when its visibility ends, until the queue gives it up."""
    seen: list[list[str]] = []

    def handler(events: Any, context: Any) -> Any:
        seen.append([event["body"] for event in events])
        return {"batchItemFailures": [{"itemIdentifier": e["messageId"]} for e in events if e["body"] == '"bad"']}

    world.add_function("f", handler=handler)
    make(pipes, target=LAMBDA + "f")
    for text in ("a", "bad", "b"):
        world.send("in", json.dumps(text))

    world.until_idle()

    assert seen == [['"a"', '"bad"', '"b"'], ['"bad"']]
    assert bodies(world, "dead") == ["bad"]


def test_a_failing_enrichment_sends_the_batch_back(world: SyncSimulation, pipes: Any) -> None:
    """Nothing of it is delivered."""

    def fail(events: Any, context: Any) -> Any:
        raise ValueError("no")

    world.add_function("fail", handler=fail)
    make(pipes, Enrichment=LAMBDA + "fail")
    world.send("in", '"x"')

    world.until_idle()

    assert bodies(world, "out") == []
    assert bodies(world, "dead") == ["x"]
    assert world.numbers("pipes", "p") == {"batches": 2, "events": 2, "delivered": 0, "failed": 2}


def test_events_go_onto_a_bus(world: SyncSimulation, pipes: Any) -> None:
    """With source and detail type from parameters, which may be paths."""
    events = client(world, "events")
    events.put_rule(Name="r", EventPattern='{"source": ["shop"], "detail-type": ["paid"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": SQS + "out", "InputPath": "$.detail"}])
    make(
        pipes,
        target="arn:aws:events:us-east-1:123456789012:event-bus/default",
        TargetParameters={
            "InputTemplate": '{"order": <$.body.id>}',
            "EventBridgeEventBusParameters": {"Source": "shop", "DetailType": "$.body.kind"},
        },
    )
    world.send("in", '{"id": 7, "kind": "paid"}')

    world.until_idle()

    assert bodies(world, "out") == [{"order": 7}]


def test_a_stream_is_a_source(world: SyncSimulation, pipes: Any) -> None:
    """Its records are flat, and their data are read as JSON where a path leads into them."""
    world.add_source("streams", "clicks")
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    make(
        pipes,
        source=arn,
        SourceParameters={"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 10}},
        TargetParameters={"InputTemplate": '{"page": <$.data.page>, "key": <$.partitionKey>}'},
    )
    client(world, "kinesis").put_record(StreamName="clicks", Data=b'{"page": "/"}', PartitionKey="ann")

    world.until_idle()

    assert bodies(world, "out") == [{"page": "/", "key": "ann"}]


def test_a_pipe_of_a_stream_gives_up_into_its_dead_letter_queue(world: SyncSimulation, pipes: Any) -> None:
    """The record tells where in the stream it was."""
    world.add_source("streams", "clicks")
    own = {
        "StartingPosition": "TRIM_HORIZON",
        "MaximumRetryAttempts": 1,
        "DeadLetterConfig": {"Arn": SQS + "dead"},
    }
    make(
        pipes,
        source="arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
        target=SQS + "nowhere",
        SourceParameters={"KinesisStreamParameters": own},
    )
    client(world, "kinesis").put_record(StreamName="clicks", Data=b"1", PartitionKey="ann")

    world.until_idle()

    (letter,) = bodies(world, "dead")
    assert letter["KinesisBatchInfo"]["batchSize"] == 1
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_pipe_can_be_stopped_and_started(world: SyncSimulation, pipes: Any) -> None:
    """While it stands, messages wait."""
    make(pipes, DesiredState="STOPPED")
    world.send("in", '"x"')
    world.until_idle()
    assert bodies(world, "out") == []

    pipes.start_pipe(Name="p")
    world.until_idle()

    assert [each["body"] for each in bodies(world, "out")] == ['"x"']
    assert pipes.describe_pipe(Name="p")["CurrentState"] == "RUNNING"
    assert pipes.stop_pipe(Name="p")["CurrentState"] == "STOPPING"


def test_pipes_are_listed_changed_tagged_and_deleted(world: SyncSimulation, pipes: Any) -> None:
    """As clients need it."""
    arn = make(pipes, Tags={"a": "1"})["Arn"]

    pipes.update_pipe(Name="p", RoleArn=ROLE, Target=SQS + "dead")
    pipes.tag_resource(resourceArn=arn, tags={"b": "2"})

    described = pipes.describe_pipe(Name="p")
    assert (described["Target"], described["Tags"]) == (SQS + "dead", {"a": "1", "b": "2"})
    assert [each["Name"] for each in pipes.list_pipes(SourcePrefix=SQS)["Pipes"]] == ["p"]
    pipes.delete_pipe(Name="p")
    with pytest.raises(ClientError, match=r"NotFoundException.*Pipe p does not exist"):
        pipes.describe_pipe(Name="p")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param({"source": "arn:aws:sqs:us-east-1:123456789012:none"}, "ValidationException", id="no such source"),
        pytest.param({"source": "arn:aws:rds:us-east-1:123456789012:cluster:c"}, "NotImplemented", id="a database"),
        pytest.param({"target": "arn:aws:redis:us-east-1:123456789012:x"}, "NotImplemented", id="no such target"),
    ],
)
def test_what_cannot_be_is_refused(pipes: Any, settings: Any, code: str) -> None:
    """By name, when the pipe is made."""
    with pytest.raises(ClientError) as caught:
        make(pipes, **settings)

    assert caught.value.response["Error"]["Code"] == code


def test_a_scenario_may_hold_pipes(world: SyncSimulation) -> None:
    """In short words, with names instead of ARNs."""
    for name in ("in", "out"):
        world.add_source("queues", name)
    world.add_source("pipes", "p", source="in", target="out", template='{"n": <$.body.n>}')
    world.connect()
    world.send("in", '{"n": 5}')

    world.until_idle()

    assert bodies(world, "out") == [{"n": 5}]


EVENT = {"body": '{"a": {"b": [1, 2]}}', "n": 3, "text": "x", "none": None}


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("", json.dumps(EVENT, separators=(",", ":"))),
        ('{"v": <$.body.a.b[1]>}', '{"v":2}'),
        ('{"v": <$.body.a>}', '{"v":{"b":[1,2]}}'),
        ('{"v": "<$.text> and <$.n>"}', '{"v":"x and 3"}'),
        ('{"v": <$.missing>}', '{"v":""}'),
        ('{"whole": <aws.pipes.event.json>}', '{"whole":' + json.dumps(EVENT, separators=(",", ":")) + "}"),
        ('"order <$.n>"', '"order 3"'),
    ],
)
def test_templates_are_filled_like_those_of_rules(template: str, made: str) -> None:
    """Paths stand where rules have names."""
    assert rendered(template, EVENT, {}) == made


def test_a_template_that_makes_no_json_is_unfit() -> None:
    """The batch fails."""
    with pytest.raises(UnfitInput):
        rendered('{"v": "<$.body>"}', EVENT, {})


def test_parameters_may_be_paths() -> None:
    """Or texts that stand for themselves."""
    assert (dynamic("key", EVENT), dynamic("$.body.a.b[0]", EVENT)) == ("key", "1")
    with pytest.raises(UnfitInput):
        dynamic("$.missing", EVENT)


def test_a_record_of_a_stream_is_flat() -> None:
    """What is its own stands beside what the mapping adds."""
    assert flat({"kinesis": {"data": "MQ=="}, "eventName": "e"}) == {"data": "MQ==", "eventName": "e"}


def test_a_cluster_can_be_a_target(world: SyncSimulation, pipes: Any) -> None:
    """A task is begun for each event; the operation may be answered by a stub."""
    begun: list[Any] = []
    world.stub("ecs", "RunTask", lambda request: begun.append(request) or {"tasks": []})
    task = {"TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/t", "LaunchType": "FARGATE"}
    make(pipes, target="arn:aws:ecs:us-east-1:123456789012:cluster/c", TargetParameters={"EcsTaskParameters": task})
    world.send("in", "{}")

    world.until_idle()

    assert (begun[0]["taskDefinition"], begun[0]["launchType"]) == (task["TaskDefinitionArn"], "FARGATE")
    assert bodies(world, "in") == []


def test_how_a_queue_is_polled_can_be_changed(world: SyncSimulation, pipes: Any) -> None:
    """What is not told of it has its default; a deleted pipe wants to be deleted."""
    make(pipes)
    before = pipes.describe_pipe(Name="p")["SourceParameters"]
    only = {"FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["order"]}}'}]}}

    pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters=only)
    world.send("in", '{"kind": "noise"}')
    world.send("in", '{"kind": "order"}')
    world.until_idle()

    assert before == {"SqsQueueParameters": {"BatchSize": 10}}
    assert [json.loads(each["body"]) for each in bodies(world, "out")] == [{"kind": "order"}]
    assert pipes.delete_pipe(Name="p")["DesiredState"] == "DELETED"


def test_a_batch_size_that_is_no_number_is_refused(world: SyncSimulation) -> None:
    """As a template may have it, which no SDK has looked through."""
    given = {"Name": "p", "Source": SQS + "in", "Target": SQS + "out", "RoleArn": ROLE}
    with pytest.raises(ApiError, match="ValidationException"):
        world.request("pipes", "CreatePipe", {**given, "SourceParameters": {"SqsQueueParameters": {"BatchSize": True}}})


def test_an_update_that_is_refused_changes_nothing(world: SyncSimulation, pipes: Any) -> None:
    """The pipe goes on as before, and the code is one of the service's."""
    make(pipes)
    before = pipes.describe_pipe(Name="p")

    for wrong in ({"FilterCriteria": {"Filters": [{"Pattern": "x"}]}}, {"SqsQueueParameters": {"BatchSize": 11}}):
        with pytest.raises(ClientError, match="ValidationException"):
            pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters=wrong)
    world.send("in", '"x"')
    world.until_idle()

    after = pipes.describe_pipe(Name="p")
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
    assert [each["body"] for each in bodies(world, "out")] == ['"x"']


@pytest.mark.parametrize(
    "arn", ["arn:aws:pipes:eu-west-1:123456789012:pipe/p", "arn:aws:sqs:us-east-1:123456789012:x/p"]
)
def test_tags_are_those_of_an_arn(pipes: Any, arn: str) -> None:
    """What ends like a pipe's is none."""
    make(pipes, Tags={"a": "1"})

    with pytest.raises(ClientError, match="NotFoundException"):
        pipes.list_tags_for_resource(resourceArn=arn)


def test_an_update_keeps_what_it_does_not_name(pipes: Any) -> None:
    """Filters stay when batches change (documented); "" takes a template away, a list of no filters the filters."""
    filters = {"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["a"]}'}]}}
    polled = {"SqsQueueParameters": {"BatchSize": 5, "MaximumBatchingWindowInSeconds": 2}}
    sent = {"SqsQueueParameters": {"MessageGroupId": "g"}}
    make(pipes, SourceParameters={**filters, **polled}, TargetParameters={**sent, "InputTemplate": '{"a": 1}'})

    batches = {"SqsQueueParameters": {"BatchSize": 7}}
    pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters=batches, TargetParameters={"InputTemplate": ""})
    changed = pipes.describe_pipe(Name="p")
    pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters={"FilterCriteria": {"Filters": []}}, Target=LAMBDA + "f")
    unfiltered = pipes.describe_pipe(Name="p")

    assert changed["SourceParameters"] == {**filters, **batches}
    assert changed["TargetParameters"] == sent
    assert unfiltered["SourceParameters"] == {"FilterCriteria": {"Filters": []}, **batches}
    assert "TargetParameters" not in unfiltered


def test_an_update_may_take_the_dead_letters_of_a_stream_away(world: SyncSimulation, pipes: Any) -> None:
    """By a structure that says nothing, which is not told."""
    world.add_source("streams", "clicks")
    read = {"StartingPosition": "LATEST", "DeadLetterConfig": {"Arn": SQS + "dead"}}
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    make(pipes, source=arn, SourceParameters={"KinesisStreamParameters": read})

    without = {"KinesisStreamParameters": {"DeadLetterConfig": {}}}
    pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters=without)

    told = pipes.describe_pipe(Name="p")["SourceParameters"]["KinesisStreamParameters"]
    assert told == {"StartingPosition": "LATEST"}


def test_a_pipe_goes_on_in_its_stream_when_batches_change(world: SyncSimulation, pipes: Any) -> None:
    """Nothing is read twice or passed over, and where the stream was begun is still told."""
    seen: list[list[str]] = []
    world.add_function("f", handler=lambda events, context: seen.append([event["partitionKey"] for event in events]))
    world.add_source("streams", "clicks")
    read = {"StartingPosition": "TRIM_HORIZON", "BatchSize": 1}
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    make(pipes, source=arn, target=LAMBDA + "f", SourceParameters={"KinesisStreamParameters": read})
    put = partial(client(world, "kinesis").put_record, StreamName="clicks", Data=b"x")

    put(PartitionKey="a")
    world.until_idle()
    pipes.stop_pipe(Name="p")
    for key in "bcd":
        put(PartitionKey=key)
    larger = {"KinesisStreamParameters": {"BatchSize": 2}}
    pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters=larger, DesiredState="RUNNING")
    world.until_idle()

    assert seen == [["a"], ["b", "c"], ["d"]]
    told = pipes.describe_pipe(Name="p")["SourceParameters"]["KinesisStreamParameters"]
    assert told == {"StartingPosition": "TRIM_HORIZON", "BatchSize": 2}


def _destination(world: SyncSimulation) -> str:
    """Make the API destination `crm` and return its ARN."""
    events = client(world, "events")
    auth = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
    connection = events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=auth)["ConnectionArn"]
    arn: str = events.create_api_destination(
        Name="crm", ConnectionArn=connection, InvocationEndpoint="https://crm.example/ask", HttpMethod="POST"
    )["ApiDestinationArn"]
    return arn


def test_an_api_destination_may_enrich(world: SyncSimulation, pipes: Any) -> None:
    """It gets a list, and what it answers goes on; the connection shows who asks."""
    asked: list[OutgoingRequest] = []

    def answer(request: OutgoingRequest) -> tuple[int, object]:
        asked.append(request)
        return 200, [{"answer": number} for number in range(2)]

    world.share(Outbox).answer("crm", answer)
    template = {"InputTemplate": '{"id": <$.body.id>}'}
    make(pipes, Enrichment=_destination(world), EnrichmentParameters=template)
    world.send("in", '{"id": 7}')

    world.until_idle()

    (request,) = asked
    assert json.loads(request.body) == [{"id": 7}]
    assert request.headers["x-key"] == "secret"
    assert bodies(world, "out") == [{"answer": 0}, {"answer": 1}]


@pytest.mark.parametrize(("status", "body"), [(500, []), (200, None)], ids=["refused", "nothing"])
def test_an_enrichment_by_http_may_end_a_batch(world: SyncSimulation, pipes: Any, status: int, body: object) -> None:
    """A refusal sends it back to where it came from, no answer ends it."""
    world.share(Outbox).answer("crm", lambda _: (status, body))
    make(pipes, Enrichment=_destination(world))
    world.send("in", "{}")

    world.until_idle()

    assert bodies(world, "out") == []
    assert len(bodies(world, "dead")) == (1 if status == 500 else 0)


def test_an_api_of_the_gateway_may_enrich_and_be_a_target(world: SyncSimulation, pipes: Any) -> None:
    """Its methods are named by ARN."""
    got: list[str] = []
    world.add_function("double", handler=lambda event, _: json.loads(event["body"]) * 2)
    world.add_function("take", handler=lambda event, _: got.append(event["body"]))
    world.add_source("apis", "web", routes={"POST /double": "double", "POST /take": "take"})
    api = world.front_doors.url("web").removeprefix("https://").partition(".")[0]
    begin = f"arn:aws:execute-api:us-east-1:123456789012:{api}/$default/POST"
    template = {"InputTemplate": "<$.body>"}
    make(pipes, target=f"{begin}/take", Enrichment=f"{begin}/double", EnrichmentParameters=template)
    world.send("in", '{"id":7}')

    world.until_idle()

    assert [json.loads(body) for body in got] == [{"id": 7}, {"id": 7}]


def test_what_a_pipe_should_log_is_told_by_the_trace(world: SyncSimulation, pipes: Any) -> None:
    """The setting is kept, and said to change nothing."""
    make(pipes, LogConfiguration={"Level": "INFO"})

    (entry,) = world.trace.entries(["accepted without effect"])
    assert entry.detail["parameter"] == "LogConfiguration"


@pytest.mark.parametrize(
    ("name", "parameters", "place"),
    [
        ("SourceParameters", {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}, "in"),
        ("TargetParameters", {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}, "out"),
    ],
    ids=["source", "target"],
)
def test_parameters_must_suit_source_and_target(pipes: Any, name: str, parameters: Any, place: str) -> None:
    """Those of another kind are refused by name (unconfirmed words)."""
    with pytest.raises(ClientError, match=f"{name}.{next(iter(parameters))} does not go with {SQS}{place}"):
        make(pipes, **{name: parameters})
