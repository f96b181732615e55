"""To which trace of X-Ray's does an invocation belong, and how does its header go on?"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim.trace_header import Sampler, header_of_invocation, root_of
from tests import sdk

REQUEST_ID = "3f2d6f0e-8a0c-4e8d-9c8f-0f5b7f0f7a11"
CLIENT = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
HERE = "us-east-1:123456789012"


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=5) as simulation:
        simulation.add_source("queues", "inbox")
        yield simulation


def root(header: str) -> str:
    """Return what stays the same in all of a trace."""
    return header.partition(";")[0]


def own_header(_: Any = None, __: Any = None) -> str:
    """Return what a function sees of its trace."""
    return os.environ["_X_AMZN_TRACE_ID"]


def headers_in(simulation: SyncSimulation, queue: str = "inbox") -> list[str | None]:
    """Return the trace header of each message in a queue, None for those without."""
    sqs = sdk.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MaxNumberOfMessages=10).get("Messages", [])
    return [message["Attributes"].get("AWSTraceHeader") for message in messages]


def with_header(service: str, header: str) -> Any:
    """Return a client outside that sends a header, as an instrumented one does."""
    client = sdk.new_client(service)

    def add_header(params: dict[str, Any], **_: object) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = header

    client.meta.events.register("before-call", add_header)
    return client


# --- the header itself -------------------------------------------------------------------------------------


def test_a_trace_begins_with_its_request() -> None:
    """Its root has the second in which it began and digits of the request."""
    assert root_of(REQUEST_ID, 0x6955B900 * 1_000_000) == "Root=1-6955b900-0f5b7f0f7a113f2d6f0e8a0c"


@pytest.mark.parametrize(
    ("upstream", "begin", "end"),
    [
        pytest.param(CLIENT, "Root=1-5759e988-bd862e3fe1be46a994272793;", ";Sampled=1", id="sampled"),
        pytest.param("Root=1-5759e988-bd86", "Root=1-5759e988-bd86;", ";Sampled=0", id="undecided"),
        pytest.param("Sampled=0; Root=1-a-b;Lineage=1:2:0", "Root=1-a-b;", ";Sampled=0", id="in any order"),
        pytest.param("", "Root=1-6955b900-0f5b7f0f7a113f2d6f0e8a0c;", ";Sampled=0", id="none"),
        pytest.param("nonsense", "Root=1-6955b900-0f5b7f0f7a113f2d6f0e8a0c;", ";Sampled=0", id="nonsense"),
    ],
)
def test_an_invocation_stays_in_the_trace_of_whoever_asked(upstream: str, begin: str, end: str) -> None:
    """The root stays and so does what was decided about samples; the parent is the invocation's own."""
    header = header_of_invocation(upstream, REQUEST_ID, 0x6955B900 * 1_000_000, None)

    assert header == f"{begin}Parent=4e8d9c8f46204000{end}"


@pytest.mark.parametrize(
    ("upstream", "sampled"),
    [("", "1"), ("Root=1-a-b", "1"), ("Root=1-a-b;Sampled=?", "1"), ("Root=1-a-b;Sampled=0", "0"), (CLIENT, "1")],
    ids=["none", "undecided", "left open", "decided against", "decided for"],
)
def test_a_function_that_traces_decides_if_nobody_has(upstream: str, sampled: str) -> None:
    """What was decided before holds for the whole trace (documented)."""
    header = header_of_invocation(upstream, REQUEST_ID, 0x6955B900 * 1_000_000, Sampler(lambda: 0.5))

    assert header.endswith(f";Sampled={sampled}")


def test_one_trace_in_a_second_is_sampled_and_a_twentieth_of_the_others() -> None:
    """X-Ray's default rule, which Lambda follows (documented)."""
    luck = iter([0.049, 0.05, 0.9])
    sampler = Sampler(lambda: next(luck))

    in_one_second = [sampler.decide(at_us) for at_us in (1_000_000, 1_000_001, 1_500_000, 1_999_999)]

    assert in_one_second == [True, True, False, False]
    assert sampler.decide(2_000_000)


