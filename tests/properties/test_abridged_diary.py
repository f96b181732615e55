"""Does a world that carries out an abridged diary come to the same as one that carries out all of it?"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from eventsim import ApiError
from eventsim.live.abridge import abridged
from eventsim.live.diary import diary_beside
from eventsim.live.lines import LineFile
from eventsim.live.loop import LiveLoop
from eventsim.live.worlds import LiveWorld

ROLE = "arn:aws:iam::000000000000:role/any"
PREFIX = "us-east-1:000000000000"
TOPIC = f"arn:aws:sns:{PREFIX}:"
QUEUE = f"arn:aws:sqs:{PREFIX}:q"
MACHINE = f"arn:aws:states:{PREFIX}:stateMachine:"
NOWHERE = {"Mode": "OFF"}
DEFAULT = re.compile(r'{[^{}]*"Name": "default"[^{}]*}')
"""What is there by itself is as old as the first call about its kind."""
ALARM = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}

Make = Callable[[str, str], tuple[str, str, dict[str, Any]]]


def definition(text: str) -> str:
    """Return a state machine."""
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": text, "End": True}}})


CALLS: list[Make] = [
    lambda a, _: ("sns", "CreateTopic", {"Name": a}),
    lambda a, _: ("sns", "DeleteTopic", {"TopicArn": TOPIC + a}),
    lambda a, b: (
        "sns",
        "SetTopicAttributes",
        {"TopicArn": TOPIC + a, "AttributeName": "DisplayName", "AttributeValue": "value-" + b},
    ),
    lambda a, b: ("sns", "Subscribe", {"TopicArn": TOPIC + a, "Protocol": "sqs", "Endpoint": QUEUE + b}),
    lambda a, b: ("sns", "TagResource", {"ResourceArn": TOPIC + a, "Tags": [{"Key": "k", "Value": "value-" + b}]}),
    lambda a, _: ("events", "CreateEventBus", {"Name": a}),
    lambda a, _: ("events", "DeleteEventBus", {"Name": a}),
    lambda a, b: ("events", "PutRule", {"Name": "r" + b, "EventBusName": a, "EventPattern": '{"source": ["s"]}'}),
    lambda a, b: ("events", "PutRule", {"Name": "r", "ScheduleExpression": "rate(1 day)", "Description": a + b}),
    lambda a, b: (
        "events",
        "PutTargets",
        {"Rule": "r" + b, "EventBusName": a, "Targets": [{"Id": "1", "Arn": TOPIC + b}]},
    ),
    lambda a, b: ("events", "RemoveTargets", {"Rule": "r" + b, "EventBusName": a, "Ids": ["1"]}),
    lambda a, b: ("events", "DisableRule", {"Name": "r" + b, "EventBusName": a}),
    lambda a, b: ("events", "EnableRule", {"Name": "r" + b, "EventBusName": a}),
    lambda a, b: ("events", "DeleteRule", {"Name": "r" + b, "EventBusName": a}),
    lambda a, b: (
        "events",
        "CreateArchive",
        {"ArchiveName": b, "EventSourceArn": f"arn:aws:events:{PREFIX}:event-bus/{a}"},
    ),
    lambda _, b: ("events", "DeleteArchive", {"ArchiveName": b}),
    lambda a, _: ("scheduler", "CreateScheduleGroup", {"Name": a}),
    lambda a, _: ("scheduler", "DeleteScheduleGroup", {"Name": a}),
    lambda a, b: (
        "scheduler",
        "CreateSchedule",
        {
            "Name": b,
            "GroupName": a,
            "ScheduleExpression": "rate(1 day)",
            "Target": {"Arn": TOPIC + b, "RoleArn": ROLE},
            "FlexibleTimeWindow": NOWHERE,
        },
    ),
    lambda a, b: ("scheduler", "DeleteSchedule", {"Name": b, "GroupName": a}),
    lambda a, b: ("stepfunctions", "CreateStateMachine", {"name": a, "definition": definition(b), "roleArn": ROLE}),
    lambda a, b: (
        "stepfunctions",
        "UpdateStateMachine",
        {"stateMachineArn": MACHINE + a, "definition": definition(b), "publish": b == "b"},
    ),
    lambda a, _: ("stepfunctions", "PublishStateMachineVersion", {"stateMachineArn": MACHINE + a}),
    lambda a, _: ("stepfunctions", "DeleteStateMachine", {"stateMachineArn": MACHINE + a}),
    lambda a, b: ("ssm", "PutParameter", {"Name": "/" + a, "Value": "value-" + b, "Type": "String", "Overwrite": True}),
    lambda a, _: ("ssm", "DeleteParameter", {"Name": "/" + a}),
    lambda a, b: ("secretsmanager", "CreateSecret", {"Name": a, "SecretString": "value-" + b}),
    lambda a, b: ("secretsmanager", "PutSecretValue", {"SecretId": a, "SecretString": "value-" + b}),
    lambda a, b: ("secretsmanager", "TagResource", {"SecretId": a, "Tags": [{"Key": "k", "Value": "value-" + b}]}),
    lambda a, _: ("secretsmanager", "DeleteSecret", {"SecretId": a, "ForceDeleteWithoutRecovery": True}),
    lambda a, _: ("logs", "CreateLogGroup", {"logGroupName": "/aws/" + a}),
    lambda a, b: ("logs", "CreateLogStream", {"logGroupName": "/aws/" + a, "logStreamName": b}),
    lambda a, b: ("logs", "PutRetentionPolicy", {"logGroupName": "/aws/" + a, "retentionInDays": 1 if b == "b" else 3}),
    lambda a, _: ("logs", "DeleteRetentionPolicy", {"logGroupName": "/aws/" + a}),
    lambda a, _: ("logs", "DeleteLogGroup", {"logGroupName": "/aws/" + a}),
    lambda a, b: (
        "cloudwatch",
        "PutMetricAlarm",
        {"AlarmName": a, "Threshold": float(b == "b"), "ComparisonOperator": "GreaterThanThreshold", **ALARM},
    ),
    lambda a, _: ("cloudwatch", "DisableAlarmActions", {"AlarmNames": [a]}),
    lambda a, b: ("cloudwatch", "DeleteAlarms", {"AlarmNames": [a, b]}),
    lambda a, _: ("cloudwatch", "DeleteAlarms", {"AlarmNames": [a]}),
    lambda a, b: ("pipes", "CreatePipe", {"Name": a, "Source": QUEUE + "s", "Target": TOPIC + b, "RoleArn": ROLE}),
    lambda a, _: ("pipes", "StopPipe", {"Name": a}),
    lambda a, _: ("pipes", "StartPipe", {"Name": a}),
    lambda a, _: ("pipes", "DeletePipe", {"Name": a}),
]
READ: list[tuple[str, str, dict[str, Any]]] = [
    ("sns", "ListTopics", {}),
    ("sns", "ListSubscriptions", {}),
    *[("sns", "GetTopicAttributes", {"TopicArn": TOPIC + a}) for a in "abc"],
    *[("sns", "ListTagsForResource", {"ResourceArn": TOPIC + a}) for a in "abc"],
    ("events", "ListEventBuses", {}),
    *[("events", "ListRules", {"EventBusName": a}) for a in ("a", "b", "c", "default")],
    *[("events", "ListTargetsByRule", {"EventBusName": a, "Rule": "r" + b}) for a in "abc" for b in "abc"],
    ("events", "ListArchives", {}),
    ("scheduler", "ListScheduleGroups", {}),
    ("scheduler", "ListSchedules", {}),
    ("stepfunctions", "ListStateMachines", {}),
    *[("stepfunctions", "DescribeStateMachine", {"stateMachineArn": MACHINE + a}) for a in "abc"],
    *[("stepfunctions", "ListStateMachineVersions", {"stateMachineArn": MACHINE + a}) for a in "abc"],
    ("ssm", "DescribeParameters", {}),
    *[("ssm", "GetParameterHistory", {"Name": "/" + a}) for a in "abc"],
    ("secretsmanager", "ListSecrets", {}),
    *[("secretsmanager", "GetSecretValue", {"SecretId": a}) for a in "abc"],
    ("logs", "DescribeLogGroups", {}),
    *[("logs", "DescribeLogStreams", {"logGroupName": "/aws/" + a}) for a in "abc"],
    ("cloudwatch", "DescribeAlarms", {}),
    ("pipes", "ListPipes", {}),
    *[("pipes", "DescribePipe", {"Name": a}) for a in "abc"],
]


class NoWorkers:
    """Nothing runs in these worlds."""

    def start(self, *_: object, **__: object) -> None:
        """Start nothing."""
        raise AssertionError


def ask(world: LiveWorld, service: str, operation: str, parameters: dict[str, Any]) -> str:
    """Call an operation and return what is told; a refusal is told, too."""
    try:
        return json.dumps(world.call(service, operation, parameters), default=str, sort_keys=True)
    except ApiError as error:
        return f"{error.code}: {error}"


@contextmanager
def opened(loop: LiveLoop, path: Path) -> Iterator[LiveWorld]:
    """Open the world of a server on a database."""
    workers: Any = NoWorkers()
    world = LiveWorld(loop=loop, workers=workers, account_id="000000000000", database=path)
    world.open()
    world.restore()
    try:
        yield world
    finally:
        loop.run_until_complete(world.close_sources())
        world.close()


def seen(loop: LiveLoop, path: Path) -> list[str]:
    """Return all that the next server tells."""
    with opened(loop, path) as world:
        return [DEFAULT.sub("", ask(world, *each)) for each in READ]


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    st.lists(
        st.tuples(st.integers(0, len(CALLS) - 1), st.sampled_from("abc"), st.sampled_from("abc")),
        min_size=20,
        max_size=150,
    )
)
def test_it_comes_to_the_same(made: list[tuple[int, str, str]]) -> None:
    """Whatever was made, changed and deleted, in whatever order, of whatever name."""
    with closing(LiveLoop()) as loop, TemporaryDirectory() as folder:
        whole, short = Path(folder, "whole.db"), Path(folder, "short.db")
        with opened(loop, whole) as world:
            for queue in "abcs":
                world.call("sqs", "CreateQueue", {"QueueName": "q" + queue})
            for number, a, b in made:
                ask(world, *CALLS[number](a, b))
        calls = LineFile(diary_beside(whole)).read()
        LineFile(diary_beside(short)).rewrite(abridged(calls, lasting=()))
        short.write_bytes(whole.read_bytes())

        assert seen(loop, short) == seen(loop, whole)
