"""Which policies does a service refuse to keep? Those that IAM's grammar does not know, in words of its own."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from eventsim.calls.policy_checks import check_policies
from eventsim.permissions.document import policy_fault

ACCOUNT = "123456789012"
ALLOW = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "*", "Resource": "*"}


def policy(*, without: str = "", **others: Any) -> str:
    """Return a policy of one statement, without something and with others."""
    statement = {name: value for name, value in {**ALLOW, **others}.items() if name != without}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def world() -> Iterator[SyncSimulation]:
    """A world with one resource of each kind that has a policy."""
    with SyncSimulation(permissions="told") as world:
        world.request("sqs", "CreateQueue", {"QueueName": "orders"})
        world.request("sns", "CreateTopic", {"Name": "orders"})
        world.request("secretsmanager", "CreateSecret", {"Name": "orders"})
        world.request("events", "CreateEventBus", {"Name": "orders"})
        world.request("kinesis", "CreateStream", {"StreamName": "orders", "ShardCount": 1})
        world.add_source("tables", "orders", key={"hash": "id"})
        yield world


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


QUEUE_URL = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/orders"
DOORS: dict[str, tuple[str, str, Callable[[str], dict[str, Any]], str, str]] = {
    "queue": (
        "sqs",
        "SetQueueAttributes",
        lambda text: {"QueueUrl": QUEUE_URL, "Attributes": {"Policy": text}},
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
    ),
    "topic": (
        "sns",
        "SetTopicAttributes",
        lambda text: {"TopicArn": arn("sns", "orders"), "AttributeName": "Policy", "AttributeValue": text},
        "InvalidParameter",
        "Invalid parameter: Policy Error: null",
    ),
    "table": (
        "dynamodb",
        "PutResourcePolicy",
        lambda text: {"ResourceArn": arn("dynamodb", "table/orders"), "Policy": text},
        "ValidationException",
        "Resource-based policy is not valid: the statement has no `Principal`",
    ),
    "stream": (
        "kinesis",
        "PutResourcePolicy",
        lambda text: {"ResourceARN": arn("kinesis", "stream/orders"), "Policy": text},
        "InvalidArgumentException",
        "The policy is not valid: the statement has no `Principal`",
    ),
    "secret": (
        "secretsmanager",
        "PutResourcePolicy",
        lambda text: {"SecretId": "orders", "ResourcePolicy": text},
        "MalformedPolicyDocumentException",
        "This resource policy contains a syntax error: the statement has no `Principal`",
    ),
    "bus": (
        "events",
        "PutPermission",
        lambda text: {"EventBusName": "orders", "Policy": text},
        "ValidationException",
        "Parameter Policy is not valid. Reason: the statement has no `Principal`.",
    ),
    "api": (
        "apigateway",
        "CreateRestApi",
        lambda text: {"name": "orders", "policy": text},
        "BadRequestException",
        "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
    ),
    "role": (
        "iam",
        "CreateRole",
        lambda text: {"RoleName": "orders", "AssumeRolePolicyDocument": text},
        "MalformedPolicyDocument",
        "Missing required field Principal",
    ),
    "key": (
        "kms",
        "CreateKey",
        lambda text: {"Policy": text},
        "MalformedPolicyDocumentException",
        "the statement has no `Principal`",
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_policy_that_names_nobody_is_not_kept(world: SyncSimulation, door: str) -> None:
    """With words of each service's own, as far as anybody knows them."""
    service, operation, parameters, code, message = DOORS[door]

    with pytest.raises(ApiError) as refused:
        world.request(service, operation, parameters(policy(without="Principal")))

    assert (refused.value.code, refused.value.message) == (code, message)


def test_moto_s_rules_hold_where_nobody_asks_for_permissions() -> None:
    """Suites that were made for it trust a role to `some policy`."""
    with SyncSimulation() as world:
        world.request("iam", "CreateRole", {"RoleName": "any", "AssumeRolePolicyDocument": "some policy"})


@pytest.mark.parametrize("door", [door for door in DOORS if door != "role"])
def test_a_policy_that_is_one_is_kept(world: SyncSimulation, door: str) -> None:
    """The same statement, with somebody in it."""
    service, operation, parameters, *_ = DOORS[door]

    world.request(service, operation, parameters(policy()))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "the policy has no `Statement`"),
        (json.dumps([ALLOW]), "the policy has no `Statement`"),
        (policy(without="Action"), "the statement has no `Action`"),
        (policy(without="Resource"), "the statement has no `Resource`"),
        (policy(NotPrincipal="*"), "the statement has both `Principal` and `NotPrincipal`; write one of them"),
        (policy(Principal={"Users": "*"}), "a principal has no `Users`"),
        (policy(Principal={"AWS": ["*", "ada"]}), "`ada` is no account, user or role"),
        (policy(Principal={"AWS": "arn:aws:iam::1:role/x"}), "`arn:aws:iam::1:role/x` is no account, user or role"),
        (policy(Principal=["*"]), "a principal is `*`, or says of whom by"),
        (policy(Condition={"StringLikes": {"aws:SourceArn": "x"}}), "there is no condition operator `StringLikes`"),
    ],
)
def test_what_no_service_takes_for_a_policy(text: str, fault: str) -> None:
    """And why."""
    assert policy_fault(text).startswith(fault)