# --- how it goes on ----------------------------------------------------------------------------------------


def test_what_a_function_sends_bears_its_trace_header(simulation: SyncSimulation) -> None:
    """The SDK sends it with every request, and the queue keeps it; one that is sent explicitly wins."""
    seen: list[str] = []

    def handler(event: Any, _: Any) -> None:
        seen.append(own_header())
        sqs = sdk.client("sqs")
        url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="a")
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "b"}])
        explicit = {"AWSTraceHeader": {"DataType": "String", "StringValue": CLIENT}}
        sqs.send_message(QueueUrl=url, MessageBody="c", MessageSystemAttributes=explicit)

    simulation.add_function("f", handler=handler)

    simulation.invoke("f", {})

    assert headers_in(simulation) == [*seen * 2, CLIENT]


def test_what_a_client_outside_sends_bears_no_header_of_its_own(simulation: SyncSimulation) -> None:
    """Only one that it sends, as an instrumented client does."""
    sqs = sdk.client("sqs")
    url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="a")
    with_header("sqs", CLIENT).send_message(QueueUrl=url, MessageBody="b")

    assert headers_in(simulation) == [None, CLIENT]


@pytest.mark.parametrize("invocation_type", ["RequestResponse", "Event"])
def test_a_function_that_another_one_invokes_stands_in_its_trace(
    simulation: SyncSimulation, invocation_type: str
) -> None:
    """One root, and a parent for each."""
    seen: list[str] = []

    def inner(_: Any, __: Any) -> None:
        seen.append(own_header())

    def outer(_: Any, __: Any) -> None:
        inner(None, None)
        sdk.client("lambda").invoke(FunctionName="inner", InvocationType=invocation_type)

    simulation.add_function("inner", handler=inner)
    simulation.add_function("outer", handler=outer)

    simulation.invoke("outer", {})
    simulation.until_idle()

    assert root(seen[0]) == root(seen[1])
    assert seen[0] != seen[1]


def test_all_attempts_of_an_event_stand_in_one_trace(simulation: SyncSimulation) -> None:
    """It begins when the event is accepted; its dead letter and its record bear the last attempt's header."""
    seen: list[str] = []

    def fail(_: Any, __: Any) -> None:
        seen.append(own_header())
        raise ValueError("no")

    simulation.add_source("queues", "dead")
    simulation.add_function("f", handler=fail, dead_letter="dead", on_failure="inbox", maximum_retry_attempts=1)

    sdk.client("lambda").invoke(FunctionName="f", InvocationType="Event")
    simulation.until_idle()

    assert len({*seen}) == 2
    assert len({*map(root, seen)}) == 1
    assert headers_in(simulation) == headers_in(simulation, "dead") == [seen[1]]


def test_a_function_with_active_tracing_samples_what_begins_with_it(simulation: SyncSimulation) -> None:
    """Whoever is called by it follows; all attempts of an event are sampled, or none."""
    seen: list[str] = []

    def inner(_: Any, __: Any) -> None:
        seen.append(own_header())
        raise ValueError("no")

    def outer(_: Any, __: Any) -> None:
        seen.append(own_header())
        sdk.client("lambda").invoke(FunctionName="inner", InvocationType="Event")

    simulation.add_function("inner", handler=inner, maximum_retry_attempts=1)
    simulation.add_function("outer", handler=outer, tracing="Active")

    simulation.invoke("outer", {})
    simulation.until_idle()
    sdk.client("lambda").invoke(FunctionName="inner")

    assert [header[-1] for header in seen] == ["1", "1", "1", "0"]


def test_an_event_that_never_ran_has_a_trace_as_well(simulation: SyncSimulation) -> None:
    """Its dead letter bears the root that it got when it was accepted."""
    simulation.add_function("f", handler=own_header, reserved_concurrency=0, dead_letter="inbox")

    sdk.client("lambda").invoke(FunctionName="f", InvocationType="Event")
    simulation.until_idle()

    (header,) = headers_in(simulation)
    assert header is not None
    assert header.startswith("Root=1-6955b900-")


