"""How do events reach targets, and what becomes of those that do not? Through boto3."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError, HttpRequest, HttpResponse
from eventsim_sources.bus.api_destination import Outbox
from eventsim_sources.bus.outgoing import OutgoingRequest
from tests import sdk
from tests.sources.bus.conftest import HERE, Bench

FUNCTION_ARN = f"arn:aws:lambda:{HERE}:function:bill"
RULE_ARN = f"arn:aws:events:{HERE}:rule/r"
ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture
def shop(bench: Bench) -> Bench:
    """A bench with a rule `r` for events of the shop, and a queue for what is lost."""
    bench.rule(pattern={"source": ["shop"]})
    bench.sqs.create_queue(QueueName="lost")
    return bench


LOST = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{HERE}:lost"}}


def lost(bench: Bench) -> dict[str, str]:
    """Return the attributes of the one event that was lost."""
    (message,) = bench.messages("lost")
    assert json.loads(message["Body"])["source"] == "shop"
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def test_a_function_is_invoked_asynchronously(shop: Bench) -> None:
    """With the event as its payload."""
    got: list[Any] = []
    shop.simulation.add_function("bill", handler=lambda event, _: got.append(event))
    shop.target(arn=FUNCTION_ARN, InputPath="$.detail")

    shop.put({"order": 1})

    assert got == [{"order": 1}]


def test_a_function_made_through_the_api_must_permit_it(shop: Bench) -> None:
    """AddPermission lets the rule in; without it the event is lost, and the trace says how to mend it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event")
    client: Any = sdk.client("lambda")
    client.create_function(
        FunctionName="bill",
        Runtime="python3.12",
        Role="arn:aws:iam::123456789012:role/r",
        Handler="app.handler",
        Code={"ZipFile": content.getvalue()},
    )
    shop.target(arn=FUNCTION_ARN, **LOST)

    shop.put()
    client.add_permission(
        FunctionName="bill",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=RULE_ARN,
    )
    shop.put()

    attributes = lost(shop)
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert "lambda AddPermission" in attributes["ERROR_MESSAGE"]
    assert shop.simulation.trace.count("succeeded") == 1


def test_a_queue_whose_policy_forbids_it_gets_nothing(shop: Bench) -> None:
    """A queue without a policy takes events from every rule of its account."""
    url = shop.sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    others = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE_ARN}-other"}},
    }
    shop.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [others]})})
    shop.target(**LOST)

    shop.put()

    assert shop.got() == []
    assert lost(shop)["ERROR_CODE"] == "NO_PERMISSIONS"


def test_a_fifo_queue_needs_a_group(shop: Bench) -> None:
    """And deduplication by content; without a group it cannot be a target (unconfirmed words)."""
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    shop.sqs.create_queue(QueueName="line.fifo", Attributes=attributes)
    with pytest.raises(ClientError, match="SqsParameters must be specified for target: t"):
        shop.target(arn=f"arn:aws:sqs:{HERE}:line.fifo")
    shop.target(arn=f"arn:aws:sqs:{HERE}:line.fifo", SqsParameters={"MessageGroupId": "g"})

    shop.put()

    assert len(shop.got("line.fifo")) == 1


def test_another_bus_sees_the_same_event(shop: Bench) -> None:
    """Source, detail, time and, unconfirmed, the id."""
    bus_arn = shop.events.create_event_bus(Name="audit")["EventBusArn"]
    shop.target(arn=bus_arn)
    shop.rule("second", {"source": ["shop"]}, EventBusName="audit")
    shop.target("second", bus="audit")

    event_id = shop.put({"a": 1})["EventId"]

    (body,) = shop.got()
    assert json.loads(body)["id"] == event_id


def test_a_log_group_gets_the_event_as_a_message(shop: Bench) -> None:
    """In a stream of the rule's own; before there is a group, events are lost."""
    logs: Any = sdk.client("logs")
    shop.target(arn=f"arn:aws:logs:{HERE}:log-group:/aws/events/shop")
    shop.put({"a": 0})
    logs.create_log_group(logGroupName="/aws/events/shop")

    shop.put({"a": 1})
    shop.put({"a": 2})

    events = logs.filter_log_events(logGroupName="/aws/events/shop")["events"]
    assert [json.loads(event["message"])["detail"] for event in events] == [{"a": 1}, {"a": 2}]


def test_a_target_that_is_not_there_is_not_asked_again(shop: Bench) -> None:
    """The event goes to the dead-letter queue at once, with the reason."""
    missing = f"arn:aws:sqs:{HERE}:missing"
    shop.target(arn=missing, **LOST)

    shop.put()

    assert lost(shop) == {
        "RULE_ARN": RULE_ARN,
        "TARGET_ARN": missing,
        "ERROR_CODE": "NO_RESOURCE",
        "ERROR_MESSAGE": "there is no queue missing",
    }
    assert shop.simulation.now_s == 0


