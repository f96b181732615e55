"""Does every utility of Powertools for AWS Lambda work inside handlers as its documentation has it?

What needs AppConfig is not here; `test_powertools` has a pipeline with several utilities at once.
"""

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eventsim import Reply, SyncSimulation
from eventsim.simulation import FunctionFailed
from eventsim.workload.service_event import ServiceEvents
from tests.clients.conftest import tool
from tests.clients.test_powertools import FUNCTIONS, log_of

pytestmark = [
    pytest.mark.clients,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # X-Ray's SDK closes no socket
]

Add = Callable[..., None]
DAY = {"StartTime": 1767225600, "EndTime": 1767225600 + 86_400}


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(folder=FUNCTIONS, seed=2) as simulation:
        yield simulation


@pytest.fixture
def add(simulation: SyncSimulation) -> Add:
    """Return what adds functions of a module, by their names or other ones."""

    def add(module: str, *names: str, handler: str = "", **settings: Any) -> None:
        given: Any = {"code": ".", "layers": [tool("layer")], "timeout": "20 s", "memory": "512 MB", **settings}
        for name in names:
            simulation.add_function(name, handler=f"{module}.{handler or name}", **given)

    return add


def make_table(simulation: SyncSimulation, name: str, **settings: Any) -> None:
    """Make a table with the key `id`."""
    simulation.add_source("tables", name, key={"hash": "id"}, **settings)


def sums(simulation: SyncSimulation, namespace: str, name: str, **dimensions: str) -> Any:
    """Return the sums of a metric, minute by minute."""
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    asked = {"Namespace": namespace, "MetricName": name, "Dimensions": named, "Period": 60, "Statistics": ["Sum"]}
    found: Any = simulation.request("cloudwatch", "GetMetricStatistics", {**asked, **DAY})
    return [each["Sum"] for each in found["Datapoints"]]


# --- what is observed --------------------------------------------------------------------------------------


def test_a_logger_keeps_back_until_an_error(simulation: SyncSimulation, add: Add) -> None:
    """With a correlation id, keys of the invocation, and the dates of the run."""
    add("observed", "log")

    found = simulation.invoke("log", {"order": 7, "requestContext": {"requestId": "r1"}})

    lines = log_of(simulation, "log")
    assert (found, [line["message"] for line in lines]) == ("r1", ["kept back until an error", "not there"])
    assert {line["timestamp"][:19] for line in lines} == {"2026-01-01T00:00:00"}
    assert [line["correlation_id"] for line in lines] == ["r1", "r1"]
    assert lines[-1]["exception_name"] == "KeyError"


@pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")
def test_metrics_are_in_cloudwatch(simulation: SyncSimulation, add: Add) -> None:
    """Of the handler, of a cold start, alone in a namespace; none that is too old."""
    add("observed", "measure")

    for event in ({}, {}, {"days_ago": 20}):
        simulation.invoke("measure", event)

    assert sums(simulation, "Airline", "Booked", service="booking", stage="prod") == [2]
    assert sums(simulation, "Airline", "Latency", service="booking", stage="prod") == [265]
    assert sums(simulation, "Airline", "ColdStart", service="booking", function_name="measure") == [1]
    assert sums(simulation, "Other", "Alone", version="$LATEST") == [9]
    assert sums(simulation, "AWS/Logs", "EMFValidationErrors", LogGroupName="/aws/lambda/measure") == [1]


def test_a_tracer_sends_its_segments_and_nobody_minds(simulation: SyncSimulation, add: Add) -> None:
    """Switched on, with clients that it wraps; the trace is the invocation's."""
    variables = {"AWS_XRAY_SDK_ENABLED": "true", "POWERTOOLS_TRACE_DISABLED": "false"}
    add("observed", "trace", tracing="Active", environment=variables)

    first, later, root = simulation.invoke("trace", {})

    assert (first, later, root[:2]) == ("c1", "later", "1-")
    events: Any = simulation.request("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/trace"})["events"]
    assert [event["message"].split()[0] for event in events] == ["INIT_START", "START", "END", "REPORT"]


def test_a_middleware_measures_virtual_time(simulation: SyncSimulation, add: Add) -> None:
    """A sleep takes as long as it says."""
    add("observed", "wrapped")

    assert simulation.invoke("wrapped", {}) == {"done": True, "took_s": 0.25}


# --- what is kept or fetched -------------------------------------------------------------------------------


