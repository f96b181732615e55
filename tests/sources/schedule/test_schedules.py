"""Schedules of EventBridge Scheduler as their clients see them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ConfigurationError, SyncSimulation
from tests import sdk

ROLE = "arn:aws:iam::123456789012:role/scheduler"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"


@pytest.fixture
def scheduler(world: SyncSimulation) -> Any:
    """Return a boto3 client for Scheduler, in a world with a queue."""
    world.add_source("queues", "jobs")
    return client(world, "scheduler")


def client(world: SyncSimulation, service: str) -> Any:
    """Return a client."""
    return sdk.client(service, world.region)


def make(scheduler: Any, expression: str, *, target: Any = None, **settings: Any) -> Any:
    """Make the schedule `s`, whose target is a queue unless it is said otherwise."""
    given: dict[str, Any] = {"FlexibleTimeWindow": {"Mode": "OFF"}, **settings}
    aim = {"Arn": QUEUE, "RoleArn": ROLE, "Input": "<aws.scheduler.scheduled-time>", **(target or {})}
    return scheduler.create_schedule(Name="s", ScheduleExpression=expression, Target=aim, **given)


def received(world: SyncSimulation, queue: str = "jobs") -> list[Any]:
    """Return the messages in a queue, in order."""
    sqs = client(world, "sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found: list[Any] = []
    while True:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        if not messages.get("Messages"):
            return found
        found += messages["Messages"]


def times(world: SyncSimulation) -> list[str]:
    """Return the bodies of the messages in the queue."""
    return [each["Body"] for each in received(world)]


def test_a_rate_fires_at_once_and_then_every_so_often(world: SyncSimulation, scheduler: Any) -> None:
    """Without a start date, the first time is now (documented)."""
    make(scheduler, "rate(10 minutes)")

    world.advance("25 minutes")

    assert times(world) == ["2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z"]


def test_a_schedule_keeps_to_its_start_and_its_end(world: SyncSimulation, scheduler: Any) -> None:
    """A rate counts from the start; what falls on the end is too late."""
    start, end = datetime(2026, 1, 1, 0, 5, tzinfo=UTC), datetime(2026, 1, 1, 0, 25, tzinfo=UTC)
    make(scheduler, "rate(10 minutes)", StartDate=start, EndDate=end)

    world.advance("1 h")

    assert times(world) == ["2026-01-01T00:05:00Z", "2026-01-01T00:15:00Z"]


def test_cron_goes_by_the_clocks_of_its_zone(world: SyncSimulation, scheduler: Any) -> None:
    """Half past two is skipped on the night when clocks go forward."""
    make(scheduler, "cron(30 2 28-30 3 ? 2026)", ScheduleExpressionTimezone="Europe/Paris")

    world.advance("89 days")

    assert times(world) == ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]


def test_what_happens_once_is_waited_for_and_may_delete_itself(world: SyncSimulation, scheduler: Any) -> None:
    """A run ends after it, not before; what recurs keeps no run from ending."""
    make(scheduler, "at(2026-02-01T08:00:00)", ActionAfterCompletion="DELETE")

    world.until_idle()

    assert times(world) == ["2026-02-01T08:00:00Z"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        scheduler.get_schedule(Name="s")


def test_a_flexible_window_is_drawn_from_the_seed(world: SyncSimulation, scheduler: Any) -> None:
    """Somewhere within it, the nominal time stays what it was."""
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30}
    make(scheduler, "at(2026-01-01T01:00:00)", FlexibleTimeWindow=window)

    world.until_idle()

    assert 3600 < world.now_s < 3600 + 30 * 60
    assert times(world) == ["2026-01-01T01:00:00Z"]


def test_placeholders_are_filled_in(world: SyncSimulation, scheduler: Any) -> None:
    """Also inside of strings."""
    names = {"arn": "schedule-arn", "n": "attempt-number", "id": "execution-id"}
    text = json.dumps({name: f"<aws.scheduler.{value}>" for name, value in names.items()})
    arn = make(scheduler, "at(2026-01-01T01:00:00)", target={"Input": text})["ScheduleArn"]

    world.until_idle()

    told = json.loads(times(world)[0])
    assert (told["arn"], told["n"], len(told["id"])) == (arn, "1", 36)


def test_any_operation_can_be_a_target(world: SyncSimulation, scheduler: Any) -> None:
    """By its name in the SDK."""
    url = client(world, "sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
        "Input": json.dumps({"QueueUrl": url, "MessageBody": "by name"}),
    }
    make(scheduler, "at(2026-01-01T01:00:00)", target=target)

    world.until_idle()

    assert times(world) == ["by name"]


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(world: SyncSimulation, scheduler: Any) -> None:
    """With attributes that tell why."""
    world.add_source("queues", "dead")
    target = {"Arn": QUEUE + "-gone", "DeadLetterConfig": {"Arn": QUEUE.replace("jobs", "dead")}}
    make(scheduler, "at(2026-01-01T01:00:00)", target=target)

    world.until_idle()

    (letter,) = received(world, "dead")
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert letter["Body"] == "2026-01-01T01:00:00Z"
    assert (told["TARGET_ARN"], told["ERROR_CODE"]) == (QUEUE + "-gone", "ResourceNotFoundException")


def test_a_function_gets_an_event_where_no_input_is_set(world: SyncSimulation, scheduler: Any) -> None:
    """Its detail is a string."""
    events: list[Any] = []
    world.add_function("f", handler=lambda event, context: events.append(event))
    target = {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "RoleArn": ROLE}
    scheduler.create_schedule(
        Name="s",
        ScheduleExpression="at(2026-01-01T01:00:00)",
        Target=target,
        FlexibleTimeWindow={"Mode": "OFF"},
    )

    world.until_idle()

    assert (events[0]["source"], events[0]["time"], events[0]["detail"]) == (
        "aws.scheduler",
        "2026-01-01T01:00:00Z",
        "{}",
    )


def test_a_changed_schedule_follows_its_new_settings(world: SyncSimulation, scheduler: Any) -> None:
    """What the old ones had ahead is void; what is left out is as it is by default."""
    make(scheduler, "cron(0 1 * * ? *)", Description="nightly")
    target = {"Arn": QUEUE, "RoleArn": ROLE, "Input": "new"}

    scheduler.update_schedule(
        Name="s", ScheduleExpression="at(2026-01-01T02:00:00)", Target=target, FlexibleTimeWindow={"Mode": "OFF"}
    )
    world.until_idle()

    assert times(world) == ["new"]
    assert "Description" not in scheduler.get_schedule(Name="s")


def test_a_disabled_schedule_does_not_fire(world: SyncSimulation, scheduler: Any) -> None:
    """It is kept."""
    make(scheduler, "rate(1 minute)", State="DISABLED")

    world.advance("1 h")

    assert times(world) == []
    assert scheduler.get_schedule(Name="s")["State"] == "DISABLED"


@pytest.mark.parametrize(
    ("expression", "settings", "message"),
    [
        ("every day", {}, "Invalid Schedule Expression every day."),
        ("at(2026-01-01)", {}, "Invalid Schedule Expression at(2026-01-01)."),
        ("cron(0 1 * * * *)", {}, "Invalid Schedule Expression cron(0 1 * * * *)."),
        ("rate(1 day)", {"ScheduleExpressionTimezone": "Europe/Nowhere"}, "Invalid Timezone Europe/Nowhere."),
        ("rate(1 day)", {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes must be 1 to 1440"),
        (
            "rate(1 day)",
            {"StartDate": datetime(2026, 2, 1, tzinfo=UTC), "EndDate": datetime(2026, 1, 1, tzinfo=UTC)},
            "The EndDate you specify must come after the StartDate.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(scheduler: Any, expression: str, settings: Any, message: str) -> None:
    """When it is set, not when it fires."""
    with pytest.raises(ClientError) as caught:
        make(scheduler, expression, **settings)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert message in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("arn:aws:events:us-east-1:123456789012:event-bus/default", "EventBridgeParameters must be provided"),
        ("arn:aws:kinesis:us-east-1:123456789012:stream/s", "KinesisParameters must be provided"),
        ("arn:aws:ecs:us-east-1:123456789012:cluster/c", "EcsParameters must be provided"),
        ("arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl", "The API action getQueueUrl only reads"),
        ("arn:aws:sqs:out", "Provided Arn is not in correct format"),
    ],
)
def test_a_target_that_cannot_be_one_is_refused(scheduler: Any, arn: str, message: str) -> None:
    """Some need parameters, and operations that read are none."""
    with pytest.raises(ClientError, match=message):
        make(scheduler, "rate(1 day)", target={"Arn": arn, "Input": "{}"})


@pytest.mark.parametrize(
    ("action", "text", "reason"),
    [
        ("sqs:sendMessage", "x", ""),
        ("sqs:sendMessage", "[1]", ""),
        ("sqs:sendMessage", "null", ""),
        ("sqs:sendMessage", '{"MessageBody": {"a": 1}}', " MessageBody must be a text."),
        ("sqs:sendMessage", '{"DelaySeconds": "5"}', " DelaySeconds must be a whole number."),
        (
            "sqs:sendMessage",
            '{"MessageAttributes": {"a": {"DataType": true}}}',
            " MessageAttributes.a.DataType must be a text.",
        ),
        ("eventbridge:putEvents", '{"Entries": [{}, {"Detail": 5}]}', " Entries[1].Detail must be a text."),
        ("sfn:startExecution", '{"Input": {}}', " input must be a text."),
    ],
)
def test_an_operation_wants_its_parameters(scheduler: Any, action: str, text: str, reason: str) -> None:
    """An object of the types that its service's model has; all else would reach no operation."""
    arn = f"arn:aws:scheduler:::aws-sdk:{action}"

    with pytest.raises(ClientError) as caught:
        make(scheduler, "rate(1 day)", target={"Arn": arn, "Input": text})

    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "ValidationException",
        f"Invalid JSON provided for target: {arn}.{reason}",
    )


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("lambda:invoke", '{"FunctionName": "f", "Payload": {"a": 1}}'),
        ("dynamodb:putItem", '{"TableName": "t", "Item": {"id": {"N": "1"}, "old": {"BOOL": false}}}'),
        ("cloudwatch:putMetricData", '{"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]}'),
        ("nobody:knows", '{"This": []}'),
        ("sqs:mystify", "{}"),
    ],
)
def test_an_operation_may_have_any_parameters_of_its_types(scheduler: Any, action: str, text: str) -> None:
    """Services without a model may have any at all."""
    made = make(scheduler, "rate(1 day)", target={"Arn": f"arn:aws:scheduler:::aws-sdk:{action}", "Input": text})

    assert made["ScheduleArn"]


