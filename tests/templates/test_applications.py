"""Small applications as people write them: each is deployed as it stands, and does what it would do on AWS."""

import json
from pathlib import Path
from typing import Any

import pytest

from eventsim import ConfigurationError, FunctionFailed, SyncSimulation, TemplateError, story
from tests import sdk
from tests.templates.conftest import APPLICATIONS

WITH_GAPS = {
    "gaps",
    "images",
    "languages",
    "programs",
}  # the last has tests of its own, as not every machine has Node.js
"""Applications of which not everything works, on purpose."""


def template_of(name: str) -> str:
    return f"{name}/template.yaml"


def logged(world: SyncSimulation, logical_id: str) -> list[str]:
    """Return what a function printed."""
    place = f"function {world.directory.named('functions', logical_id)}"
    lines = [entry.detail["text"].rstrip() for entry in world.trace.entries(("logged",)) if entry.place == place]
    return [line for line in lines if not line.startswith("INIT_START")]


def taken(world: SyncSimulation, logical_id: str) -> int:
    """Return how many records a function printed that it was given."""
    return sum(int(line) for line in logged(world, logical_id))


def bodies(world: SyncSimulation, url: str) -> list[Any]:
    """Return the bodies of the messages that wait in a queue."""
    found = world.request("sqs", "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10})
    messages: Any = found.get("Messages", [])
    return [message["Body"] for message in messages]


@pytest.mark.parametrize("name", sorted({path.name for path in APPLICATIONS.iterdir()} - WITH_GAPS))
def test_nothing_of_an_application_is_missing(world: SyncSimulation, name: str) -> None:
    """Every resource works, or has no behaviour for a reason."""
    deployed = world.deploy(template_of(name))

    assert [line for line in deployed.lines if line.level == "missing"] == []


def test_a_table_tells_of_what_an_api_wrote(world: SyncSimulation) -> None:
    """An implicit API writes an item; the table's stream calls a second function, but not for what changes nothing."""
    deployed = world.deploy(template_of("api_table_stream"))

    for name in ("first", "first", "second"):
        reply = world.http("POST", deployed.outputs["Url"], json={"id": "42", "name": name})
        world.until_idle()

    assert (reply.status, reply.text) == (200, "written")
    assert logged(world, "ReadFunction") == ["INSERT first False", "MODIFY second False"]


def test_a_bucket_tells_of_objects_that_suit_its_filter(world: SyncSimulation) -> None:
    """Keys are URL-encoded in the event; the copy lies in a bucket with a name that CloudFormation made."""
    world.deploy(template_of("bucket_to_bucket"))

    world.put("Inbox", "my notes.txt", b"hello")
    world.put("Inbox", "picture.png", b"")
    world.until_idle()

    assert world.read("Outbox", "loud/my notes.txt") == b"HELLO"
    assert world.numbers("functions", "Shout")["invocations"] == 1  # type: ignore[index]  # it is there


def test_a_poisoned_message_ends_in_the_dead_letter_queue(world: SyncSimulation) -> None:
    """Batches hold ten at most, and only what failed comes again: three times, thirty seconds apart."""
    deployed = world.deploy(template_of("queue_batch"))

    for number in range(25):
        world.send("Jobs", f"m-{number}")
    world.send("Jobs", "poison")
    world.advance(200)

    assert sorted(logged(world, "Worker")) == sorted(f"done m-{number}" for number in range(25))
    assert bodies(world, deployed["DeadLetters"]) == ["poison"]


def test_a_topic_calls_a_function_for_each_message(world: SyncSimulation) -> None:
    """Code that stands in the template is run; the subject comes along."""
    deployed = world.deploy(template_of("topic"))

    for message in ("one", "two"):
        world.request("sns", "Publish", {"TopicArn": deployed["News"], "Message": message, "Subject": "s"})
    world.until_idle()

    assert sorted(logged(world, "Reader")) == ["read one s", "read two s"]


def test_one_queue_takes_all_and_another_what_suits(world: SyncSimulation) -> None:
    """What a poller's filter rejects is deleted; what is not JSON matches nothing."""
    deployed = world.deploy(template_of("topic_queue_filters"))

    for message in ('{"rating": 4, "ip": "10.0.0.9"}', '{"rating": 9, "ip": "10.0.0.9"}', "plain"):
        world.request("sns", "Publish", {"TopicArn": deployed["Topic"], "Message": message})
    world.until_idle()

    assert [taken(world, name) for name in ("ReadAll", "ReadSome")] == [3, 1]
    assert bodies(world, deployed["Some"]) == []


def test_a_rule_tells_a_topic(world: SyncSimulation) -> None:
    """The event travels as JSON within the notification."""
    world.deploy(template_of("rule_topic"))

    for kind in ("stopped", "started"):
        entry = {"Source": "shop", "DetailType": kind, "Detail": json.dumps({"state": kind})}
        world.request("events", "PutEvents", {"Entries": [entry]})
    world.until_idle()

    assert logged(world, "Reader") == ["heard stopped"]


def test_a_schedule_fires_every_minute(world: SyncSimulation) -> None:
    """A rate begins one period after the deployment."""
    world.deploy(template_of("every_minute"))

    world.advance("10 minutes")

    assert logged(world, "Tick") == ["aws.events Scheduled Event"] * len(logged(world, "Tick"))
    assert 10 <= len(logged(world, "Tick")) <= 11


def test_what_fails_for_good_goes_to_its_destination(world: SyncSimulation) -> None:
    """One retry, then the record of the invocation goes to the queue."""
    deployed = world.deploy(template_of("async_destinations"))

    world.request(
        "lambda", "Invoke", {"FunctionName": deployed["Flaky"], "InvocationType": "Event", "Payload": b'{"n": 1}'}
    )
    world.advance("10 minutes")

    (record,) = [json.loads(body) for body in bodies(world, deployed["Failed"])]
    assert record["requestPayload"] == {"n": 1}
    assert record["requestContext"]["approximateInvokeCount"] == 2


def test_an_api_sends_to_a_queue_by_a_mapping_template(world: SyncSimulation) -> None:
    """The definition is a file beside the template; a form goes to SQS, and no function is between."""
    deployed = world.deploy(template_of("api_queue_service"))

    reply = world.http("POST", "/inbox", json={"id": "T1", "text": "a&b"})
    world.until_idle()

    assert reply.json() == {"taken": True}
    item = world.request("dynamodb", "GetItem", {"TableName": deployed["Results"], "Key": {"id": {"S": "T1"}}})["Item"]
    assert item == {"id": {"S": "T1"}, "text": {"S": "a&b"}}


def test_a_condition_that_does_not_hold_leaves_things_out(world: SyncSimulation) -> None:
    """Neither the resource is there nor its output, and the variable that named it is gone."""
    deployed = world.deploy(template_of("api_queue_service"), parameters={"WithResults": "false"})

    assert "Results" not in deployed.resources
    assert deployed.outputs == {}
    described = world.request("lambda", "GetFunctionConfiguration", {"FunctionName": deployed["Worker"]})
    assert "RESULTS" not in described["Environment"]["Variables"]  # type: ignore[index]  # as the model has it


def test_an_http_api_calls_a_function(world: SyncSimulation) -> None:
    """Its URL is made of the id of the API that SAM made."""
    deployed = world.deploy(template_of("http_api"))

    reply = world.http("GET", deployed.outputs["Url"] + "hello/ann")

    assert (reply.status, reply.text) == (200, "hello ann")


def test_layers_aliases_and_variables_are_as_on_aws(world: SyncSimulation) -> None:
    """A file with a dash is a module; scalars become text; a layer without `python` is on the path as well."""
    deployed = world.deploy(template_of("versions"))

    assert world.invoke(f"{deployed['Greeter']}:live") == ["hello", "world", "true", "10", "us-east-1a"]
    assert deployed.outputs["Alias"] == f"arn:aws:lambda:us-east-1:123456789012:function:{deployed['Greeter']}:live"
    assert deployed.outputs["Version"].endswith(":1")


def test_secrets_and_parameters_reach_variables(world: SyncSimulation) -> None:
    """Dynamic references are looked up in the simulated stores, within longer text as well."""
    world.request("ssm", "PutParameter", {"Name": "/given/limit", "Value": "7", "Type": "String"})

    world.deploy(template_of("secrets"))

    assert world.invoke("Reader") == ["ann", "<limit-7>", 20]


def test_a_custom_resource_runs_at_deployment_and_answers(world: SyncSimulation) -> None:
    """Its function writes a seed; what it answers is what `Fn::GetAtt` gives; properties arrive as text."""
    deployed = world.deploy(template_of("custom_resource"))

    assert deployed.outputs == {"Count": "1", "Flag": "true", "Seed": "seed"}
    assert world.request("dynamodb", "Scan", {"TableName": deployed["Seeds"]})["Items"] == [{"id": {"S": "apple"}}]


def test_a_custom_resource_that_fails_takes_the_stack_back(world: SyncSimulation) -> None:
    """The error names file, line and reason; nothing of the stack is left."""
    with pytest.raises(TemplateError, match=r"template\.yaml:\d+:.*Seed.*bad seed"):
        world.deploy(template_of("custom_resource"), parameters={"SeedName": "bad"})

    assert list(world.sources("tables")) == []
    assert len(world.functions) == 0


def test_rules_on_a_bus_transform_what_they_tell(world: SyncSimulation) -> None:
    """A rule on a bus of one's own is `bus|rule`; a log group's ARN ends in `:*`."""
    deployed = world.deploy(template_of("bus"))

    entry = {"Source": "s", "DetailType": "order", "Detail": '{"who": "ann", "amount": 200}', "EventBusName": "shop"}
    world.request("events", "PutEvents", {"Entries": [entry]})
    world.until_idle()

    assert [json.loads(body) for body in bodies(world, deployed["Orders"])] == [{"customer": "ann"}]
    assert logged(world, "Take") == ["took ann"]
    assert deployed.outputs["Rule"].startswith("shop|")
    assert deployed.outputs["LogArn"].endswith(":log-group:/aws/events/shop:*")


def test_a_poisoned_record_is_isolated_and_reported(world: SyncSimulation) -> None:
    """The poller halves the batch until the record stands alone; then the shard moves on."""
    deployed = world.deploy(template_of("stream_bisect"))

    for mass in (1, 4, "heavy", 7):
        data = json.dumps({"mass": mass}).encode()
        world.request("kinesis", "PutRecord", {"StreamName": deployed["Clicks"], "PartitionKey": "k", "Data": data})
    world.advance("30 minutes")

    (report,) = [json.loads(body) for body in bodies(world, deployed["Anomalies"])]
    assert report["KinesisBatchInfo"]["batchSize"] == 1
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert "weighed 8" in logged(world, "Reader")


def test_a_pipe_carries_from_queue_to_queue(world: SyncSimulation) -> None:
    """No function is between."""
    deployed = world.deploy(template_of("pipe"))

    world.send("Source", "hello")
    world.advance("1 minute")

    assert [("hello" in body) for body in bodies(world, deployed["Goal"])] == [True]


def test_a_pipe_posts_to_an_api_of_the_same_stack(world: SyncSimulation) -> None:
    """A function enriches a list of messages; the connection's key is in the header; the address answers in process."""
    deployed = world.deploy(template_of("pipe_api_destination"))

    world.send("SourceQueue", '{"order_id": "o1", "amount": "10"}')
    world.advance("1 minute")

    items = world.request("dynamodb", "Scan", {"TableName": deployed["Table"]})["Items"]
    assert items == [{"id": {"S": "o1"}, "Type": {"S": "Food"}}]
    assert (logged(world, "Enrich"), logged(world, "Function")) == (["aws:sqs"], ["KeyValue"])
    assert world.numbers("queues", "SourceQueue")["deleted"] == 1  # type: ignore[index]  # it is there


def test_a_workflow_waits_for_its_token(world: SyncSimulation) -> None:
    """An object starts an execution by way of the bus; the function gives the token back; a topic tells of the end."""
    deployed = world.deploy(template_of("callback_workflow"))

    world.put("Ingest", "students.csv", b"1,Ann\n2,Bob\n")
    world.advance("1 minute")

    asked = {"stateMachineArn": deployed["Machine"]}
    executions: Any = world.request("stepfunctions", "ListExecutions", asked)["executions"]
    assert [each["status"] for each in executions] == ["SUCCEEDED"]
    assert world.numbers("topics", "Done")["published"] == 1  # type: ignore[index]  # it is there


def test_a_state_machine_gets_what_the_template_puts_into_it(world: SyncSimulation) -> None:
    """The definition is a file; a number stands unquoted where the template has one."""
    deployed = world.deploy(template_of("workflow"))

    started = world.request(
        "stepfunctions", "StartExecution", {"stateMachineArn": deployed["Machine"], "input": '{"n": 4}'}
    )
    world.until_idle()

    ended = world.request("stepfunctions", "DescribeExecution", {"executionArn": started["executionArn"]})
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "8")


