"""Executions as clients of Step Functions see them."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

ROLE = "arn:aws:iam::123456789012:role/worker"


def states(start_at: str, /, **states: Mapping[str, Any]) -> str:
    """Return a definition; a state without `Next` is the end."""
    ends = ("Succeed", "Fail", "Choice")
    done = {
        name: {**state, **({"End": True} if "Next" not in state and state["Type"] not in ends else {})}
        for name, state in states.items()
    }
    return json.dumps({"StartAt": start_at, "States": done})


def run(world: SyncSimulation, sfn: Any, definition: str, given: Any = None, **machine: Any) -> Any:
    """Run a machine until nothing is left to do; describe the execution."""
    arn = sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE, **machine)["stateMachineArn"]
    started = sfn.start_execution(stateMachineArn=arn, name="e", input=json.dumps(given or {}))
    world.until_idle()
    return sfn.describe_execution(executionArn=started["executionArn"])


def history(sfn: Any, execution: Any) -> list[str]:
    """Return the events as `number:type<previous`."""
    events = sfn.get_execution_history(executionArn=execution["executionArn"])["events"]
    return [f"{each['id']}:{each['type']}<{each['previousEventId']}" for each in events]


def fail(event: Any, context: Any) -> None:
    """Fail."""
    raise ValueError("no")


def echo(event: Any, context: Any) -> Any:
    """Return the event."""
    return event


INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"


def test_a_task_calls_a_function(world: SyncSimulation, sfn: Any) -> None:
    """The history is numbered as recorded: the first state follows nothing."""
    world.add_function("echo", handler=echo)
    task = {**INVOKE, "Parameters": {"FunctionName": "echo", "Payload.$": "$"}, "OutputPath": "$.Payload"}

    execution = run(world, sfn, states("Call", Call=task), {"a": 1})

    assert (execution["status"], execution["output"]) == ("SUCCEEDED", '{"a":1}')
    assert history(sfn, execution) == [
        "1:ExecutionStarted<0",
        "2:TaskStateEntered<0",
        "3:TaskScheduled<2",
        "4:TaskStarted<3",
        "5:TaskSucceeded<4",
        "6:TaskStateExited<5",
        "7:ExecutionSucceeded<6",
    ]


def test_every_request_of_an_integration_has_an_id(world: SyncSimulation, sfn: Any) -> None:
    """Definitions hand it on, to logs and tables; no two requests have the same."""
    world.add_source("topics", "news")
    arn = "arn:aws:sns:us-east-1:123456789012:news"
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": arn, "Message": "x"},
        "ResultSelector": {"id.$": "$.SdkResponseMetadata.RequestId"},
    }
    first, second = {**publish, "ResultPath": "$.first", "Next": "B"}, {**publish, "ResultPath": "$.second"}

    output = json.loads(run(world, sfn, states("A", A=first, B=second))["output"])

    assert [len(output[name]["id"]) for name in ("first", "second")] == [36, 36]
    assert output["first"] != output["second"]


def test_retries_wait_in_virtual_time(world: SyncSimulation, sfn: Any) -> None:
    """Attempts come at 0, 2, 6, 14, 30, 50 and 70 s; then it is caught."""
    world.add_function("fail", handler=fail, duration=0)
    task = {
        **INVOKE,
        "Parameters": {"FunctionName": "fail"},
        "Retry": [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 2, "MaxAttempts": 6, "MaxDelaySeconds": 20}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Bad"}],
    }
    bad = {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}

    execution = run(world, sfn, states("Call", Call=task, Bad=bad))

    events = sfn.get_execution_history(executionArn=execution["executionArn"])["events"]
    begun = events[0]["timestamp"]
    attempts = [each["timestamp"] - begun for each in events if each["type"] == "TaskScheduled"]
    assert [round(each.total_seconds()) for each in attempts] == [0, 2, 6, 14, 30, 50, 70]
    assert (execution["status"], execution["error"]) == ("FAILED", "ValueError")
    cause = json.loads(execution["cause"])
    assert list(cause) == ["errorMessage", "errorType", "requestId", "stackTrace"]


def test_a_function_named_by_its_arn_has_events_of_its_own(world: SyncSimulation, sfn: Any) -> None:
    """Two retries, then the end; the state is not entered again (recorded)."""
    world.add_function("fail", handler=fail)
    task = {"Type": "Task", "Resource": FUNCTION + "fail", "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}

    execution = run(world, sfn, states("Call", Call=task))

    assert history(sfn, execution)[2:] == [
        "3:LambdaFunctionScheduled<2",
        "4:LambdaFunctionStarted<3",
        "5:LambdaFunctionFailed<4",
        "6:LambdaFunctionScheduled<5",
        "7:LambdaFunctionStarted<6",
        "8:LambdaFunctionFailed<7",
        "9:LambdaFunctionScheduled<8",
        "10:LambdaFunctionStarted<9",
        "11:LambdaFunctionFailed<10",
        "12:ExecutionFailed<11",
    ]


def test_a_branch_that_fails_ends_the_others(world: SyncSimulation, sfn: Any) -> None:
    """And is caught by the whole."""
    slow = json.loads(states("Wait", Wait={"Type": "Wait", "Seconds": 3600}))
    broken = json.loads(states("No", No={"Type": "Fail", "Error": "Broken"}))
    both = {
        "Type": "Parallel",
        "Branches": [broken, slow],
        "Catch": [{"ErrorEquals": ["Broken"], "Next": "Done"}],
        "Next": "Done",
    }

    execution = run(world, sfn, states("Both", Both=both, Done={"Type": "Succeed"}))

    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"Error": "Broken", "Cause": ""}
    assert world.now_s < 1


def test_a_map_keeps_the_order_of_its_items(world: SyncSimulation, sfn: Any) -> None:
    """However long each of them takes; each knows its place."""
    world.add_function("echo", handler=echo)
    one = states(
        "Wait",
        Wait={"Type": "Wait", "SecondsPath": "$.delay", "Next": "Tell"},
        Tell={"Type": "Pass", "Parameters": {"at.$": "$.at", "delay.$": "$.delay"}},
    )
    every = {
        "Type": "Map",
        "ItemsPath": "$.delays",
        "MaxConcurrency": 2,
        "ItemSelector": {"delay.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index"},
        "ItemProcessor": json.loads(one),
        "ResultPath": "$.told",
    }

    execution = run(world, sfn, states("Every", Every=every), {"delays": [30, 10, 20]})

    assert [each["at"] for each in json.loads(execution["output"])["told"]] == [0, 1, 2]
    assert world.now_s == 30


def test_what_follows_side_by_side_is_told_as_recorded(world: SyncSimulation, sfn: Any) -> None:
    """An iteration follows the one whose place it takes; what comes after a success follows what came before it."""
    passing = json.loads(states("P", P={"Type": "Pass"}))
    every = {"Type": "Map", "ItemsPath": "$.n", "MaxConcurrency": 1, "ItemProcessor": passing, "Next": "Both"}
    both = {"Type": "Parallel", "Branches": [json.loads(states("Q", Q={"Type": "Pass"}))]}

    execution = run(world, sfn, states("Every", Every=every, Both=both), {"n": [1, 2]})

    assert history(sfn, execution)[5:-1] == [
        "6:PassStateExited<5",
        "7:MapIterationSucceeded<6",
        "8:MapIterationStarted<6",
        "9:PassStateEntered<8",
        "10:PassStateExited<9",
        "11:MapIterationSucceeded<10",
        "12:MapStateSucceeded<11",
        "13:MapStateExited<11",
        "14:ParallelStateEntered<13",
        "15:ParallelStateStarted<14",
        "16:PassStateEntered<15",
        "17:PassStateExited<16",
        "18:ParallelStateSucceeded<17",
        "19:ParallelStateExited<17",
    ]


def test_a_failed_iteration_is_told_as_recorded(world: SyncSimulation, sfn: Any) -> None:
    """The map's end follows the failed state, not the iteration."""
    every = {
        "Type": "Map",
        "ItemProcessor": json.loads(states("No", No={"Type": "Fail", "Error": "Broken"})),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
        "Next": "Done",
    }
    first = {"Type": "Pass", "Result": [1], "Next": "Every"}

    execution = run(world, sfn, states("First", First=first, Every=every, Done={"Type": "Succeed"}))

    assert history(sfn, execution)[3:10] == [
        "4:MapStateEntered<3",
        "5:MapStateStarted<4",
        "6:MapIterationStarted<5",
        "7:FailStateEntered<6",
        "8:MapIterationFailed<7",
        "9:MapStateFailed<7",
        "10:MapStateExited<9",
    ]