@pytest.mark.parametrize(
    "text",
    [
        policy(Sid="Let them in", Resource="/123456789012/orders"),
        policy(Principal="*", Action=["SQS:SendMessage", "sns:*"]),
        policy(Principal={"AWS": [ACCOUNT, "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"]}),
        policy(Principal={"Service": "s3.amazonaws.com", "Federated": "cognito-identity.amazonaws.com"}),
        policy(Principal={"AWS": "AROAEXAMPLEEXAMPLE12"}),
        policy(Principal={"AWS": 123456789012}),
    ],
)
def test_what_may_be_the_policy_of_a_resource(text: str) -> None:
    """Ids of statements have blanks, and resources may have names of old; who is there is not looked at."""
    assert policy_fault(text) == ""


def test_a_queue_s_policy_is_about_queues(world: SyncSimulation) -> None:
    """Actions of another service are out of its scope."""
    service, operation, parameters, code, _ = DOORS["queue"]

    with pytest.raises(ApiError, match=code):
        world.request(service, operation, parameters(policy(Action=["sqs:SendMessage", "sns:Publish"])))
    world.request(service, operation, parameters(""))


TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def trust(**others: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {**TRUST, **others}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("some policy", "This policy contains invalid Json"),
        ("[]", "This policy contains invalid Json"),
        ("{}", "Syntax errors in policy."),
        (trust(Resource="*"), "Has prohibited field Resource"),
        (
            trust(Action=["sts:AssumeRole", "s3:GetObject"]),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (trust(Principal={"AWS": "ada"}), 'Invalid principal in policy: "AWS":"ada"'),
        (trust(Principles="*"), "Syntax errors in policy."),
    ],
)
@pytest.mark.parametrize(
    ("operation", "parameter"),
    [("CreateRole", "AssumeRolePolicyDocument"), ("UpdateAssumeRolePolicy", "PolicyDocument")],
)
def test_who_may_become_a_role_is_said_by_a_policy(operation: str, parameter: str, text: str, message: str) -> None:
    """Whom it trusts, and nothing of what it may do."""
    with pytest.raises(ApiError) as refused:
        check_policies("iam", operation, {parameter: text})

    assert (refused.value.code, refused.value.message) == ("MalformedPolicyDocument", message)
    check_policies("iam", operation, {parameter: trust()})


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Principal": "*"}, "Policy document should not specify a principal."),
        ({"Sid": "Let me in"}, "Statement IDs (SID) must be alpha-numeric."),
    ],
)
def test_a_role_s_policy_names_nobody(statement: dict[str, Any], message: str) -> None:
    """It is about who has it; ids have letters and digits."""
    for operation in ("CreatePolicy", "PutRolePolicy", "PutUserPolicy"):
        with pytest.raises(ApiError) as refused:
            check_policies("iam", operation, {"PolicyDocument": json.dumps({"Statement": [statement]})})
        assert refused.value.message.startswith(message)


def test_a_key_s_policy_names_who_can_be_there() -> None:
    """In the words that users report."""
    with pytest.raises(ApiError) as refused:
        check_policies("kms", "PutKeyPolicy", {"Policy": policy(Principal={"AWS": "ada"})})

    assert refused.value.message == "Policy contains a statement with one or more invalid principals."
    with pytest.raises(ApiError, match="The policy is not valid JSON"):
        check_policies("kms", "PutKeyPolicy", {"Policy": "x"})


def put_policies(world: SyncSimulation) -> None:
    """Put the policy of a secret, a table and a stream, and assume a role under what was agreed on."""
    world.request("secretsmanager", "CreateSecret", {"Name": "orders"})
    world.request("kinesis", "CreateStream", {"StreamName": "orders", "ShardCount": 1})
    world.add_source("tables", "orders", key={"hash": "id"})
    world.until_idle()
    for door in ("secret", "table", "stream"):
        service, operation, parameters, *_ = DOORS[door]
        world.request(service, operation, parameters(policy()))
    role = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/reader", "RoleSessionName": "me", "ExternalId": "agreed"}
    world.request("sts", "AssumeRole", role)


@pytest.mark.parametrize(("permissions", "count"), [("ignored", 4), ("enforced", 0)])
def test_a_policy_is_told_to_have_no_effect_where_it_has_none(permissions: Any, count: int) -> None:
    """Where permissions are enforced, it has one."""
    with SyncSimulation(permissions=permissions) as world:
        put_policies(world)

        assert world.trace.count("accepted without effect") == count