def test_groups_hold_schedules(world: SyncSimulation, scheduler: Any) -> None:
    """And take them along when they are deleted."""
    arn = scheduler.create_schedule_group(Name="g", Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    make(scheduler, "rate(1 day)", GroupName="g")
    assert make(scheduler, "rate(1 day)")["ScheduleArn"].endswith(":schedule/default/s")

    assert [each["GroupName"] for each in scheduler.list_schedules()["Schedules"]] == ["default", "g"]
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    scheduler.delete_schedule_group(Name="g")

    assert [each["GroupName"] for each in scheduler.list_schedules()["Schedules"]] == ["default"]
    with pytest.raises(ClientError, match="Schedule group g does not exist"):
        make(scheduler, "rate(1 day)", GroupName="g")


def test_lists_have_pages(scheduler: Any) -> None:
    """A paginator sees all of them."""
    for number in range(5):
        scheduler.create_schedule_group(Name=f"g{number}")

    pages = list(scheduler.get_paginator("list_schedule_groups").paginate(PaginationConfig={"PageSize": 2}))

    assert [len(each["ScheduleGroups"]) for each in pages] == [2, 2, 2]


def test_a_name_belongs_to_one_schedule(scheduler: Any) -> None:
    """Within its group."""
    make(scheduler, "rate(1 day)")

    with pytest.raises(ClientError, match="Schedule s already exists"):
        make(scheduler, "rate(1 day)")


def test_a_scenario_may_hold_schedules(world: SyncSimulation) -> None:
    """In short words."""
    world.add_source("queues", "jobs")
    world.add_source("schedules", "nightly", expression="cron(0 3 * * ? *)", queue="jobs", input={"job": "report"})
    world.connect()

    world.advance(timedelta(days=2).total_seconds())

    assert times(world) == ['{"job": "report"}'] * 2
    assert world.numbers("schedules", "nightly") == {"fired": 2, "delivered": 2, "retried": 0, "lost": 0}


SEND = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("timezone", {"queue": "jobs", "timezone": "Mars/Base"}),
        ("end", {"queue": "jobs", "start": datetime(2026, 2, 1, tzinfo=UTC), "end": datetime(2026, 1, 1, tzinfo=UTC)}),
        ("source", {"bus": "default"}),
        ("group", {"stream": "s"}),
        ("input", {"arn": SEND, "input": {"MessageBody": 5}}),
        ("arn", {"arn": "arn:aws:sqs"}),
        ("arn", {"arn": "arn:aws:scheduler:::aws-sdk:sqs:listQueues"}),
    ],
)
def test_the_setting_of_a_scenario_that_is_at_fault_is_named(world: SyncSimulation, key: str, settings: Any) -> None:
    """Where the scenario says it."""
    with pytest.raises(ConfigurationError) as caught:
        world.add_source("schedules", "s", expression="rate(1 day)", **settings)

    assert caught.value.key == f"schedules.s.{key}"