WAIT: Mapping[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {
        "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/work",
        "MessageBody": {"token.$": "$$.Task.Token"},
    },
}


def token_of(world: SyncSimulation) -> str:
    """Receive the token that was sent."""
    sqs = boto3.client("sqs", region_name=world.region, aws_access_key_id="a", aws_secret_access_key="b")
    url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    return str(json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])["token"])


def test_news_of_success_is_the_result(world: SyncSimulation, sfn: Any) -> None:
    """The execution waits for as long as it takes, and keeps no run from ending."""
    world.add_source("queues", "work")
    waiting = run(world, sfn, states("Ask", Ask=WAIT))
    assert waiting["status"] == "RUNNING"

    sfn.send_task_heartbeat(taskToken=(token := token_of(world)))
    sfn.send_task_success(taskToken=token, output='{"ok": true}')
    world.until_idle()

    execution = sfn.describe_execution(executionArn=waiting["executionArn"])
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", '{"ok":true}')
    assert history(sfn, execution)[3:6] == ["4:TaskStarted<3", "5:TaskSubmitted<4", "6:TaskSucceeded<5"]
    with pytest.raises(ClientError, match="TaskTimedOut"):
        sfn.send_task_success(taskToken=token, output="1")


def test_news_of_failure_can_be_caught(world: SyncSimulation, sfn: Any) -> None:
    """By its own name."""
    world.add_source("queues", "work")
    task = {**WAIT, "Catch": [{"ErrorEquals": ["Refused"], "Next": "Done"}], "Next": "Done"}
    waiting = run(world, sfn, states("Ask", Ask=task, Done={"Type": "Succeed"}))

    sfn.send_task_failure(taskToken=token_of(world), error="Refused", cause="too late")
    world.until_idle()

    execution = sfn.describe_execution(executionArn=waiting["executionArn"])
    assert json.loads(execution["output"]) == {"Error": "Refused", "Cause": "too late"}