def test_a_bucket_hands_on_the_trace_of_who_wrote(simulation: SyncSimulation) -> None:
    """To queues (recorded), whose test event has none, and to functions."""
    seen: list[str] = []
    simulation.add_function("resize", handler=lambda _, __: seen.append(own_header()))
    simulation.add_source(
        "buckets",
        "photos",
        notifications=[{"queue": "inbox", "prefix": "a"}, {"function": "resize", "prefix": "b"}],
    )
    s3 = with_header("s3", CLIENT)

    s3.put_object(Bucket="photos", Key="a", Body=b"")
    s3.put_object(Bucket="photos", Key="b", Body=b"")
    simulation.until_idle()

    assert headers_in(simulation) == [None, CLIENT]
    assert [root(header) for header in seen] == [root(CLIENT)]


def test_a_topic_hands_on_the_trace_of_who_published(simulation: SyncSimulation) -> None:
    """To queues as their message's header, to functions as their own root."""
    seen: list[str] = []
    simulation.add_function("f", handler=lambda _, __: seen.append(own_header()))
    simulation.add_source("topics", "news", subscriptions=[{"queue": "inbox"}, {"function": "f"}])

    with_header("sns", CLIENT).publish(TopicArn=f"arn:aws:sns:{HERE}:news", Message="a")
    simulation.until_idle()

    assert headers_in(simulation) == [CLIENT]
    assert [root(header) for header in seen] == [root(CLIENT)]


def test_a_batch_begins_a_trace_of_its_own(simulation: SyncSimulation) -> None:
    """The traces of its messages stand in their attributes; X-Ray links them (documented)."""
    seen: list[tuple[str, str]] = []

    def handler(event: Any, _: Any) -> None:
        seen.append((own_header(), event["Records"][0]["attributes"]["AWSTraceHeader"]))

    simulation.add_function("f", handler=handler)
    simulation.add_mapping(source="inbox", function="f")
    sqs = with_header("sqs", CLIENT)

    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="inbox")["QueueUrl"], MessageBody="a")
    simulation.until_idle()

    ((own, of_message),) = seen
    assert of_message == CLIENT
    assert root(own) != root(CLIENT)


def test_a_pipe_hands_on_no_trace(simulation: SyncSimulation) -> None:
    """What it sends has none of the traces that it took (unconfirmed); theirs stand in the records."""
    simulation.add_source("queues", "in")
    simulation.add_source("pipes", "p", source="in", target="inbox")
    sqs = with_header("sqs", CLIENT)

    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="in")["QueueUrl"], MessageBody="a")
    simulation.until_idle()

    assert headers_in(simulation) == [None]


def test_a_stream_hands_on_no_trace(simulation: SyncSimulation) -> None:
    """A record has no place for it (documented)."""
    seen: list[str] = []
    simulation.add_function("f", handler=lambda _, __: seen.append(own_header()))
    simulation.add_source("streams", "clicks")
    simulation.add_mapping(source="clicks", function="f", starting_position="TRIM_HORIZON")

    kinesis = with_header("kinesis", CLIENT)
    kinesis.put_record(StreamName="clicks", PartitionKey="a", Data=b"a")
    simulation.until_idle()

    (own,) = seen
    assert root(own) != root(CLIENT)