def test_dates_may_be_seconds(world: SyncSimulation, scheduler: Any) -> None:
    """A client sends dates as dates, seconds or texts; all come to the same."""
    start = int(datetime(2026, 1, 1, 0, 5, tzinfo=UTC).timestamp())
    make(scheduler, "rate(10 minutes)", StartDate=start, EndDate="2026-01-01T00:25:00Z")

    world.advance("1 h")

    assert times(world) == ["2026-01-01T00:05:00Z", "2026-01-01T00:15:00Z"]


def test_the_same_request_again_is_no_conflict(scheduler: Any) -> None:
    """A client token tells that it is the same; another one makes it a conflict."""
    first = make(scheduler, "rate(10 minutes)", ClientToken="a", KmsKeyArn=KEY)

    again = make(scheduler, "rate(10 minutes)", ClientToken="a", KmsKeyArn=KEY)

    assert first["ScheduleArn"] == again["ScheduleArn"]
    assert scheduler.get_schedule(Name="s")["KmsKeyArn"] == KEY
    with pytest.raises(ClientError, match="ConflictException"):
        make(scheduler, "rate(10 minutes)", ClientToken="b")


def test_the_same_group_again_is_no_conflict(scheduler: Any) -> None:
    """A client token tells that it is the same here as well."""
    first = scheduler.create_schedule_group(Name="g", ClientToken="a")

    again = scheduler.create_schedule_group(Name="g", ClientToken="a")

    assert first["ScheduleGroupArn"] == again["ScheduleGroupArn"]
    with pytest.raises(ClientError, match="ConflictException"):
        scheduler.create_schedule_group(Name="g", ClientToken="b")