@pytest.mark.parametrize("limits", [{"TimeoutSeconds": 60}, {"HeartbeatSeconds": 60}], ids=["timeout", "heartbeat"])
def test_no_news_is_a_timeout(world: SyncSimulation, sfn: Any, limits: dict[str, int]) -> None:
    """Without a cause (recorded)."""
    world.add_source("queues", "work")

    execution = run(world, sfn, states("Ask", Ask={**WAIT, **limits}))

    assert (execution["status"], execution["error"], execution.get("cause")) == ("FAILED", "States.Timeout", None)
    assert world.now_s == 60


def test_a_token_that_nobody_gave_is_refused(sfn: Any) -> None:
    """By its shape."""
    with pytest.raises(ClientError, match="InvalidToken"):
        sfn.send_task_success(taskToken="nonsense", output="1")


def test_a_parent_waits_for_its_child(world: SyncSimulation, sfn: Any) -> None:
    """`.sync:2` gives the child's output as a value."""
    child = sfn.create_state_machine(
        name="child",
        roleArn=ROLE,
        definition=states("W", W={"Type": "Wait", "Seconds": 60, "Next": "P"}, P={"Type": "Pass"}),
    )
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child["stateMachineArn"], "Input": {"a.$": "$.a"}},
        "OutputPath": "$.Output",
    }

    execution = run(world, sfn, states("Child", Child=task), {"a": 5})

    assert (execution["output"], world.now_s) == ('{"a":5}', 60)


def test_the_machine_itself_may_time_out(world: SyncSimulation, sfn: Any) -> None:
    """Nobody can catch that."""
    definition = {**json.loads(states("W", W={"Type": "Wait", "Seconds": 100})), "TimeoutSeconds": 10}

    execution = run(world, sfn, json.dumps(definition))

    assert (execution["status"], execution["error"]) == ("TIMED_OUT", "States.Timeout")
    assert history(sfn, execution)[-1].partition(":")[2].startswith("ExecutionTimedOut")