STUCK = """\
Resources:
  Approvals: {Type: AWS::SQS::Queue}
  Refund:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      Definition:
        StartAt: Ask
        States:
          Ask:
            Type: Task
            Resource: arn:aws:states:::sqs:sendMessage.waitForTaskToken
            Parameters: {QueueUrl: !Ref Approvals, MessageBody: {"token.$": $$.Task.Token}}
            End: true
  Large:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop], detail: {amount: [{numeric: [">=", 100]}]}}
      Targets: [{Id: approvals, Arn: !GetAtt Approvals.Arn}]
"""


def test_what_does_not_go_on_is_found_by_its_logical_id(world: SyncSimulation, tmp_path: Path) -> None:
    """An execution that nobody answers counts as running, and its machine and a rule that is silent have stories."""
    (tmp_path / "stuck.yaml").write_text(STUCK)
    deployed = world.deploy(str(tmp_path / "stuck.yaml"))

    world.request("stepfunctions", "StartExecution", {"stateMachineArn": deployed["Refund"], "name": "r-7"})
    world.put_event("shop", "order", {"amount": 20})
    world.until_idle()

    assert world.numbers("state_machines", "Refund")["running"] == 1
    with pytest.raises(ConfigurationError, match="there is no queue 'Aprovals'; did you mean `Approvals`"):
        world.send("Aprovals", "yes")
    machine, rule = (" ".join(story(world, name).split()) for name in ("Refund", "Large"))
    assert "enters the state Ask" in machine
    assert "detail.amount is 20, wanted a number >= 100" in rule
    assert story(world, "r-7").startswith("execution stuck-Refund-")


