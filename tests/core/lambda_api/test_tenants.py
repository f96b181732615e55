"""For whom does a function run that isolates tenants? For the one that each request names, and apart from others."""

import json
from typing import Any

import pytest

from eventsim import ApiError, ConfigurationError, SyncSimulation

PER_TENANT = {"TenantIsolationMode": "PER_TENANT"}
COUNTER = (
    "import logging\nseen = []\ndef handler(event, context):\n"
    "    seen.append(context.tenant_id)\n    logging.warning('here')\n    return seen\n"
)


def refused(aws: Any, operation: str, **parameters: Any) -> str:
    """Return the words in which a request is refused."""
    with pytest.raises(ApiError) as refusal:
        aws(operation, FunctionName="f", **parameters)
    assert refusal.value.code == "InvalidParameterValueException"
    return refusal.value.message


def test_what_one_tenant_left_no_other_sees(aws: Any) -> None:
    """Globals live on between invocations for one tenant, and `context.tenant_id` says for whom this one is."""
    aws.create(source=COUNTER, TenancyConfig=PER_TENANT)

    answers = [aws.invoke(TenantId=tenant) for tenant in ("blue", "green", "blue")]

    assert answers == [["blue"], ["green"], ["blue", "blue"]]
    assert [each.get("tenant_id") for each in aws.told("started")] == ["blue", "green", "blue"]


def test_a_function_tells_that_it_isolates_tenants(aws: Any) -> None:
    """Others say nothing of it; published versions are as their function is."""
    created = aws.create(TenancyConfig=PER_TENANT, Publish=True)
    other = aws.create("g")

    assert created["TenancyConfig"] == PER_TENANT
    assert aws("GetFunctionConfiguration", FunctionName="f", Qualifier="1")["TenancyConfig"] == PER_TENANT
    assert "TenancyConfig" not in other


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_a_request_names_a_tenant_where_it_must_and_nowhere_else(aws: Any, kind: str) -> None:
    """Both mistakes are the caller's, at once, also for events that would wait."""
    aws.create(TenancyConfig=PER_TENANT)
    aws.create("g")

    assert "Add a valid tenant ID" in refused(aws, "Invoke", InvocationType=kind)
    with pytest.raises(ApiError, match="not enabled with tenancy configuration"):
        aws("Invoke", FunctionName="g", InvocationType=kind, TenantId="blue")


def test_an_event_waits_for_its_tenant(aws: Any) -> None:
    """Every attempt of an asynchronous event is for the tenant that its request named."""
    source = "def handler(event, context):\n    raise ValueError(context.tenant_id)\n"
    aws.create(source=source, TenancyConfig=PER_TENANT)

    aws("Invoke", FunctionName="f", InvocationType="Event", TenantId="blue")
    aws.simulation.until_idle()

    assert [each["message"] for each in aws.told("failed")] == ["blue"] * 3


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("PutProvisionedConcurrencyConfig", {"Qualifier": "1", "ProvisionedConcurrentExecutions": 1}, "Provisioned"),
        ("CreateFunctionUrlConfig", {"AuthType": "NONE"}, "Function URL"),
        ("UpdateFunctionConfiguration", {"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
    ],
)
def test_what_names_no_tenant_cannot_be_had(aws: Any, operation: str, parameters: dict[str, Any], words: str) -> None:
    """Nobody could say for whom it should run."""
    aws.create(TenancyConfig=PER_TENANT, Publish=True)

    assert refused(aws, operation, **parameters).startswith(words)


def test_mappings_name_no_tenant(aws: Any) -> None:
    """A mapping is refused when it is made, and when it shall feed another function."""
    aws.create(TenancyConfig=PER_TENANT)
    aws.create("g")
    aws.simulation.add_source("queues", "orders")
    queue = "arn:aws:sqs:us-east-1:123456789012:orders"
    mapping = aws("CreateEventSourceMapping", FunctionName="g", EventSourceArn=queue)
    aws.simulation.advance("1 minute")

    made = refused(aws, "CreateEventSourceMapping", EventSourceArn=queue)
    changed = refused(aws, "UpdateEventSourceMapping", UUID=mapping["UUID"])

    assert made == changed == "Event source mapping is not supported for functions enabled with tenancy configuration."


def test_logs_in_json_name_the_tenant(aws: Any) -> None:
    """Lambda's own lines and the records of `logging`, in the log's tail and in CloudWatch."""
    aws.create(source=COUNTER, TenancyConfig=PER_TENANT, LoggingConfig={"LogFormat": "JSON"})

    aws.invoke(TenantId="blue")

    answer = aws.simulation.request("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/f"})
    told = [json.loads(event["message"]) for event in answer["events"]]
    assert {each.get("type", each.get("level")): each.get("record", each).get("tenantId") for each in told} == {
        "platform.initStart": None,
        "platform.start": "blue",
        "WARNING": "blue",
        "platform.report": "blue",
    }


def test_a_scenario_isolates_tenants() -> None:
    """The same rules hold there, told with their place."""
    with SyncSimulation() as world:
        world.add_function("f", handler=lambda event, context: context.tenant_id, tenant_isolation=True)

        assert world.invoke("f", tenant_id="blue") == "blue"
        versions = {1: {"provisioned_concurrency": 1}}
        with pytest.raises(ConfigurationError, match="not supported for functions enabled with tenancy"):
            world.add_function("g", handler=lambda event, context: None, tenant_isolation=True, versions=versions)