def test_an_execution_can_be_stopped(world: SyncSimulation, sfn: Any) -> None:
    """At once, with what one has to say."""
    arn = sfn.create_state_machine(name="m", roleArn=ROLE, definition=states("W", W={"Type": "Wait", "Seconds": 100}))[
        "stateMachineArn"
    ]
    started = sfn.start_execution(stateMachineArn=arn)
    world.advance("10 s")

    sfn.stop_execution(executionArn=started["executionArn"], error="Enough", cause="too slow")
    world.until_idle()

    execution = sfn.describe_execution(executionArn=started["executionArn"])
    assert (execution["status"], execution["error"]) == ("ABORTED", "Enough")
    assert world.now_s == 10


def test_an_express_machine_answers_whoever_waits(world: SyncSimulation, sfn: Any) -> None:
    """With what it costs."""
    arn = sfn.create_state_machine(
        name="m", roleArn=ROLE, type="EXPRESS", definition=states("W", W={"Type": "Wait", "Seconds": 1})
    )["stateMachineArn"]

    answer = sfn.start_sync_execution(stateMachineArn=arn, input='{"a": 1}')

    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '{"a":1}')
    assert answer["billingDetails"] == {"billedDurationInMilliseconds": 1000, "billedMemoryUsedInMB": 64}


def test_a_name_belongs_to_one_execution(world: SyncSimulation, sfn: Any) -> None:
    """The same start again, while it runs, is the same execution."""
    arn = sfn.create_state_machine(name="m", roleArn=ROLE, definition=states("W", W={"Type": "Wait", "Seconds": 9}))[
        "stateMachineArn"
    ]
    first = sfn.start_execution(stateMachineArn=arn, name="n", input='{"a": 1}')

    assert sfn.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')["executionArn"] == first["executionArn"]
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        sfn.start_execution(stateMachineArn=arn, name="n", input="{}")


def test_what_is_not_there_fails_the_state(world: SyncSimulation, sfn: Any) -> None:
    """The cause says in which state and why; `States.ALL` does not stand for it."""
    one = {"Type": "Pass", "InputPath": "$.no.such"}

    execution = run(world, sfn, states("One", One=one))

    assert execution["error"] == "States.Runtime"
    assert execution["cause"] == (
        "An error occurred while executing the state 'One' (entered at the event id #2). "
        "Invalid path '$.no.such' : Missing property in path $['no']"
    )


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        pytest.param("SecondsPath", "a", "cannot be parsed as a long value: $.n == a", id="no number"),
        pytest.param("SecondsPath", -1, "references a negative value: $.n == -1", id="below zero"),
        pytest.param("SecondsPath", None, "cannot be parsed as a long value: $.n == null", id="null"),
        pytest.param(
            "TimestampPath",
            "tomorrow",
            "does not reference a valid ISO-8601 extended offset date-time format string: $.n == tomorrow",
            id="no instant",
        ),
    ],
)
def test_nobody_waits_for_what_is_no_time(world: SyncSimulation, sfn: Any, field: str, value: Any, told: str) -> None:
    """The cause says where the path led, and to what."""
    execution = run(world, sfn, states("W", W={"Type": "Wait", field: "$.n"}), {"n": value})

    assert execution["error"] == "States.Runtime"
    assert execution["cause"].endswith(f"The {field} parameter {told}")


def test_nobody_waits_for_what_is_not_there(world: SyncSimulation, sfn: Any) -> None:
    """A path that leads nowhere is named."""
    execution = run(world, sfn, states("W", W={"Type": "Wait", "SecondsPath": "$.n"}))

    assert execution["cause"].endswith("The SecondsPath parameter does not reference an input value: $.n")


