"""Who answers for the services that eventsim does not simulate? moto, each simulation with a state of its own."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws
from moto.iam.models import AWSManagedPolicy
from msgspec.structs import replace

from eventsim import ApiError, Chance, FunctionFailed, NotSimulated, Request, SyncSimulation
from eventsim.calls.moto_door import EMPTY, NEVER, NEVER_OPERATIONS, WITHOUT_EFFECT, MotoDoor
from eventsim.calls.service_names import check_operation
from eventsim.clock import Clock
from eventsim.trace import Trace

WINDOW = {
    "Name": "night",
    "Schedule": "cron(0 2 * * ? *)",
    "Duration": 2,
    "Cutoff": 1,
    "AllowUnassociatedTargets": False,
}
DESTINATION = {
    "destinationName": "d",
    "targetArn": "arn:aws:kinesis:us-east-1:123456789012:stream/s",
    "roleArn": "arn:aws:iam::123456789012:role/r",
}
NOBODY = {"Version": "2012-10-17", "Statement": []}
INSIGHT_RULE = {"RuleName": "r", "RuleState": "ENABLED", "RuleDefinition": "{}"}


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=5) as simulation:
        yield simulation


def client(service: str, region: str = "us-east-1") -> Any:
    return boto3.client(service, region_name=region)


class Standstill:
    """A loop on which time does not pass and nothing is due."""

    now_us = 0

    def soon(self, function: Callable[[Any], object], argument: Any) -> None:
        """Never do it."""

    def at(self, when_us: int, function: Callable[[Any], object], argument: Any) -> None:
        """Never do it."""

    def by_calendar(self, when_us: int, function: Callable[[Any], object], argument: Any) -> None:
        """Never do it."""

    def hold(self, what: str) -> Any:
        """Hold nothing."""


def door(*, is_installed: bool = True, is_live: bool = False) -> MotoDoor:
    clock = Clock(Standstill())  # type: ignore[arg-type]  # what the door needs of a loop
    return MotoDoor(
        clock=clock,
        chance=Chance(1),
        trace=Trace(Standstill()),  # type: ignore[arg-type]  # as above
        account_id="123456789012",
        is_live=is_live,
        is_installed=lambda: is_installed,
    )


def create_role(name: str = "reader") -> Any:
    return client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(NOBODY))["Role"]


def test_a_service_that_nobody_simulates_is_answered_by_moto(simulation: SyncSimulation) -> None:
    """What one call makes, the next one finds; botocore's own decoding happens once."""
    create_role()

    found = client("iam").get_role(RoleName="reader")["Role"]

    assert found["Arn"] == "arn:aws:iam::123456789012:role/reader"
    assert found["AssumeRolePolicyDocument"] == NOBODY


def test_what_iam_does_not_know_is_refused_in_aws_words() -> None:
    """Tools look for these words before they make the role."""
    parameters = {"RoleName": "nobody"}
    operation = "ListAttachedRolePolicies"
    request = Request(service="iam", operation=operation, parameters=parameters, region="us-east-1", entry=1)

    with pytest.raises(ApiError, match="The role with name nobody cannot be found") as refused:
        door().find("iam", "ListAttachedRolePolicies")(request)

    assert refused.value.fields["message"] == "The role with name nobody cannot be found."


def test_handlers_reach_moto_as_well(simulation: SyncSimulation) -> None:
    """A handler's client gets the same state as one outside."""

    def handler(event: object, context: object) -> object:
        return boto3.client("iam").get_user(UserName="ann")["User"]["Path"]

    simulation.add_function("reader", handler=handler)
    client("iam").create_user(UserName="ann", Path="/team/")

    assert simulation.invoke("reader") == "/team/"


def test_dates_are_virtual(simulation: SyncSimulation) -> None:
    """moto reads the clock of the simulation that calls it."""
    simulation.advance("1 h")

    assert create_role()["CreateDate"].isoformat() == "2026-01-01T01:00:00+00:00"


def test_ids_follow_from_the_seed() -> None:
    """Two runs with one seed get the same ids, another seed gets others."""

    def role_id(seed: int) -> object:
        with SyncSimulation(seed=seed):
            return create_role()["RoleId"]

    assert role_id(1) == role_id(1) != role_id(2)


def test_random_bytes_follow_from_the_seed() -> None:
    """Data keys of KMS, what is encrypted with them, and UUIDs."""

    def data_key(seed: int) -> object:
        with SyncSimulation(seed=seed):
            kms = client("kms")
            key = kms.create_key()["KeyMetadata"]["KeyId"]
            made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
            return made["Plaintext"], made["CiphertextBlob"]

    assert data_key(1) == data_key(1) != data_key(2)


