"""What the models say of services, operations and shapes."""

import subprocess
import sys

import pytest

from eventsim.wire.models import Operation, Service, find_service


def service(name: str, protocol: str = "") -> Service:
    """Return a service that is there."""
    found = find_service(name, protocol)
    assert found is not None
    return found


def operation(name: str, of: Service) -> Operation:
    """Return an operation that is there."""
    found = of.operation(name)
    assert found is not None
    return found


def test_a_service_is_read_once() -> None:
    """Reading a model takes milliseconds, so it is kept."""
    assert service("sqs") is service("sqs")


def test_without_botocore_there_is_a_remedy() -> None:
    """The models are botocore's, which only those need who serve."""
    program = (
        "import sys; sys.modules['botocore.loaders'] = None\n"
        "from eventsim.wire.models import find_service\n"
        "try: find_service('sqs')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.startswith("ConfigurationError")
    assert "pip install 'eventsim[boto3]'" in said


@pytest.mark.parametrize("name", ["", "nothing", "../sqs", "SQS"])
def test_unknown_services_are_none(name: str) -> None:
    """Names come from requests, so they are looked up before anything is opened."""
    assert find_service(name) is None


def test_unknown_operations_are_none() -> None:
    """Also those that look like attributes."""
    assert service("sqs").operation("__init__") is None


def test_shapes_may_hold_themselves() -> None:
    """A DynamoDB value holds values; shapes are made as they are asked for."""
    item = operation("PutItem", service("dynamodb")).input
    assert item is not None
    value = item.members["Item"].value

    assert value.members["L"].member.members["M"].value.name == value.name == "AttributeValue"


def test_sqs_has_the_names_of_its_query_protocol() -> None:
    """The model that botocore has now tells JSON's names alone."""
    old = operation("SendMessageBatch", service("sqs", "query"))
    assert old.input is not None
    assert old.output is not None

    entries = old.input.members["Entries"]
    attributes = entries.member.members["MessageAttributes"]

    assert entries.member.wire_name == "SendMessageBatchRequestEntry"
    assert (attributes.wire_name, attributes.key.wire_name, attributes.is_flattened) == (
        "MessageAttribute",
        "Name",
        True,
    )
    assert old.output.result_wrapper == "SendMessageBatchResult"


def test_every_list_and_map_of_sqs_has_such_a_name() -> None:
    """A new list in the model would need one as well."""
    for each in service("sqs", "query").operations():
        for shape in filter(None, (each.input, each.output)):
            for member in shape.members.values():
                assert member.kind not in ("list", "map") or member.is_flattened, member
                assert member.kind != "list" or member.member.wire_name, member


def test_errors_are_found_by_name_and_code() -> None:
    """Services' codes differ from their shapes' names."""
    dashboards = service("cloudwatch").error("DashboardNotFoundError")

    assert dashboards is not None
    assert dashboards.error_code == "ResourceNotFound"
    assert service("cloudwatch").error("ResourceNotFound") is not None
    assert service("cloudwatch").error("nothing") is None
