"""Has everything that eventsim answers of these services a line that says what it needs, and on what?"""

from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest

from eventsim import SyncSimulation
from eventsim.permissions import needs
from eventsim.permissions.needs import needs_of
from tests.core.permissions.test_needs import HERE

SERVICES = (
    *("apigateway", "apigatewaymanagementapi", "apigatewayv2", "appconfig", "appconfigdata", "cloudformation"),
    *("cloudwatch", "dynamodb", "dynamodbstreams", "events", "firehose", "kinesis", "lambda", "logs", "pipes"),
    *("resourcegroupstaggingapi", "s3", "scheduler", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts"),
    "xray",
)
UNKNOWN = {
    "apigatewaymanagementapi": {"DeleteConnection", "GetConnection", "PostToConnection"},
    "appconfigdata": {"GetLatestConfiguration"},
    "lambda": {f"SendDurableExecutionCallback{word}" for word in ("Failure", "Heartbeat", "Success")},
    "sns": {"GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"},
    "sqs": {"CancelMessageMoveTask"},
    "stepfunctions": {"SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"},
}
"""Whose resource no parameter tells; any will do."""
FREE = {
    "dynamodb": {"BatchExecuteStatement"},
    "s3": {"DeleteObjects"},
    "sts": {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetCallerIdentity", "GetSessionToken"},
}
"""What needs no permission, or a permission for each entry of a batch, which is asked for where it is carried out."""
READ = ("Application", "Configuration", "Environment")
IDS = ("ApplicationIdentifier", "ConfigurationProfileIdentifier", "EnvironmentIdentifier", *READ)
FORM = "PostObject"
"""What is no operation on AWS, but a form that is posted to S3."""
TEXTS = {"ShardIterator": "a:b|1|c", "Statement": "SELECT * FROM a", **dict.fromkeys(IDS, "abcdefg")}
"""What cannot be any text."""
ODD = (None, 7, "", "x", b"x", [], [None], [[]], {}, {"x": None}, {1: [{}]}, [{"x": 1}])


def own(simulation: SyncSimulation, service: str) -> Mapping[str, Any]:
    """Return the operations of a service that go to nobody else."""
    load = simulation.services.loaders().get(service)
    return simulation.registry.operations(service)(simulation) if load is None else load()


@pytest.fixture(scope="module")
def operations() -> Mapping[str, Any]:
    """Return the services' operations that eventsim answers: service → operation → botocore's model of it."""
    session = botocore.session.get_session()
    with SyncSimulation() as simulation:
        models = {service: session.get_service_model(service) for service in SERVICES}
        return {
            service: {name: models[service].operation_model(name) for name in own(simulation, service) if name != FORM}
            for service in SERVICES
        }


def sample(shape: Any, name: str = "", depth: int = 0, leaf: Any = "a:b") -> Any:
    """Return a value with everything that a shape may have."""
    match shape.type_name:
        case "structure":
            members = shape.members.items() if depth < 8 else ()
            return {key: sample(member, key, depth + 1, leaf) for key, member in members}
        case "list":
            return [sample(shape.member, "", depth + 1, leaf)]
        case "map":
            return {"a": sample(shape.value, "", depth + 1, leaf)}
        case "string":
            return TEXTS.get(name, leaf)
        case _:
            return 1


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_on_what_it_must_be_allowed(operations: Mapping[str, Any], service: str) -> None:
    """Its parameters tell, or it stands in a list of those whose parameters do not."""
    asked = {
        name: list(needs_of(service, name, sample(model.input_shape) if model.input_shape else {}, HERE))
        for name, model in operations[service].items()
    }

    assert {name for name, needs in asked.items() if not needs} == FREE.get(service, set())
    assert {name for name, needs in asked.items() if any(not need.resource for need in needs)} == UNKNOWN.get(
        service, set()
    )


@pytest.mark.parametrize("service", sorted({*SERVICES, *needs._TABLES}))
def test_odd_parameters_are_left_to_who_checks_them(service: str) -> None:
    """What a call needs is asked whether its parameters are well formed or not."""
    model = botocore.session.get_session().get_service_model(service)

    for name in model.operation_names:
        for given in _odd(model.operation_model(name).input_shape):
            list(needs_of(service, name, given, HERE))


def _odd(shape: Any) -> Iterator[dict[str, Any]]:
    """Yield parameters that are odd at the top, and such that are odd within."""
    members = shape.members if shape else {}
    for value in ODD:
        yield dict.fromkeys(members, value)
        yield {name: sample(member, leaf=value) for name, member in members.items()}


@pytest.mark.parametrize("service", needs._TABLES)
def test_lines_are_about_operations_of_aws(service: str) -> None:
    """A name that is misspelt would be about nothing."""
    known = {*botocore.session.get_session().get_service_model(service).operation_names, FORM}

    assert set(needs._TABLES[service]) - known == set()


def test_actions_begin_with_what_iam_calls_the_service() -> None:
    """In tables and out of them."""
    assert set(needs._PREFIXES) <= set(botocore.session.get_session().get_available_services())
    assert [need.action for need in needs_of("efs", "DescribeFileSystems", {}, HERE)] == [
        "elasticfilesystem:DescribeFileSystems"
    ]