def test_a_scheduler_sends_to_a_queue(world: SyncSimulation) -> None:
    """A schedule in a group of its own fires by the hour."""
    deployed = world.deploy(template_of("schedules"))

    world.advance("150 minutes")

    assert set(bodies(world, deployed["Due"])) == {'{"due": true}'}


def test_a_stack_within_a_stack_has_outputs(world: SyncSimulation) -> None:
    """The outer stack subscribes a queue that the inner one made, with the parameter that it was given."""
    deployed = world.deploy(template_of("nested"))

    attributes = world.request("sqs", "GetQueueAttributes", {"QueueUrl": deployed["Queue"], "AttributeNames": ["All"]})
    assert attributes["Attributes"]["VisibilityTimeout"] == "45"  # type: ignore[index]  # as the model has it
    assert [stack.parent for stack in deployed.stacks] == ["", deployed.stacks[0].identifier]


def test_an_api_made_piece_by_piece_answers(world: SyncSimulation) -> None:
    """Resources, methods, a deployment and a stage of a REST API, in plain CloudFormation."""
    world.deploy(template_of("rest_resources"))

    assert world.http("GET", "/things").text == "GET"
    assert world.http("GET", "/").json() == {"mocked": True}


def test_a_load_balancer_leads_to_a_function(world: SyncSimulation) -> None:
    """Its network has no behaviour; its address answers."""
    deployed = world.deploy(template_of("balancer"))

    assert world.http("GET", f"{deployed.outputs['Url']}/things").text == "/things"