def test_an_operation_of_any_service_can_be_a_task(world: SyncSimulation, sfn: Any) -> None:
    """What it refuses has the SDK's name, what nobody simulates says so."""
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Parameters": {"Bucket": "shelf", "Key": "k", "Body": {"a.$": "$.a"}},
        "ResultPath": None,
        "Next": "Get",
    }
    get = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Parameters": {"Bucket": "shelf", "Key": "x"},
    }
    world.add_source("buckets", "shelf")

    execution = run(world, sfn, states("Put", Put=put, Get=get), {"a": 1})

    assert world.read("shelf", "k") == b'{"a":1}'
    assert execution["error"] == "S3.NoSuchKeyException"


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        pytest.param("no", "INVALID_JSON_DESCRIPTION", id="no JSON"),
        pytest.param('{"StartAt": "A"}', "The field 'States' is required", id="no states"),
        pytest.param(states("B", A={"Type": "Succeed"}), "Missing 'StartAt' target: B", id="no start"),
        pytest.param(
            states("A", A={"Type": "Pass", "Next": "X"}),
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Next",
            id="no next",
        ),
        pytest.param(states("A", A={"Type": "Pass", "Next": {"B": 1}}), "target: {'B': 1}", id="no name"),
        pytest.param(
            '{"StartAt": [], "States": {"A": {"Type": "Succeed"}}}', "'StartAt' target: []", id="no beginning"
        ),
        pytest.param(
            states("A", A={"Type": "Map", "ItemProcessor": {"ProcessorConfig": "INLINE"}, "End": True}),
            "The field 'ProcessorConfig' is an object at /States/A/ItemProcessor/ProcessorConfig",
            id="no configuration",
        ),
        pytest.param(
            states("A", A={"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": 1.5, "End": True}),
            "'Retry' is a list of objects at /States/A/Retry",
            id="no retriers",
        ),
        pytest.param(states("A", A={"Type": "Wait"}), "Exactly one of Seconds", id="no time"),
        pytest.param(
            states("A", A={"Type": "Task", "Resource": "f"}),
            "Value is not a valid resource ARN at /States/A/Resource",
            id="no ARN",
        ),
        pytest.param(
            states("A", A={"Type": "Pass", "QueryLanguage": "SQL"}),
            "'SQL' is no query language",
            id="a language that there is not",
        ),
    ],
)
def test_a_definition_that_cannot_run_is_refused(sfn: Any, definition: str, message: str) -> None:
    """With what is wrong and where."""
    with pytest.raises(ClientError) as caught:
        sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)

    assert caught.value.response["Error"]["Code"] == "InvalidDefinition"
    assert message in caught.value.response["Error"]["Message"]
    told = sfn.validate_state_machine_definition(definition=definition)
    assert told["result"] == "FAIL"


def test_activities_hand_out_work(world: SyncSimulation, sfn: Any) -> None:
    """Whoever asks gets it with a token, and reports by that."""
    activity = sfn.create_activity(name="paint")["activityArn"]
    waiting = run(world, sfn, states("Paint", Paint={"Type": "Task", "Resource": activity}), {"wall": 1})

    work = sfn.get_activity_task(activityArn=activity, workerName="ann")
    sfn.send_task_success(taskToken=work["taskToken"], output='"done"')
    world.until_idle()

    assert json.loads(work["input"]) == {"wall": 1}
    assert sfn.describe_execution(executionArn=waiting["executionArn"])["output"] == '"done"'


def test_nobody_waits_for_work_longer_than_a_minute(world: SyncSimulation, sfn: Any) -> None:
    """Then there is none."""
    activity = sfn.create_activity(name="paint")["activityArn"]

    work = sfn.get_activity_task(activityArn=activity)

    assert (work.get("taskToken"), world.now_s) == (None, 60)


def test_machines_are_described_changed_listed_and_deleted(world: SyncSimulation, sfn: Any) -> None:
    """As clients need it."""
    definition = states("A", A={"Type": "Succeed"})
    arn = sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE, tags=[{"key": "a", "value": "1"}])[
        "stateMachineArn"
    ]
    assert sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)["stateMachineArn"] == arn

    sfn.update_state_machine(stateMachineArn=arn, definition=states("B", B={"Type": "Succeed"}))

    assert json.loads(sfn.describe_state_machine(stateMachineArn=arn)["definition"])["StartAt"] == "B"
    assert [each["name"] for each in sfn.list_state_machines()["stateMachines"]] == ["m"]
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "1"}]
    sfn.delete_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        sfn.describe_state_machine(stateMachineArn=arn)