def test_a_target_elsewhere_is_told_apart(shop: Bench) -> None:
    """Another region is another world."""
    shop.target(arn="arn:aws:sqs:eu-west-1:123456789012:inbox", **LOST)

    shop.put()

    assert "eu-west-1" in lost(shop)["ERROR_MESSAGE"]


def test_a_template_that_makes_no_json_is_a_dead_letter(shop: Bench) -> None:
    """Nothing is delivered (recorded); that it is a dead letter is unconfirmed."""
    transformer = {"InputPathsMap": {"l": "$.resources"}, "InputTemplate": '{"l":"<l>","m":"<l>x"y"}'}
    shop.target(InputTransformer=transformer, **LOST)

    shop.put()

    assert shop.got() == []
    assert lost(shop)["ERROR_CODE"] == "INVALID_JSON"


class Endpoint:
    """Stands for the endpoint of an API destination."""

    def __init__(
        self, bench: Bench, *statuses: int, rate: int = 300, is_stubbed: bool = False, **connection: Any
    ) -> None:
        self.statuses = list(statuses)
        self.outbox = bench.simulation.share(Outbox)
        if not is_stubbed:
            self.outbox.answer("hook", self._answer)
        auth = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}, **connection}
        connection_arn = bench.events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=auth)[
            "ConnectionArn"
        ]
        self.arn = bench.events.create_api_destination(
            Name="hook",
            ConnectionArn=connection_arn,
            InvocationEndpoint="https://example.com/*/orders",
            HttpMethod="POST",
            InvocationRateLimitPerSecond=rate,
        )["ApiDestinationArn"]

    def _answer(self, _: OutgoingRequest) -> int:
        return self.statuses.pop(0) if self.statuses else 200


def test_an_api_destination_is_called(shop: Bench) -> None:
    """With what connection and target add; in virtual time the request stays in the outbox."""
    query = {"QueryStringParameters": [{"Key": "from", "Value": "bus"}]}
    endpoint = Endpoint(shop, InvocationHttpParameters=query)
    shop.target(
        arn=endpoint.arn,
        InputPath="$.detail",
        HttpParameters={"PathParameterValues": ["$.detail.shop"], "HeaderParameters": {"x-type": "$.detail-type"}},
    )

    shop.put({"shop": "a b"})

    (request,) = endpoint.outbox.requests
    assert (request.method, request.url) == ("POST", "https://example.com/a%20b/orders?from=bus")
    assert request.headers["x-key"] == "secret"
    assert request.headers["x-type"] == "paid"
    assert request.headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert request.body == '{"shop":"a b"}'


def test_an_endpoint_in_trouble_is_asked_again(shop: Bench) -> None:
    """After growing delays drawn by chance, until it answers well."""
    endpoint = Endpoint(shop, 503, 429, 401)
    shop.target(arn=endpoint.arn)

    shop.put()

    at_us = [request.at_us for request in endpoint.outbox.requests]
    assert len(at_us) == 4
    assert at_us[1] <= 2_000_000
    assert at_us[3] <= 14_000_000
    assert len(shop.told("event delivery retried")) == 3


@pytest.mark.parametrize(
    ("asked", "waits_s"),
    [
        ("90", 90),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("999999999", 86_400),
        ("soon", 0),
        ("Thu, 01 Jan 2026 00:02:00", 0),
    ],
    ids=["seconds", "a date", "for ever", "no time", "a date without its zone"],
)
def test_an_endpoint_is_left_alone_for_as_long_as_it_asks(shop: Bench, asked: str, waits_s: int) -> None:
    """`Retry-After` in seconds or as a date, up to 24 hours (unconfirmed); the usual delay if it asks for less."""
    instants: list[int] = []

    def answer(_: HttpRequest) -> HttpResponse:
        instants.append(shop.simulation.clock.now_us)
        return HttpResponse(status=429 if len(instants) == 1 else 200, headers=(("Retry-After", asked),))

    endpoint = Endpoint(shop, is_stubbed=True)
    shop.simulation.stub_http("example.com", answer)
    shop.target(arn=endpoint.arn, RetryPolicy={"MaximumEventAgeInSeconds": 86_400})

    shop.put()

    first, *again = [at_us / 1_000_000 for at_us in instants]
    if waits_s == 86_400:  # the event is too old by then
        assert again == []
    else:
        assert len(again) == 1
        assert waits_s <= again[0] - first <= max(waits_s, 2)


def test_retries_come_to_an_end(shop: Bench) -> None:
    """The dead letter tells what was used up."""
    endpoint = Endpoint(shop, *[500] * 10)
    shop.target(arn=endpoint.arn, RetryPolicy={"MaximumRetryAttempts": 2}, **LOST)

    shop.put()

    attributes = lost(shop)
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert attributes["RETRY_ATTEMPTS"] == "2"
    assert attributes["ERROR_CODE"] == "ERROR_FROM_TARGET"