def test_roles_may_have_policies_of_aws(simulation: SyncSimulation) -> None:
    """Those that AWS keeps for everybody are there."""
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    create_role()

    client("iam").attach_role_policy(RoleName="reader", PolicyArn=arn)

    (attached,) = client("iam").list_attached_role_policies(RoleName="reader")["AttachedPolicies"]
    assert attached["PolicyArn"] == arn


def test_simulations_do_not_see_each_others_state() -> None:
    """moto keeps its state in the process; each simulation has its own there while it calls."""
    with SyncSimulation():
        create_role()
    with SyncSimulation():
        roles = client("iam").list_roles()["Roles"]

    assert roles == []


def test_what_moto_keeps_ends_with_its_simulation() -> None:
    """moto lists all that it ever made; a suite of a thousand simulations would keep a thousand accounts."""
    before = len(AWSManagedPolicy.instances_tracked)

    with SyncSimulation():
        create_role()

    assert len(AWSManagedPolicy.instances_tracked) == before


def test_what_a_test_keeps_at_moto_itself_is_left_alone() -> None:
    """`mock_aws` finds its own state after a call of a simulation, as before it."""
    keys = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    with mock_aws():
        iam = boto3.client("iam", **keys)
        iam.create_user(UserName="ann", Path="/motos/")
        other = door()
        create = Request(
            service="iam",
            operation="CreateUser",
            parameters={"UserName": "ann", "Path": "/ours/"},
            region="us-east-1",
            entry=1,
        )
        other.find("iam", "CreateUser")(create)

        assert iam.get_user(UserName="ann")["User"]["Path"] == "/motos/"


def test_a_function_is_not_answered_by_a_mock_of_the_test() -> None:
    """What it sends would be lost there, and nothing would tell why no queue has it."""

    def handler(event: object, context: object) -> None:
        boto3.client("sqs", region_name="us-east-1").list_queues()

    with SyncSimulation() as simulation, mock_aws():
        simulation.add_function("ask", handler=handler)

        with pytest.raises(FunctionFailed, match=r"sqs\.ListQueues .* `mock_aws` is on"):
            simulation.invoke("ask")


def test_regions_are_separate(simulation: SyncSimulation) -> None:
    """A cluster of one region is not in the other."""
    client("ecs", "eu-west-1").create_cluster(clusterName="here")

    assert client("ecs", "us-east-1").list_clusters()["clusterArns"] == []


def test_errors_keep_their_members(simulation: SyncSimulation) -> None:
    """Code, message, status and whatever else the error says reach the client."""
    ecs = client("ecs")

    with pytest.raises(ecs.exceptions.ClusterNotFoundException) as caught:
        ecs.delete_cluster(cluster="nowhere")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["message"] == caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        *(
            (service, "")
            for service in ("sqs", "s3", "lambda", "dynamodb", "sns", "kinesis", "events", "stepfunctions")
        ),
        ("secretsmanager", "RotateSecret"),
    ],
)
def test_what_must_know_of_this_simulation_never_goes_to_moto(service: str, operation: str) -> None:
    """moto's queues keep no virtual time, and what calls functions would call moto's."""
    with pytest.raises(NotSimulated, match="is not simulated"):
        door().find(service, operation)


def test_a_cluster_that_would_never_be_active_is_refused() -> None:
    """Terraform would wait for it for two hours; the refusal says where clusters are described."""
    for operation in ("CreateCluster", "CreateClusterV2"):
        with pytest.raises(NotSimulated, match=r"never active.*under `clusters:`"):
            door().find("kafka", operation)


@pytest.mark.parametrize(
    ("service", "operation", "given", "told"),
    [
        ("ssm", "CreateMaintenanceWindow", WINDOW, ("DescribeMaintenanceWindows", "WindowIdentities")),
        ("logs", "PutDestination", DESTINATION, ("DescribeDestinations", "destinations")),
        ("cloudwatch", "PutInsightRule", INSIGHT_RULE, ("DescribeInsightRules", "InsightRules")),
    ],
)
def test_what_stands_apart_in_a_service_of_ours_goes_to_moto(
    simulation: SyncSimulation, service: str, operation: str, given: dict[str, Any], told: tuple[str, str]
) -> None:
    """Maintenance windows and parameters share a service and know nothing of one another."""
    simulation.request(service, operation, given)

    described: Any = simulation.request(service, told[0], {})

    assert len(described[told[1]]) == 1


