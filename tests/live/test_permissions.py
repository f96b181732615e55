"""A server on which permissions count: who calls, and where is it said what they may do?"""

import json
from typing import Any

import pytest

from tests.live.conftest import Served, Servers

OURS, THEIRS = "123456789012", "111122223333"
ABROAD = {"region_name": "eu-west-1"}


@pytest.fixture(scope="module")
def enforcing(serve: Servers) -> Served:
    """A server that refuses what is not permitted."""
    return serve("--permissions", "enforced", "scenario.yaml", files={"scenario.yaml": f"account: '{OURS}'\n"})


def statement(**members: Any) -> str:
    """Return a policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **members}})


def trusting(account: str) -> str:
    """Return a policy by which an account may assume a role."""
    return statement(Action="sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{account}:root"})


def lent(sts: Any, role_arn: str) -> dict[str, str]:
    """Return the credentials of a role as a client takes them."""
    told = sts.assume_role(RoleArn=role_arn, RoleSessionName="tool")["Credentials"]
    return {
        "aws_access_key_id": told["AccessKeyId"],
        "aws_secret_access_key": told["SecretAccessKey"],
        "aws_session_token": told["SessionToken"],
    }


def refusal(call: Any, **given: Any) -> str:
    """Return with which words a call is refused, "" if it is not."""
    try:
        call(**given)
    except call.__self__.exceptions.ClientError as error:
        return str(error)
    return ""


def test_iam_counts_in_every_region_at_once(enforcing: Served) -> None:
    """What a client tells IAM is so for whoever has asked before, wherever."""
    iam = enforcing.client("iam")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trusting(OURS))["Role"]["Arn"]
    keys = lent(enforcing.client("sts"), role)
    here, abroad = enforcing.client("sqs", **keys), enforcing.client("sqs", **{**keys, **ABROAD})

    before = [refusal(sqs.list_queues) for sqs in (here, abroad)]
    iam.put_role_policy(
        RoleName="reader", PolicyName="own", PolicyDocument=statement(Action="sqs:ListQueues", Resource="*")
    )
    after = [refusal(sqs.list_queues) for sqs in (here, abroad)]

    assert all("because no identity-based policy allows the sqs:listqueues action" in words for words in before)
    assert after == ["", ""]


def test_a_user_of_iam_may_do_in_every_region_what_its_policies_allow(enforcing: Served) -> None:
    """Its key says who it is; IAM has no region."""
    iam = enforcing.client("iam")
    iam.create_user(UserName="alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    here, abroad = enforcing.client("sqs", **keys), enforcing.client("sqs", **ABROAD, **keys)

    before = [refusal(sqs.list_queues) for sqs in (here, abroad)]
    allowed = statement(Action="sqs:ListQueues", Resource="*")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allowed)
    after = [refusal(sqs.list_queues) for sqs in (here, abroad)]

    assert all(f"User: arn:aws:iam::{OURS}:user/alice is not authorized" in words for words in before)
    assert after == ["", ""]
    assert enforcing.client("sts", **keys).get_caller_identity()["Arn"] == f"arn:aws:iam::{OURS}:user/alice"


def test_a_stack_s_role_counts_in_every_region(enforcing: Served) -> None:
    """A role has none, wherever the stack stands that makes it."""
    trust = json.loads(trusting(OURS))
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "stacked", "AssumeRolePolicyDocument": trust}}
    stacks = enforcing.client("cloudformation", **ABROAD)
    stacks.create_stack(
        StackName="roles",
        TemplateBody=json.dumps({"Resources": {"Role": role}}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    stacks.get_waiter("stack_create_complete").wait(StackName="roles", WaiterConfig={"Delay": 1})
    keys = lent(enforcing.client("sts"), f"arn:aws:iam::{OURS}:role/stacked")

    words = refusal(enforcing.client("sqs", **keys).list_queues)

    assert "assumed-role/stacked/tool is not authorized to perform: sqs:listqueues" in words


def test_a_role_of_another_account_is_asked_whom_it_trusts(enforcing: Served) -> None:
    """Both accounts must allow it."""
    ours, theirs = enforcing.client("iam"), enforcing.client("iam", aws_access_key_id=THEIRS)
    traveller = ours.create_role(RoleName="traveller", AssumeRolePolicyDocument=trusting(OURS))["Role"]["Arn"]
    host = theirs.create_role(RoleName="host", AssumeRolePolicyDocument=trusting(THEIRS))["Role"]["Arn"]
    sts = enforcing.client("sts", **lent(enforcing.client("sts"), traveller))
    visit = {"RoleArn": host, "RoleSessionName": "visit"}
    allowed = statement(Action="sts:AssumeRole", Resource=host)

    ours.put_role_policy(RoleName="traveller", PolicyName="own", PolicyDocument=allowed)
    untrusted = refusal(sts.assume_role, **visit)
    theirs.update_assume_role_policy(RoleName="host", PolicyDocument=trusting(OURS))
    trusted = refusal(sts.assume_role, **visit)
    ours.delete_role_policy(RoleName="traveller", PolicyName="own")
    unwilling = refusal(sts.assume_role, **visit)

    assert "because no resource-based policy allows the sts:AssumeRole action" in untrusted
    assert trusted == ""
    assert "because no identity-based policy allows the sts:AssumeRole action" in unwilling


def test_the_log_tells_what_nobody_is_answered(enforcing: Served) -> None:
    """A message that does not arrive is no request: a line says once why."""
    sns, sqs = enforcing.client("sns"), enforcing.client("sqs")
    topic, url = sns.create_topic(Name="news")["TopicArn"], sqs.create_queue(QueueName="inbox")["QueueUrl"]
    inbox = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox)

    for _ in range(2):
        sns.publish(TopicArn=topic, Message="hello")
    sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)

    line = f"eventsim: topic news has no permission for sqs:SendMessage on {inbox}, because no resource-based policy"
    assert enforcing.told().count(line) == 1


def test_the_log_tells_of_entries_of_a_batch_that_are_refused(enforcing: Served) -> None:
    """The batch as a whole is answered with success."""
    iam, s3 = enforcing.client("iam"), enforcing.client("s3")
    role = iam.create_role(RoleName="sweeper", AssumeRolePolicyDocument=trusting(OURS))["Role"]["Arn"]
    s3.create_bucket(Bucket="attic")
    sweeper = enforcing.client("s3", **lent(enforcing.client("sts"), role))

    answer = sweeper.delete_objects(Bucket="attic", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    s3.list_buckets()  # the log is written once the first answer is on its way

    assert [each["Code"] for each in answer["Errors"]] == ["AccessDenied", "AccessDenied"]
    line = "eventsim: role sweeper has no permission for s3:DeleteObject on arn:aws:s3:::attic/a, because no identity"
    assert enforcing.told().count(line) == 1


def test_the_log_says_why(enforcing: Served) -> None:
    """What was refused, and of whom nobody knows what it may do."""
    iam, sts = enforcing.client("iam"), enforcing.client("sts")
    role = iam.create_role(RoleName="idle", AssumeRolePolicyDocument=trusting(OURS))["Role"]["Arn"]

    idle = enforcing.client("sns", **lent(sts, role))
    ghost = enforcing.client("sns", **lent(sts, role.replace("idle", "ghost")))

    refused = refusal(idle.list_topics)
    allowed = [refusal(ghost.list_topics), refusal(ghost.list_topics)]

    said = enforcing.told()
    assert "AuthorizationError" in refused
    assert f"AuthorizationError: User: arn:aws:sts::{OURS}:assumed-role/idle/tool is not authorized" in said
    assert allowed == ["", ""]
    assert said.count("eventsim: what role ghost may do is not checked: the role ghost is not there\n") == 1


def test_a_queue_of_another_account_wants_both_to_agree(enforcing: Served) -> None:
    """The role's policies, and the queue's own."""
    iam = enforcing.client("iam")
    role = iam.create_role(RoleName="abroad", AssumeRolePolicyDocument=trusting(OURS))["Role"]["Arn"]
    mine = enforcing.client("sqs", **lent(enforcing.client("sts"), role))
    theirs = enforcing.client("sqs", aws_access_key_id=THEIRS)
    url = theirs.create_queue(QueueName="inbox")["QueueUrl"]

    by_nobody = refusal(mine.send_message, QueueUrl=url, MessageBody="m")
    iam.put_role_policy(
        RoleName="abroad", PolicyName="own", PolicyDocument=statement(Action="sqs:SendMessage", Resource="*")
    )
    by_us_alone = refusal(mine.send_message, QueueUrl=url, MessageBody="m")
    let_in = statement(Action="sqs:SendMessage", Resource="*", Principal={"AWS": f"arn:aws:iam::{OURS}:root"})
    theirs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": let_in})
    by_both = refusal(mine.send_message, QueueUrl=url, MessageBody="m")
    iam.delete_role_policy(RoleName="abroad", PolicyName="own")
    by_them_alone = refusal(mine.send_message, QueueUrl=url, MessageBody="m")

    assert "because no identity-based policy allows the sqs:sendmessage action" in by_nobody
    assert "because no resource-based policy allows the sqs:sendmessage action" in by_us_alone
    assert by_both == ""
    assert "because no identity-based policy allows" in by_them_alone