def test_a_payment_is_made_once_until_it_expires(simulation: SyncSimulation, add: Add) -> None:
    """Its payload must stay the same; after five minutes it is made again."""
    make_table(simulation, "payments", ttl="expiration")
    add("stores", "pay")
    order = {"user": 1, "product": 2, "amount": 5}

    first, again = simulation.invoke("pay", order), simulation.invoke("pay", order)
    with pytest.raises(FunctionFailed, match="IdempotencyValidationError"):
        simulation.invoke("pay", {**order, "amount": 6})
    simulation.advance("301 s")
    later = simulation.invoke("pay", order)

    assert first == again != later


def test_a_payment_under_way_is_not_made_twice(simulation: SyncSimulation, add: Add) -> None:
    """Who asks meanwhile is told; one that timed out may be made anew."""
    make_table(simulation, "payments", ttl="expiration")
    add("stores", "pay", maximum_retry_attempts=0, timeout="6 s")
    slow, endless = {"user": 1, "product": 2, "seconds": 5}, {"user": 3, "product": 2, "seconds": 60}
    parameters = {"FunctionName": "pay", "InvocationType": "Event", "Payload": json.dumps(slow).encode()}
    simulation.request("lambda", "Invoke", parameters)
    simulation.advance("2 s")

    with pytest.raises(FunctionFailed, match="IdempotencyAlreadyInProgressError"):
        simulation.invoke("pay", slow)
    with pytest.raises(FunctionFailed, match="timed out"):
        simulation.invoke("pay", endless)

    assert simulation.invoke("pay", {**endless, "seconds": 0})


def test_parameters_come_from_everywhere(simulation: SyncSimulation, add: Add) -> None:
    """From the parameter store, from secrets, from a table."""
    for name, value in (("color", "red"), ("limits", '{"most": 3}'), ("deep/x", "y")):
        simulation.request("ssm", "PutParameter", {"Name": f"/shop/{name}", "Value": value, "Type": "String"})
    simulation.request("secretsmanager", "CreateSecret", {"Name": "bank", "SecretString": '{"key": "k"}'})
    make_table(simulation, "settings")
    item = {"id": {"S": "size"}, "value": {"S": "large"}}
    simulation.request("dynamodb", "PutItem", {"TableName": "settings", "Item": item})
    add("stores", "fetch")

    assert simulation.invoke("fetch", {}) == {
        "one": "red",
        "json": {"most": 3},
        "all": {"color": "red", "deep/x": "y", "limits": '{"most": 3}'},
        "some": {"/shop/color": "red", "_errors": ["/shop/none"]},
        "secret": {"key": "k"},
        "table": "large",
        "set": 1,
    }


def test_feature_flags_look_at_the_virtual_calendar(simulation: SyncSimulation, add: Add) -> None:
    """The run begins on a Thursday; two days later it is Saturday."""
    weekend = {"DAYS": ["SATURDAY", "SUNDAY"], "TIMEZONE": "Europe/Berlin"}
    day = {"action": "SCHEDULE_BETWEEN_DAYS_OF_WEEK", "key": "CURRENT_DAY_OF_WEEK", "value": weekend}
    tier = {"action": "EQUALS", "key": "tier", "value": "gold"}
    flags = {
        name: {"default": False, "rules": {"only": {"when_match": True, "conditions": [condition]}}}
        for name, condition in (("premium", tier), ("weekend", day))
    }
    simulation.add_source("buckets", "shelf")
    simulation.put("shelf", "flags.json", json.dumps(flags))
    add("stores", "flag")

    before = simulation.invoke("flag", {"tier": "gold"})
    simulation.advance("48 h")

    assert (before, simulation.invoke("flag", {"tier": "tin"})) == ([True, False], [False, True])