def test_tags_of_what_stands_apart_are_kept_with_it(simulation: SyncSimulation) -> None:
    """One operation asks for the tags of groups, which are ours, and of destinations, which are not."""
    simulation.request("logs", "PutDestination", {**DESTINATION, "tags": {"team": "a"}})
    simulation.request("logs", "CreateLogGroup", {"logGroupName": "g", "tags": {"team": "b"}})
    arn = "arn:aws:logs:us-east-1:123456789012:{}"

    told: Any = [
        simulation.request("logs", "ListTagsForResource", {"resourceArn": arn.format(resource)})
        for resource in ("destination:" + DESTINATION["destinationName"], "log-group:g")
    ]

    assert [each["tags"] for each in told] == [{"team": "a"}, {"team": "b"}]


def test_tags_of_documents_are_kept_with_them(simulation: SyncSimulation) -> None:
    """Terraform asks for them whenever it looks at a document, a window or a baseline."""
    content = {"schemaVersion": "2.2", "description": "x", "mainSteps": []}
    document = {"Name": "restart", "Content": json.dumps(content), "DocumentType": "Command"}
    tag = {"Key": "team", "Value": "a"}
    simulation.request("ssm", "CreateDocument", document)
    window: Any = simulation.request("ssm", "CreateMaintenanceWindow", WINDOW)
    named = [("Document", "restart"), ("MaintenanceWindow", window["WindowId"])]

    told: list[Any] = []
    for kind, identifier in named:
        resource = {"ResourceType": kind, "ResourceId": identifier}
        simulation.request("ssm", "AddTagsToResource", {**resource, "Tags": [tag]})
        told.append(simulation.request("ssm", "ListTagsForResource", resource))
        simulation.request("ssm", "RemoveTagsFromResource", {**resource, "TagKeys": ["team"]})
        told.append(simulation.request("ssm", "ListTagsForResource", resource))

    assert [each["TagList"] for each in told] == [[tag], [], [tag], []]


def test_an_insight_rule_has_no_tags_if_it_got_none(simulation: SyncSimulation) -> None:
    """Terraform asks for them as soon as it has made the rule."""
    simulation.request("cloudwatch", "PutInsightRule", INSIGHT_RULE)
    arn = f"arn:aws:cloudwatch:us-east-1:123456789012:insight-rule/{INSIGHT_RULE['RuleName']}"

    told: Any = simulation.request("cloudwatch", "ListTagsForResource", {"ResourceARN": arn})

    assert told["Tags"] == []


def test_a_key_is_for_what_keys_are_for_if_nobody_says(simulation: SyncSimulation) -> None:
    """moto has none of AWS's defaults; Terraform would make a key anew that is not told to encrypt."""
    made = client("kms").create_key()["KeyMetadata"]

    told = client("kms").describe_key(KeyId=made["KeyId"])["KeyMetadata"]

    assert (told["KeyUsage"], told["MultiRegion"]) == ("ENCRYPT_DECRYPT", False)
    assert told["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"]


def test_lists_of_what_nobody_can_make_are_empty(simulation: SyncSimulation) -> None:
    """Terraform looks whether a user has credentials for CodeCommit, before it deletes them with the user."""
    client("iam").create_user(UserName="ann")

    assert client("iam").list_service_specific_credentials(UserName="ann")["ServiceSpecificCredentials"] == []


def test_what_belongs_together_is_not_torn_apart(simulation: SyncSimulation) -> None:
    """moto's live tail would read log groups of moto's."""
    asked = {"logGroupIdentifiers": ["arn:aws:logs:us-east-1:123456789012:log-group:g"]}

    with pytest.raises(NotSimulated, match=r"logs\.StartLiveTail.*eventsim answers itself, or not at all"):
        simulation.request("logs", "StartLiveTail", asked)


def test_the_tables_name_services_of_aws() -> None:
    """A misspelt row would let a service through."""
    services = set(boto3.Session().get_available_services())

    assert set(NEVER) - services == set()