@pytest.mark.parametrize(
    ("arn", "more", "called", "expected"),
    [
        pytest.param(
            "arn:aws:ecs:us-east-1:123456789012:cluster/c",
            {"EcsParameters": {"TaskDefinitionArn": "t", "TaskCount": 2}, "Input": "{}"},
            ("ecs", "RunTask"),
            {"cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/c", "taskDefinition": "t", "count": 2},
            id="cluster",
        ),
        pytest.param(
            "arn:aws:codebuild:us-east-1:123456789012:project/p",
            {"Input": "{}"},
            ("codebuild", "StartBuild"),
            {"projectName": "p"},
            id="build",
        ),
        pytest.param(
            "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p",
            {"SageMakerPipelineParameters": {"PipelineParameterList": [{"Name": "a", "Value": "1"}]}},
            ("sagemaker", "StartPipelineExecution"),
            {"PipelineName": "p", "PipelineParameters": [{"Name": "a", "Value": "1"}]},
            id="machine learning",
        ),
        pytest.param(
            "arn:aws:codepipeline:us-east-1:123456789012:p",
            {},
            ("codepipeline", "StartPipelineExecution"),
            {"name": "p"},
            id="delivery",
        ),
    ],
)
def test_a_target_may_be_work_of_another_service(
    world: SyncSimulation, scheduler: Any, arn: str, more: Any, called: tuple[str, str], expected: Any
) -> None:
    """The operation that begins it is called; a stub answers it."""
    begun: list[Any] = []
    world.stub(*called, lambda request: begun.append(request) or {})

    make(scheduler, "at(2026-01-01T00:05:00)", target={"Arn": arn, **more})
    world.advance("10 minutes")

    assert begun == [expected]


EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": "*"}
THEIRS = "arn:aws:events:us-east-1:222222222222:event-bus/default"
TO_THEIRS = {"Arn": THEIRS, "Input": "{}", "EventBridgeParameters": {"DetailType": "tick", "Source": "clock"}}


def test_a_schedule_puts_events_on_a_bus_of_another_account(world: SyncSimulation, scheduler: Any) -> None:
    """By the ARN of the bus, not by its name."""
    world.add_source("buses", "theirs", arn=THEIRS, policy=[EVERYBODY])
    make(scheduler, "at(2026-01-01T00:05:00)", target=TO_THEIRS)

    world.until_idle()

    assert world.numbers("buses", "theirs") == {"events": 1, "matched": 0}
    assert world.numbers("buses", "default") in (None, {"events": 0, "matched": 0})


def test_an_event_that_a_bus_refuses_is_a_failed_delivery(world: SyncSimulation, scheduler: Any) -> None:
    """PutEvents answers well, and tells of the entry that it was refused."""
    world.add_source("buses", "theirs", arn=THEIRS)
    make(scheduler, "at(2026-01-01T00:05:00)", target={**TO_THEIRS, "DeadLetterConfig": {"Arn": QUEUE}})

    world.until_idle()

    (message,) = received(world)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "AccessDeniedException"


def test_a_start_may_lie_five_minutes_back(world: SyncSimulation, scheduler: Any) -> None:
    """Not more (emulated words)."""
    begins_at = datetime(2026, 1, 1, tzinfo=UTC)
    world.advance("5 minutes")
    make(scheduler, "rate(1 hour)", StartDate=begins_at)

    with pytest.raises(ClientError, match="The StartDate you specify cannot be earlier than 5 minutes ago"):
        scheduler.update_schedule(
            Name="s",
            ScheduleExpression="rate(1 hour)",
            StartDate=begins_at - timedelta(seconds=1),
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": QUEUE, "RoleArn": ROLE},
        )