def test_objects_are_streamed_in_ranges(simulation: SyncSimulation, add: Add) -> None:
    """Plain, as compressed tables, out of archives."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "a" * 5000)
        file.writestr("b.txt", "inner")
    simulation.add_source("buckets", "shelf")
    simulation.put("shelf", "text.txt", "one two")
    simulation.put("shelf", "table.csv.gz", gzip.compress(b"a,b\n1,2\n"))
    simulation.put("shelf", "files.zip", archive.getvalue())
    add("stores", "stream")

    assert simulation.invoke("stream", {}) == ["two", 7, [{"a": "1", "b": "2"}], "inner"]


def test_a_circuit_opens_and_closes_in_virtual_time(simulation: SyncSimulation, add: Add) -> None:
    """After two failures nobody is asked for thirty seconds."""
    make_table(simulation, "circuits")
    add("stores", "guarded")

    answers = [simulation.invoke("guarded", {"down": True}) for _ in range(3)]
    simulation.advance("31 s")

    assert answers == ["ConnectionError", "ConnectionError", "CircuitBreakerOpenError"]
    assert simulation.invoke("guarded", {"down": False}) == "paid"


# --- front doors -------------------------------------------------------------------------------------------


@pytest.fixture(params=["rest", "http", "url", "balancer"])
def ask(request: pytest.FixtureRequest, simulation: SyncSimulation, add: Add) -> Callable[..., Reply]:
    """Return what asks a function through each kind of front door."""
    add("web", request.param)
    base, api = "", "door"
    match request.param:
        case "rest":
            simulation.add_source("apis", "door", type="rest", routes={"ANY /{proxy+}": "rest"})
        case "http":
            simulation.add_source("apis", "door", routes={"$default": "http"})
        case "balancer":
            simulation.add_source("load_balancers", "door", function="balancer")
        case _:
            made = simulation.request("lambda", "CreateFunctionUrlConfig", {"FunctionName": "url", "AuthType": "NONE"})
            base, api = str(made["FunctionUrl"]).rstrip("/"), ""
    return lambda method, path, **given: simulation.http(method, base + path, api=api, **given)


def test_routes_are_found_and_checked(ask: Callable[..., Reply]) -> None:
    """Paths, queries and bodies, by pydantic; errors of the handler's own."""
    found = ask("GET", "/todos/7", query={"word": "tea"})
    written = ask("POST", "/todos", json={"number": 3, "title": "t"})

    assert (found.status, found.json()) == (200, {"number": 7, "title": "tea"})
    assert (written.status, written.json()) == (200, 3)
    asked = ("/todos/x", "/todos/7?word=too-long", "/todos/404", "/todos/500", "/nowhere")
    assert [ask("GET", path).status for path in asked] == [422, 422, 404, 418, 404]
    assert ask("POST", "/todos", json={"number": "x"}).status == 422


def test_replies_have_their_headers(ask: Callable[..., Reply], request: pytest.FixtureRequest) -> None:
    """CORS, cookies and caches; what is compressed is bytes where the door lets bytes through."""
    long = ask("GET", "/long", headers={"Accept-Encoding": "gzip", "Origin": "https://shop.example"})
    cookie = ask("GET", "/cookie")

    names = "Access-Control-Allow-Origin", "Cache-Control", "Content-Encoding"
    assert [long.headers[name] for name in names] == ["https://shop.example", "max-age=300", "gzip"]
    assert cookie.headers["Set-Cookie"] == "id=1; Secure"
    is_text = "rest" in request.node.callspec.id  # the API names no binary media types
    body = base64.b64decode(long.body) if is_text else long.body
    assert json.loads(gzip.decompress(body)) == {"text": "x" * 2000}


AGENT = {"messageVersion": "1.0", "actionGroup": "g", "inputText": "", "sessionId": "s", "parameters": []}


@pytest.mark.parametrize(
    ("event", "part"),
    [
        pytest.param({**AGENT, "apiPath": "/greeting", "httpMethod": "GET"}, '"body": "hello"', id="agent, API"),
        pytest.param(
            {**AGENT, "function": "weather", "parameters": [{"name": "city", "type": "string", "value": "Rome"}]},
            "sunny in Rome",
            id="agent, function",
        ),
        pytest.param(
            {
                "fieldName": "todo",
                "typeName": "Query",
                "arguments": {"number": 4},
                "info": {"fieldName": "todo", "parentTypeName": "Query", "selectionSetList": [], "variables": {}},
            },
            '{"number": 4}',
            id="AppSync",
        ),
        pytest.param(
            {
                "events": [{"id": "1", "payload": {"a": 1}}],
                "info": {
                    "channel": {"path": "/default/x", "segments": ["default", "x"]},
                    "channelNamespace": {"name": "default"},
                    "operation": "PUBLISH",
                },
            },
            '{"seen": {"a": 1}}',
            id="AppSync, events",
        ),
    ],
)
def test_agents_and_appsync_are_answered(simulation: SyncSimulation, add: Add, event: Any, part: str) -> None:
    """Nobody simulates these services; their events are handed over."""
    add("web", "asked")

    assert part in json.dumps(simulation.invoke("asked", event))


# --- records -----------------------------------------------------------------------------------------------


def seen(simulation: SyncSimulation, function: str) -> list[str]:
    """Return which items a function has seen, in order."""
    return [line["item"] for line in log_of(simulation, function) if line.get("message") == "seen"]


