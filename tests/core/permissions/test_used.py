"""Is what calls have needed a policy that one can attach?"""

from collections.abc import Iterable
from typing import Any

from eventsim.permissions.document import read_document
from eventsim.permissions.need import Need
from eventsim.permissions.role import Principal
from eventsim.permissions.used import OBJECTS_MAX, Used, least_policies

WHO = Principal(arn="arn:aws:sts::123456789012:assumed-role/worker/1", role_arn="arn:aws:iam::123456789012:role/worker")
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:orders"


def documents(used: Used) -> Any:
    """Return the policies of all, by the names of their roles."""
    return least_policies([used], lambda arn: arn.rpartition("/")[2])


def statements(needs: Iterable[Need]) -> Any:
    """Return what the policy of somebody says whose calls have needed this, one after another."""
    used = Used()
    for need in needs:
        used.note(WHO, [need])
    return read_document(documents(used)["worker"], key="worker")["Statement"]


def objects(count: int) -> list[Need]:
    """Return what is needed to read so many objects."""
    return [Need("s3:GetObject", f"arn:aws:s3:::pictures/{number}") for number in range(count)]


def test_who_needs_nothing_has_no_policy() -> None:
    """IAM has none without statements; everybody may ask who they are."""
    used = Used()

    used.note(WHO, [])

    assert documents(used) == {}


def test_what_is_no_arn_is_no_resource_of_a_policy() -> None:
    """A text message goes to a number, and needs `*`; what goes to a wrong URL of a queue fails by any policy."""
    (statement,) = statements([Need("sns:Publish", "+15550100"), Need("sqs:SendMessage", "arn:aws:sqs:us-east-1:x:")])

    assert (statement["Action"], statement["Resource"]) == (["sns:Publish"], ["*"])


def test_some_objects_are_named() -> None:
    """Once each, however often they are read."""
    (statement,) = statements(objects(3) + objects(3))

    assert statement["Resource"] == [f"arn:aws:s3:::pictures/{number}" for number in range(3)]


def test_many_objects_are_all_that_are_in_their_bucket() -> None:
    """A run of any length needs a policy of some length; what else is needed stays."""
    needs = [Need("sqs:SendMessage", QUEUE_ARN), *objects(10 * OBJECTS_MAX), Need("s3:PutObject", "arn:aws:s3:::p/1")]

    said = statements(needs)

    assert [(each["Action"], each["Resource"]) for each in said] == [
        (["s3:GetObject"], ["arn:aws:s3:::pictures/*"]),
        (["s3:PutObject"], ["arn:aws:s3:::p/1"]),
        (["sqs:SendMessage"], [QUEUE_ARN]),
    ]
