"""What do calls of STS need?"""

from eventsim.permissions.need import Need
from tests.core.permissions.test_needs import needs

READER = "arn:aws:iam::210987654321:role/reader"


def test_a_session_needs_its_role() -> None:
    """Policies ask for what the session is called and what was agreed on."""
    assert needs("sts", "AssumeRole", RoleArn=READER, RoleSessionName="me", ExternalId="agreed") == [
        Need("sts:AssumeRole", READER, {"sts:ExternalId": ("agreed",), "sts:RoleSessionName": ("me",)})
    ]


def test_what_was_agreed_on_is_missing_from_who_does_not_say_it() -> None:
    """A role that asks for it is not lent without."""
    (need,) = needs("sts", "AssumeRole", RoleArn=READER, RoleSessionName="me")

    assert need.keys["sts:ExternalId"] == ()


def test_a_session_with_tags_needs_leave_to_tag() -> None:
    """So does one that says who is behind it."""
    asked = needs("sts", "AssumeRole", RoleArn=READER, Tags=[{"Key": "a", "Value": "b"}], SourceIdentity="ann")

    assert [need.action for need in asked] == ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def test_who_one_is_everybody_may_ask() -> None:
    """Not even a denial stops them."""
    assert needs("sts", "GetCallerIdentity") == []