def test_the_page_tells_of_every_row() -> None:
    """docs/reference/aws-endpoint.md says who answers."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "aws-endpoint.md").read_text()
    titles = {
        "dynamodb": "DynamoDB",
        "sqs": "SQS",
        "s3": "S3",
        "sns": "SNS",
        "kinesis": "Kinesis",
        "firehose": "Firehose",
        "lambda": "Lambda",
        "sts": "STS",
        "cloudwatch": "CloudWatch",
        "cloudformation": "CloudFormation",
        "pipes": "Pipes",
        "scheduler": "Scheduler",
        "stepfunctions": "Step Functions",
    }

    assert [service for service in NEVER if titles.get(service, f"`{service}`") not in page] == []


def test_what_nothing_follows_of_is_told_once(simulation: SyncSimulation) -> None:
    """A user pool takes triggers, and nobody calls them."""
    trigger = {"PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:check"}
    for name in ("customers", "staff"):
        client("cognito-idp").create_user_pool(PoolName=name, LambdaConfig=trigger)

    (told,) = simulation.trace.entries(["accepted without effect"])

    assert told.detail == {"parameter": "LambdaConfig", "reason": "triggers of user pools are not called"}


@pytest.mark.parametrize(("service", "operation"), [*EMPTY, *NEVER_OPERATIONS, *WITHOUT_EFFECT])
def test_the_table_names_operations_of_aws(service: str, operation: str) -> None:
    """As above."""
    check_operation(service, operation)


def test_an_operation_that_moto_does_not_know_is_refused_by_name(simulation: SyncSimulation) -> None:
    """The error says that moto was asked."""
    with pytest.raises(NotSimulated, match=r"GenerateServiceLastAccessedDetails.*moto does not know it either"):
        client("iam").generate_service_last_accessed_details(Arn="arn:aws:iam::123456789012:role/reader")


def test_without_the_extra_the_refusal_names_it() -> None:
    """Whoever reads the error knows what to install."""
    with pytest.raises(NotSimulated, match=r"iam\.ListRoles is not simulated.*pip install 'eventsim\[moto\]'"):
        door(is_installed=False).find("iam", "ListRoles")


def test_settings_for_aws_do_not_matter() -> None:
    """Profiles, endpoints and files of the machine are for AWS; a server may run where they are set, or wrong."""
    program = (
        "from eventsim import SyncSimulation\n"
        "with SyncSimulation() as simulation:\n"
        "    print(simulation.request('ecs', 'ListClusters', {})['clusterArns'])\n"
    )
    environ = {
        **os.environ,
        "AWS_PROFILE": "nowhere",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_CONFIG_FILE": __file__,
    }

    ended = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False)

    assert ended.stdout == "[]\n", ended.stderr


@pytest.mark.asyncio
@pytest.mark.parametrize("service", ["ecs", "mq"])
async def test_a_service_is_imported_while_others_are_served(service: str) -> None:
    """The first answer has to be waited for; once the service is there, answers come at once."""
    operation = {"ecs": "ListClusters", "mq": "ListBrokers"}[service]
    carry_out = door(is_live=True).find(service, operation)
    request = Request(service=service, operation=operation, parameters={}, region="us-east-1", entry=1)

    first = carry_out(request)

    assert isinstance(first, Awaitable)
    assert await first == carry_out(request)


def test_a_question_of_eventsim_s_own_is_answered_at_once() -> None:
    """Permissions ask for a role in the middle of a call; as long as nobody has called IAM, it keeps none."""
    carry_out = door(is_live=True).find("iam", "ListRoles")
    question = Request(service="iam", operation="ListRoles", parameters={}, region="us-east-1")
    with pytest.raises(NotSimulated, match="Nobody has called the service yet"):
        carry_out(question)

    asyncio.run(_waited(carry_out(replace(question, entry=1))))

    assert "Roles" in cast("Any", carry_out(question))


async def _waited(answer: Any) -> Any:
    return await answer


def test_motos_own_mistakes_are_called_so() -> None:
    """An error inside moto is an internal failure that names it, with a status at which SDKs do not try again."""
    wrong = {"clusters": 7}
    request = Request(service="ecs", operation="DescribeClusters", parameters=wrong, region="us-east-1", entry=1)

    with pytest.raises(ApiError, match=r"moto failed at ecs\.DescribeClusters") as caught:
        door().find("ecs", "DescribeClusters")(request)

    assert caught.value.status == 501


def test_clients_made_after_moto_was_loaded_need_no_keys(simulation: SyncSimulation) -> None:
    """moto puts a handler into every new client; while it is switched off, nobody listens, and nothing is signed."""
    create_role()

    sqs = boto3.client("sqs", region_name="us-east-1")

    assert sqs.create_queue(QueueName="work")["QueueUrl"].endswith("/work")
