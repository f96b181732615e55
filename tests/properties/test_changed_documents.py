"""Are documents that hold something else than they should refused? By AWS's errors, and by nothing else."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim import ApiError, NotSimulated, SyncSimulation

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
ROLE = "arn:aws:iam::123456789012:role/r"
LEAVES = [None, "", 0, -1, 10**30, 1.5, True, [], {}, "x" * 300, [None], {"a": {}}, "a:b:c", "ünïcode", "${x}", [[[]]]]
"""What may stand where something else should."""

STATES = {
    "StartAt": "A",
    "States": {
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "ResultSelector": {"x.$": "$.Payload"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2.0}],
            "Catch": [{"ErrorEquals": ["E"], "Next": "C", "ResultPath": "$.e"}],
            "Next": "B",
        },
        "B": {
            "Type": "Choice",
            "Choices": [{"And": [{"Variable": "$.a", "NumericEquals": 1}], "Next": "C"}],
            "Default": "M",
        },
        "C": {"Type": "Wait", "Seconds": 3, "Next": "M"},
        "M": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Y",
                "States": {"Y": {"Type": "Pass", "Result": {"a": 1}, "End": True}},
            },
            "End": True,
        },
    },
}
PATTERN = {
    "source": ["a", {"prefix": "b"}, {"anything-but": {"suffix": "x"}}],
    "detail": {"n": [{"numeric": [">", 0, "<=", 5]}], "ip": [{"cidr": "10.0.0.0/8"}], "w": [{"wildcard": "a*b"}]},
    "$or": [{"a": [1]}, {"b": [{"exists": False}]}],
}
OPEN_API = {
    "openapi": "3.0.1",
    "info": {"title": "t"},
    "paths": {
        "/a/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "ok", "headers": {"x": {}}}},
                "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{}"}},
            }
        }
    },
    "components": {"schemas": {"M": {"type": "object", "properties": {"a": {"type": "string"}}}}},
}
TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {"P": {"Type": "String", "Default": "a", "AllowedPattern": "[a-z]+"}},
    "Mappings": {"M": {"a": {"b": "c"}}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}},
    "Resources": {
        "Q": {
            "Type": "AWS::SQS::Queue",
            "Condition": "C",
            "Properties": {
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["D", "Arn"]}, "maxReceiveCount": 2}
            },
        },
        "D": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${P}-d"}}},
    },
    "Outputs": {"O": {"Value": {"Fn::Join": ["-", [{"Ref": "Q"}, {"Fn::FindInMap": ["M", "a", "b"]}]]}}},
}
NOTIFICATION = {
    "QueueConfigurations": [
        {
            "QueueArn": QUEUE,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "a"}]}},
        }
    ]
}
LIFECYCLE = {
    "Rules": [
        {
            "ID": "a",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"}]}},
            "Expiration": {"Days": 3},
            "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}],
        }
    ]
}
POLICY = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "arn:aws:s3:::b"}]}
SCHEDULE = {
    "Name": "s",
    "ScheduleExpression": "rate(5 minutes)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": QUEUE, "RoleArn": ROLE, "RetryPolicy": {"MaximumRetryAttempts": 1}},
}
PIPE = {
    "Name": "p",
    "RoleArn": ROLE,
    "Source": QUEUE,
    "Target": FUNCTION,
    "SourceParameters": {"SqsQueueParameters": {"BatchSize": 2}, "FilterCriteria": {"Filters": [{"Pattern": "{}"}]}},
}

CALLS: dict[str, tuple[Any, str, str, Callable[[Any], dict[str, Any]]]] = {
    "state machine": (
        STATES,
        "stepfunctions",
        "CreateStateMachine",
        lambda document: {"name": "m", "definition": json.dumps(document), "roleArn": ROLE},
    ),
    "pattern": (PATTERN, "events", "PutRule", lambda document: {"Name": "r", "EventPattern": json.dumps(document)}),
    "filter policy": (
        PATTERN,
        "sns",
        "Subscribe",
        lambda document: {
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:t",
            "Protocol": "sqs",
            "Endpoint": QUEUE,
            "Attributes": {"FilterPolicy": json.dumps(document), "FilterPolicyScope": "MessageBody"},
        },
    ),
    "REST API": (OPEN_API, "apigateway", "ImportRestApi", lambda document: {"body": json.dumps(document).encode()}),
    "HTTP API": (OPEN_API, "apigatewayv2", "ImportApi", lambda document: {"Body": json.dumps(document)}),
    "template": (
        TEMPLATE,
        "cloudformation",
        "CreateStack",
        lambda document: {"StackName": "s", "TemplateBody": json.dumps(document), "OnFailure": "DELETE"},
    ),
    "notification": (
        NOTIFICATION,
        "s3",
        "PutBucketNotificationConfiguration",
        lambda document: {"Bucket": "shelf", "NotificationConfiguration": document},
    ),
    "lifecycle": (
        LIFECYCLE,
        "s3",
        "PutBucketLifecycleConfiguration",
        lambda document: {"Bucket": "shelf", "LifecycleConfiguration": document},
    ),
    "policy": (
        POLICY,
        "s3",
        "PutBucketPolicy",
        lambda document: {"Bucket": "shelf", "Policy": json.dumps(document)},
    ),
    "schedule": (SCHEDULE, "scheduler", "CreateSchedule", lambda document: document),
    "pipe": (PIPE, "pipes", "CreatePipe", lambda document: document),
}


def places(document: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value within a document."""
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, part in parts:
        yield (*above, step)
        yield from places(part, (*above, step))


def changed(document: Any, place: tuple[str | int, ...], leaf: Any) -> Any:
    """Return a document that has something else at one place, or nothing at all."""
    document = deepcopy(document)
    around = document
    for step in place[:-1]:
        around = around[step]
    if leaf is Ellipsis:
        del around[place[-1]]
    else:
        around[place[-1]] = leaf
    return document


@pytest.fixture(scope="module")
def world() -> Iterator[SyncSimulation]:
    """Yield a world that has what the documents name; a document that is taken changes nothing for the next."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "q")
        simulation.add_source("topics", "t")
        simulation.add_source("buckets", "shelf")
        simulation.add_function("f", handler=lambda event, context: event)
        yield simulation


@pytest.mark.parametrize("kind", CALLS)
def test_whatever_stands_in_a_document_it_is_taken_or_refused(world: SyncSimulation, kind: str) -> None:
    """One value at a time is replaced by each of many others, or taken away."""
    document, service, operation, parameters = CALLS[kind]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(list(places(document))), st.sampled_from([..., *LEAVES]))
    def attempt(place: tuple[str | int, ...], leaf: Any) -> None:
        with suppress(ApiError, NotSimulated):
            world.request(service, operation, parameters(changed(document, place, leaf)))

    attempt()