def test_events_grow_too_old(shop: Bench) -> None:
    """By default after 24 hours or 185 retries, whichever comes first."""
    endpoint = Endpoint(shop, *[500] * 300)
    shop.target(arn=endpoint.arn, RetryPolicy={"MaximumEventAgeInSeconds": 60}, **LOST)

    shop.put()

    assert lost(shop)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert shop.simulation.now_s < 60


def test_a_client_error_is_final(shop: Bench) -> None:
    """400 will not become better."""
    endpoint = Endpoint(shop, 400)
    shop.target(arn=endpoint.arn, **LOST)

    shop.put()

    assert len(endpoint.outbox.requests) == 1
    assert lost(shop)["ERROR_CODE"] == "ERROR_FROM_TARGET"


def test_an_endpoint_is_not_called_too_often(shop: Bench) -> None:
    """Two a second: the third waits."""
    endpoint = Endpoint(shop, rate=2)
    shop.target(arn=endpoint.arn)

    for _ in range(3):
        shop.events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])
    shop.simulation.until_idle()

    assert [request.at_us for request in endpoint.outbox.requests] == [0, 500_000, 1_000_000]


def test_a_connection_keeps_its_secret(shop: Bench) -> None:
    """Documented: it is never given back."""
    Endpoint(shop)

    described = shop.events.describe_connection(Name="c")

    assert described["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "x-key"}}
    assert described["ConnectionState"] == "AUTHORIZED"


def test_a_destination_without_connection_is_inactive(shop: Bench) -> None:
    """What is deleted does not authorize."""
    Endpoint(shop)

    shop.events.delete_connection(Name="c")

    assert shop.events.describe_api_destination(Name="hook")["ApiDestinationState"] == "INACTIVE"


def test_connections_and_destinations_that_are_not_there_are_named(shop: Bench) -> None:
    """In AWS's words."""
    arn = f"arn:aws:events:{HERE}:connection/none/12345678-0000-4000-8000-000000000000"
    destination = {"Name": "crm", "ConnectionArn": arn, "InvocationEndpoint": "https://x.example", "HttpMethod": "POST"}

    with pytest.raises(ClientError, match=r"Failed to describe the connection\(s\)\. Connection 'c' does not exist\."):
        shop.events.describe_connection(Name="c")
    missing = r"Failed to describe the api-destination\(s\)\. An api-destination 'crm' does not exist\."
    with pytest.raises(ClientError, match=missing):
        shop.events.delete_api_destination(Name="crm")
    with pytest.raises(ClientError, match=f"Connection '{arn}' does not exist"):
        shop.events.create_api_destination(**destination)


def test_a_service_that_nobody_simulates_is_named(shop: Bench) -> None:
    """The event is lost with a reason that people understand."""
    shop.target(arn=f"arn:aws:inspector:{HERE}:target/p", **LOST)

    shop.put()

    assert lost(shop)["ERROR_MESSAGE"] == "targets of the service 'inspector' are not simulated"


def test_a_stub_that_refuses_is_a_failed_attempt(shop: Bench) -> None:
    """Whatever answers for a service decides."""

    def refuse(_: object) -> object:
        raise ApiError("ThrottlingException", "slow down")

    shop.simulation.stub("firehose", "PutRecord", refuse)
    shop.target(
        arn=f"arn:aws:firehose:{HERE}:deliverystream/s", RoleArn=ROLE, RetryPolicy={"MaximumRetryAttempts": 1}, **LOST
    )

    shop.put()

    assert lost(shop)["ERROR_CODE"] == "THROTTLING"


def test_a_state_machine_is_started(shop: Bench) -> None:
    """Its input is what the target gets, its execution is called after the event."""
    machines: Any = sdk.client("stepfunctions")
    definition = {"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}}
    arn = machines.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
    shop.target(arn=arn, InputPath="$.detail", RoleArn=ROLE)

    event_id = shop.put({"a": 1})["EventId"]

    (execution,) = machines.list_executions(stateMachineArn=arn)["executions"]
    assert execution["name"].startswith(f"{event_id}_")
    assert machines.describe_execution(executionArn=execution["executionArn"])["output"] == '{"a":1}'


def test_an_api_destination_may_be_a_function_url_of_this_world(shop: Bench) -> None:
    """Its answer is the endpoint's answer; here it refuses once."""
    statuses = iter([503, 200])
    got: list[str] = []

    def hook(event: Any, _: object) -> dict[str, Any]:
        got.append(event["body"])
        return {"statusCode": next(statuses)}

    shop.simulation.add_function("hook", handler=hook)
    client: Any = sdk.client("lambda")
    url = client.create_function_url_config(FunctionName="hook", AuthType="NONE")["FunctionUrl"]
    client.add_permission(
        FunctionName="hook",
        StatementId="all",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    auth = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
    connection = shop.events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=auth)
    destination = shop.events.create_api_destination(
        Name="hook", ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=url, HttpMethod="POST"
    )
    shop.target(arn=destination["ApiDestinationArn"], InputPath="$.detail")

    shop.put({"a": 1})

    assert got == ['{"a":1}', '{"a":1}']
    assert len(shop.told("event delivery retried")) == 1


def test_loop_detection_does_not_see_through_a_bus(shop: Bench) -> None:
    """Documented: a function that sets itself off by a rule goes on for ever."""

    def bill(event: Any, _: object) -> None:
        client: Any = sdk.client("events")
        client.put_events(Entries=[{"Source": "shop", "DetailType": "again", "Detail": "{}"}])

    shop.simulation.add_function("bill", handler=bill)
    shop.target(arn=FUNCTION_ARN)
    shop.events.put_events(Entries=[{"Source": "shop", "DetailType": "paid", "Detail": "{}"}])

    while shop.simulation.trace.count("succeeded") <= 40 and shop.simulation.now_s < 600:
        shop.simulation.advance("100 ms")

    assert shop.simulation.trace.count("succeeded") > 40
    shop.events.disable_rule(Name="r")


def test_a_ring_of_buses_comes_to_an_end(shop: Bench) -> None:
    """The event is given up when it has come over ten of them."""
    other = shop.events.create_event_bus(Name="other")["EventBusArn"]
    shop.target(arn=other)
    shop.rule("back", {"source": ["shop"]}, EventBusName="other")
    shop.target("back", f"arn:aws:events:{HERE}:event-bus/default", bus="other", **LOST)
    shop.target(arn=other, **LOST)

    shop.put()

    assert "do they form a ring?" in lost(shop)["ERROR_MESSAGE"]
    assert shop.simulation.trace.count("event put") == 11


def test_an_api_of_the_gateway_is_called(shop: Bench) -> None:
    """With what the parameters make of the event, and signed; what the template makes is the body."""
    got: list[Any] = []
    shop.simulation.add_function("take", handler=lambda event, _: got.append(event))
    shop.simulation.add_source("apis", "web", routes={"POST /orders/{id}": "take"})
    api = shop.simulation.front_doors.url("web").removeprefix("https://").partition(".")[0]
    parameters = {
        "PathParameterValues": ["$.detail.id"],
        "QueryStringParameters": {"kind": "$.detail-type"},
        "HeaderParameters": {"x-from": "bus"},
    }
    arn = f"arn:aws:execute-api:{HERE}:{api}/$default/POST/orders/*"
    shop.target(arn=arn, InputPath="$.detail", HttpParameters=parameters)

    shop.put({"id": "a/b"})

    (event,) = got
    assert event["pathParameters"] == {"id": "a/b"}
    assert (event["rawQueryString"], event["headers"]["x-from"]) == ("kind=paid", "bus")
    assert event["headers"]["authorization"].startswith("AWS4-HMAC-SHA256")
    assert event["body"] == '{"id":"a/b"}'


def test_an_api_that_is_not_there_gets_nothing(shop: Bench) -> None:
    """It is told by its id."""
    shop.target(arn=f"arn:aws:execute-api:{HERE}:abc123/prod/POST/orders", **LOST)

    shop.put()

    attributes = lost(shop)
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert attributes["ERROR_MESSAGE"] == "there is no API abc123 with a stage prod"


def test_a_trace_header_goes_on_to_an_api(shop: Bench) -> None:
    """As the header of the request; an event without one gets a trace from the API."""
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    got: list[Any] = []
    shop.simulation.add_function("take", handler=lambda event, _: got.append(event["headers"]["x-amzn-trace-id"]))
    shop.simulation.add_source("apis", "web", routes={"POST /orders": "take"})
    api = shop.simulation.front_doors.url("web").removeprefix("https://").partition(".")[0]
    shop.target(arn=f"arn:aws:execute-api:{HERE}:{api}/$default/POST/orders")

    shop.put(TraceHeader=header)
    shop.put()

    assert got[0] == header
    assert got[1].startswith("Root=1-6955b900-")


def test_parameters_for_targets_of_another_kind_have_no_effect(shop: Bench) -> None:
    """They are kept and told; whether AWS refuses them is unconfirmed."""
    shop.target(KinesisParameters={"PartitionKeyPath": "$.id"})

    shop.put()

    (told,) = shop.told("accepted without effect")
    assert told == {"parameter": "KinesisParameters", "reason": "it is not for targets of sqs"}
    assert len(shop.got()) == 1