def test_a_bus_hands_on_the_trace_of_who_put_an_event(simulation: SyncSimulation) -> None:
    """`TraceHeader` of an entry, or else that of the request; queues and functions get it over other buses, too."""
    seen: list[str] = []
    simulation.add_function("f", handler=lambda _, __: seen.append(own_header()))
    for bus in ("near", "far"):
        simulation.add_source("buses", bus)
    rule = {"pattern": {"source": ["shop"]}}
    simulation.add_source("rules", "near", bus="near", targets=[{"queue": "inbox"}, {"bus": "far"}], **rule)
    simulation.add_source("rules", "far", bus="far", targets=[{"function": "f"}], **rule)
    entry = {"Source": "shop", "DetailType": "paid", "Detail": "{}", "EventBusName": "near"}
    events = sdk.client("events")

    events.put_events(Entries=[{**entry, "TraceHeader": CLIENT}, entry])
    with_header("events", "Root=1-a-b").put_events(Entries=[entry])
    simulation.until_idle()

    assert headers_in(simulation) == [CLIENT, None, "Root=1-a-b"]
    assert [root(seen[0]), root(seen[2])] == [root(CLIENT), "Root=1-a-b"]


def test_an_execution_hands_on_the_trace_of_who_started_it(simulation: SyncSimulation) -> None:
    """As `traceHeader` or as the request's header; its description tells it."""
    seen: list[str] = []
    simulation.add_function("f", handler=lambda _, __: seen.append(own_header()))
    task = {"Type": "Task", "Resource": f"arn:aws:lambda:{HERE}:function:f", "End": True}
    states = with_header("stepfunctions", "Root=1-a-b")
    definition = json.dumps({"StartAt": "A", "States": {"A": task}})
    machine = states.create_state_machine(name="m", definition=definition, roleArn="arn:aws:iam::123456789012:role/r")
    machine = machine["stateMachineArn"]

    first = states.start_execution(stateMachineArn=machine, traceHeader=CLIENT)["executionArn"]
    simulation.until_idle()
    states.start_execution(stateMachineArn=machine)
    simulation.until_idle()

    assert [root(header) for header in seen] == [root(CLIENT), "Root=1-a-b"]
    assert states.describe_execution(executionArn=first)["traceHeader"] == CLIENT


def answer(event: Any, _: Any) -> Any:
    """Answer with the trace header in the event and that of the function."""
    given = {name.lower(): value for name, value in event["headers"].items()}
    return {"statusCode": 200, "body": json.dumps([given["x-amzn-trace-id"], own_header()])}


@pytest.mark.parametrize("kind", ["http", "rest", "url"])
def test_a_front_door_begins_a_trace_or_goes_on_with_one(simulation: SyncSimulation, kind: str) -> None:
    """The function works under the root that stands in its event."""
    simulation.add_function("f", handler=answer)
    if kind == "url":
        made = sdk.client("lambda").create_function_url_config(FunctionName="f", AuthType="NONE")
        url = made["FunctionUrl"]
    else:
        simulation.add_source("apis", "web", type=kind, routes={"GET /a": "f"})
        url = simulation.front_doors.url("web") + "/"

    begun = simulation.http("GET", f"{url}a").json()
    gone_on = simulation.http("GET", f"{url}a", headers={"X-Amzn-Trace-Id": CLIENT}).json()

    assert root(begun[0]) == root(begun[1])
    assert gone_on[0] == CLIENT
    assert root(gone_on[1]) == root(CLIENT)


def test_an_integration_hands_on_the_trace_of_its_request(simulation: SyncSimulation) -> None:
    """What a REST API sends to a queue bears the header of the client's request."""
    rest = sdk.client("apigateway")
    api = rest.create_rest_api(name="shop")
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "POST"}
    rest.put_method(**where, authorizationType="NONE")
    rest.put_integration(
        **where,
        type="AWS",
        integrationHttpMethod="POST",
        credentials="arn:aws:iam::123456789012:role/r",
        uri="arn:aws:apigateway:us-east-1:sqs:path/123456789012/inbox",
        requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        requestTemplates={"application/json": "Action=SendMessage&MessageBody=a"},
    )
    rest.create_deployment(restApiId=api["id"], stageName="prod")
    url = f"https://{api['id']}.execute-api.us-east-1.amazonaws.com/prod"

    simulation.http("POST", url, headers={"X-Amzn-Trace-Id": CLIENT, "content-type": "application/json"}, body=b"{}")

    assert headers_in(simulation) == [CLIENT]