def test_a_fifo_queue_stops_at_what_fails(simulation: SyncSimulation, add: Add) -> None:
    """What stands behind it in its group comes back with it."""
    add("records", "fifo", handler="batch")
    simulation.add_source("queues", "q.fifo", visibility_timeout="120 s", content_based_deduplication=True)
    simulation.add_mapping(source="q.fifo", function="fifo", report_batch_item_failures=True)
    queue = simulation.request("sqs", "GetQueueUrl", {"QueueName": "q.fifo"})["QueueUrl"]
    for item in ("tea", "poison", "cake"):
        message = {"QueueUrl": queue, "MessageBody": json.dumps({"item": item}), "MessageGroupId": "g"}
        simulation.request("sqs", "SendMessage", message)

    simulation.advance("10 s")

    assert seen(simulation, "fifo") == ["tea", "poison"]
    assert simulation.numbers("queues", "q.fifo")["in_flight"] == 2


def test_a_stream_goes_on_behind_what_is_given_up(simulation: SyncSimulation, add: Add) -> None:
    """The checkpoint stands at the record that failed, until its attempts are used up."""
    add("records", "stream", handler="batch")
    simulation.add_source("streams", "s", shards=1)
    simulation.add_mapping(
        source="s",
        function="stream",
        starting_position="TRIM_HORIZON",
        batch_size=10,
        batching_window="1 s",
        report_batch_item_failures=True,
        maximum_retry_attempts=1,
        bisect_batch_on_function_error=True,
    )
    for item in ("tea", "poison", "cake"):
        record = {"StreamName": "s", "Data": json.dumps({"item": item}).encode(), "PartitionKey": "k"}
        simulation.request("kinesis", "PutRecord", record)

    simulation.advance("60 s")

    assert seen(simulation, "stream")[:3] == ["tea", "poison", "cake"]
    assert seen(simulation, "stream")[-1] == "cake"


def test_changes_of_a_table_are_a_batch(simulation: SyncSimulation, add: Add) -> None:
    """With items as Powertools reads them."""
    add("records", "table", handler="batch")
    make_table(simulation, "orders", stream="new_image")
    simulation.add_mapping(source="orders", function="table", starting_position="LATEST", batch_size=10)
    simulation.advance("5 s")
    for number, item in enumerate(("tea", "cake")):
        simulation.request(
            "dynamodb", "PutItem", {"TableName": "orders", "Item": {"id": {"S": str(number)}, "item": {"S": item}}}
        )

    simulation.advance("10 s")

    assert seen(simulation, "table") == ["tea", "cake"]


@pytest.mark.parametrize(("function", "handler"), [("modelled", "batch"), ("later", "batch_later")])
def test_a_queue_is_read_by_models_and_in_coroutines(
    simulation: SyncSimulation, add: Add, function: str, handler: str
) -> None:
    """What fails comes back alone."""
    add("records", function, handler=handler)
    simulation.add_source("queues", "q", visibility_timeout="120 s")
    simulation.add_mapping(source="q", function=function, batching_window="1 s", report_batch_item_failures=True)
    for item in ("tea", "poison"):
        simulation.send("q", json.dumps({"item": item}))

    simulation.advance("10 s")

    assert seen(simulation, function) == ["tea", "poison"]
    assert (simulation.numbers("queues", "q")["deleted"], simulation.numbers("queues", "q")["in_flight"]) == (1, 1)


def test_a_topic_of_kafka_is_consumed(simulation: SyncSimulation, add: Add) -> None:
    """As a workload hands it over."""
    add("records", "kafka")
    record = {"key": "k", "value": {"item": "tea"}, "headers": {"from": "shop"}, "partition": 0}
    given = {"topic": "t", "cluster": "", "bootstrap_servers": "b:9092", "records": [record]}

    event = ServiceEvents(simulation.clock, "us-east-1").kafka(given)

    assert simulation.invoke("kafka", event) == [["k", "tea", "shop"]]


def test_events_are_checked_against_a_schema(simulation: SyncSimulation, add: Add) -> None:
    """One that does not fit fails."""
    add("records", "validated")
    simulation.add_source("queues", "q", visibility_timeout="120 s")
    simulation.add_mapping(source="q", function="validated", batch_size=1)
    for body in ('{"item": "tea"}', '{"item": 3}'):
        simulation.send("q", body)

    simulation.advance("10 s")

    assert seen(simulation, "validated") == ["tea"]
    assert simulation.numbers("functions", "validated")["errors"] == 1


def test_data_are_found_and_masked(simulation: SyncSimulation, add: Add) -> None:
    """By JMESPath, without a key."""
    add("records", "masked")
    data = base64.b64encode(json.dumps({"email": "a@b", "id": 1, "address": {"street": "x"}}).encode()).decode()

    assert simulation.invoke("masked", {"data": data}) == {"email": "*****", "id": 1, "address": {"street": "*****"}}