def test_a_user_pool_is_kept_by_whoever_answers_for_it(world: SyncSimulation) -> None:
    """Clients find it and sign people up."""
    deployed = world.deploy(template_of("user_pool"))

    found = world.request("cognito-idp", "DescribeUserPool", {"UserPoolId": deployed["Pool"]})["UserPool"]
    assert found["Name"] == "people"  # type: ignore[index]  # as the model has it
    assert deployed.outputs["Issuer"].endswith(deployed["Pool"])


def test_tables_have_their_indexes_and_their_expiry(world: SyncSimulation) -> None:
    """Numbers that are text are numbers all the same."""
    deployed = world.deploy(template_of("table_settings"))

    table: Any = world.request("dynamodb", "DescribeTable", {"TableName": deployed["Things"]})["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-owner"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    expiry = world.request("dynamodb", "DescribeTimeToLive", {"TableName": deployed["Things"]})
    assert expiry["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_tables_have_what_is_set_on_them(world: SyncSimulation) -> None:
    """Recovery, insights, encryption, a policy and a stream of changes; what is only kept is told of as well."""
    deployed = world.deploy(template_of("table_settings"))
    name = {"TableName": deployed["Things"]}

    def told(operation: str, **more: str) -> Any:
        return world.request("dynamodb", operation, {**name, **more})

    table = told("DescribeTable")["Table"]
    recovery = told("DescribeContinuousBackups")["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    (destination,) = told("DescribeKinesisStreamingDestination")["KinesisDataStreamDestinations"]
    policy: Any = world.request("dynamodb", "GetResourcePolicy", {"ResourceArn": table["TableArn"]})
    assert (recovery["PointInTimeRecoveryStatus"], recovery["RecoveryPeriodInDays"]) == ("ENABLED", 7)
    assert told("DescribeContributorInsights")["ContributorInsightsStatus"] == "ENABLED"
    assert told("DescribeContributorInsights", IndexName="by-owner")["ContributorInsightsStatus"] == "ENABLED"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert destination["DestinationStatus"] == "ACTIVE"
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Statement": []}


def test_streams_have_what_is_set_on_them(world: SyncSimulation) -> None:
    """Encryption and metrics are only kept; the size of records counts."""
    deployed = world.deploy(template_of("table_settings"))

    asked = {"StreamName": deployed["Changes"]}
    told: Any = world.request("kinesis", "DescribeStreamSummary", asked)["StreamDescriptionSummary"]
    assert (told["EncryptionType"], told["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert told["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}]
    assert told["MaxRecordSizeInKiB"] == 2048


def test_fifo_names_end_as_they_must(world: SyncSimulation) -> None:
    """A name that CloudFormation makes for a FIFO queue ends in `.fifo`; `AWS::NoValue` leaves a property out."""
    deployed = world.deploy(template_of("fifo"), stack="shop")

    assert deployed["Queue"].endswith(".fifo")
    assert deployed["Topic"].endswith(":shop.fifo")
    assert deployed["Plain"].endswith("/shop-plain")


def test_what_nobody_simulates_is_told_of_and_the_rest_works(world: SyncSimulation) -> None:
    """Brokers, clusters, rules of things: each is named; what is not there is invented, and that is said, too."""
    deployed = world.deploy(template_of("gaps"))

    missing = {line.logical_id for line in deployed.lines if line.level == "missing"}
    assert {"Broker", "FnMq", "FnMsk"} <= missing <= {"Broker", "FnMq", "FnMsk", "Fire", "FnIot", "FnLogs"}
    described: Any = world.request("lambda", "GetFunctionConfiguration", {"FunctionName": deployed["Fn"]})
    assert described["Environment"]["Variables"] == {"AB": "there", "CD": "password"}
    assert "Fn2: VpcConfig has no effect: there is no network" in deployed.notes
    assert "Fn: {{resolve:ssm:/not/there}} is not there, so it is 'there'; make it before you deploy" in deployed.notes


def test_other_languages_are_told_of_and_can_be_stood_in_for(world: SyncSimulation) -> None:
    """A function that cannot be run fails by name when it is invoked, and not before; a stand-in runs in its place."""
    standin = {"Image": {"handler": "standin.handler", "code": "languages"}}

    deployed = world.deploy(template_of("languages"), functions=standin)

    assert {line.logical_id: line.level for line in deployed.lines} == {
        "Java": "missing",
        "Image": "works",
        "Adapted": "missing",
        "Chart": "missing",
        "Role": "inert",
    }
    assert world.invoke("Image") == "stood in"
    with pytest.raises(FunctionFailed, match=r"NotRun: Java is written for java21, which is not run here"):
        world.invoke("Java")
    with pytest.raises(FunctionFailed, match=r"Adapted starts the program run\.sh, and no layer of the Lambda Web"):
        world.invoke("Adapted")
    assert deployed.outputs["Role"] == "arn:aws:iam::123456789012:role/of-the-chart"


def test_a_loop_writes_resources_out(world: SyncSimulation) -> None:
    """`Fn::ForEach` goes over a parameter that is a list."""
    deployed = world.deploy(template_of("for_each"), parameters={"Names": ["x", "y", "z"]})

    assert list(deployed.resources) == ["Queuex", "Queuey", "Queuez"]
    assert deployed.outputs == {"Text": '{"count":3}'}


def test_another_stack_may_use_what_one_exports(world: SyncSimulation, tmp_path: Any) -> None:
    """Several stacks live in one world; what one imports, the other cannot take away."""
    (tmp_path / "a.yaml").write_text(
        "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {Q: {Value: !GetAtt Q.Arn, Export: {Name: shared}}}"
    )
    (tmp_path / "b.yaml").write_text(
        "Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !ImportValue shared}}}"
    )
    first = world.deploy(tmp_path / "a.yaml", stack="first")
    second = world.deploy(tmp_path / "b.yaml", stack="second")

    value: Any = world.request("ssm", "GetParameter", {"Name": second["P"]})["Parameter"]
    assert value["Value"].endswith(first["Q"].rpartition("/")[2])
    with pytest.raises(sdk.client("cloudformation").exceptions.ClientError, match="in use by second"):
        sdk.client("cloudformation").delete_stack(StackName="first")
