"""What do policies say of a request?"""

from collections.abc import Mapping
from typing import Any

import pytest

from eventsim import PolicyRequest, judge_policy
from eventsim.resource_policy import judge_documents

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}
LATEST = "2012-10-17"


def asked(
    action: str = "sqs:SendMessage",
    resource: str | None = QUEUE,
    *,
    by: str = "123456789012",
    known: Mapping[str, str | tuple[str, ...]] | None = None,
    lacks: frozenset[str] = frozenset(),
) -> PolicyRequest:
    """Return a request."""
    return PolicyRequest(
        action=action, resource=resource, is_from=lambda name: name == by, known=known or {}, lacks=lacks.__contains__
    )


def identity(effect: str = "Allow", *, version: str = LATEST, **members: Any) -> dict[str, Any]:
    """Return a policy of whoever asks, of one statement."""
    return {"Version": version, "Statement": {"Effect": effect, "Action": "*", "Resource": "*", **members}}


@pytest.mark.parametrize(
    ("members", "is_about"),
    [
        ({"Action": "sqs:SendMessage"}, True),
        ({"Action": "SQS:sendmessage"}, True),
        ({"Action": "sqs:Send*"}, True),
        ({"Action": "sqs:S?ndMessage"}, True),
        ({"Action": ["sns:*", "sqs:*"]}, True),
        ({"Action": "*:SendMessage"}, True),
        ({"Action": "sqs:[Ss]endMessage"}, False),
        ({"Action": []}, False),
        ({"NotAction": "sqs:send*"}, False),
        ({"NotAction": ["sqs:ReceiveMessage", "sns:*"]}, True),
        ({"Resource": QUEUE}, True),
        ({"Resource": QUEUE.upper()}, False),
        ({"Resource": "arn:aws:sqs:*:*:orders"}, True),
        ({"Resource": "arn:aws:sqs:*"}, True),
        ({"Resource": "arn:*:sqs:eu-west-?:1234567890*:ord*"}, True),
        ({"Resource": ["arn:aws:sqs:*:*:bills", "arn:aws:sqs:*:*:order"]}, False),
        ({"NotResource": "arn:aws:sqs:*:*:bills"}, True),
        ({"NotResource": ["arn:aws:sqs:*:*:bills", QUEUE]}, False),
        ({"Principal": {"AWS": "123456789012"}}, True),
        ({"Principal": {"AWS": ["1", "123456789012"], "Service": "sns.amazonaws.com"}}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"Federated": "123456789012"}}, True),
        ({"Principal": {"CanonicalUser": ["123456789012"]}}, True),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, False),
        ({"Principal": {}}, False),
        ({"NotPrincipal": {"AWS": "123456789012"}}, False),
        ({"NotPrincipal": {"AWS": ["1", "2"]}}, True),
        ({"NotPrincipal": "*"}, False),
    ],
)
def test_a_statement_is_about_a_request(members: dict[str, Any], is_about: bool) -> None:
    """By all of action, resource and principal, or by all others."""
    opposites = [name.removeprefix("Not") for name in members if name.startswith("Not")]
    statement = {name: value for name, value in ALLOW.items() if name not in opposites} | members

    assert judge_policy(statement, asked()) == ("allow" if is_about else "silence")
    assert judge_policy([{**statement, "Effect": "Deny"}, ALLOW], asked()) == ("deny" if is_about else "allow")


def test_a_policy_of_whoever_asks_names_nobody() -> None:
    """It is about whom it is attached to."""
    assert judge_documents([identity()], asked(by="somebody")) == "allow"


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({**ALLOW, "Resource": "arn:aws:s3:::photos"}, "allow"),
        ({**DENY, "Resource": "arn:aws:s3:::photos"}, "deny"),
        ({**DENY, "NotResource": "arn:aws:s3:::photos"}, "deny"),
    ],
)
def test_a_policy_kept_for_one_resource_is_about_it(statement: dict[str, Any], verdict: str) -> None:
    """Whatever it says."""
    assert judge_policy(statement, asked(resource="")) == verdict


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({**ALLOW, "Resource": "arn:aws:s3:::photos"}, "allow"),
        ({**DENY, "Resource": "arn:aws:s3:::photos"}, "silence"),
        ({**DENY, "Resource": ["arn:aws:s3:::photos", "*"]}, "deny"),
        ({"Effect": "Allow", "Action": "*", "NotResource": "*"}, "silence"),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::photos"}, "allow"),
        ({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::photos"}, "silence"),
    ],
)
def test_a_resource_of_which_nobody_knows_is_allowed_and_not_denied(statement: dict[str, Any], verdict: str) -> None:
    """Unless it makes no difference which it is."""
    assert judge_policy(statement, asked(resource=None)) == verdict


def test_an_action_about_no_resource_needs_all() -> None:
    """A statement on some resource does not do."""
    every = asked("sqs:ListQueues", "*")

    assert judge_policy(ALLOW, every) == "allow"
    assert judge_policy({**ALLOW, "Resource": "arn:aws:sqs:*:*:*"}, every) == "silence"


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_key_is_known_or_missing_or_nobody_knows(effect: str) -> None:
    """What nobody knows holds where it allows, and does not hold where it denies."""
    statement = {**ALLOW, "Effect": effect, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}
    if_it_holds = effect.lower()

    known = judge_policy(statement, asked(known={"aws:sourcevpc": "vpc-1"}))
    missing = judge_policy(statement, asked(lacks=frozenset(["aws:sourcevpc"])))
    unknown = judge_policy(statement, asked())

    assert (known, missing) == (if_it_holds, "silence")
    assert unknown == ("allow" if effect == "Allow" else "silence")


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        ("arn:aws:sqs:*:*:${aws:PrincipalTag/queue}", "allow"),
        ("arn:aws:sqs:*:*:${aws:PrincipalTag/other, 'orders'}", "allow"),
        ("arn:aws:sqs:*:*:${aws:PrincipalTag/other}", "silence"),
        ("arn:aws:sqs:*:*:${aws:PrincipalTag/star}", "silence"),
        ("arn:aws:sqs:*:*:${*}", "silence"),
        ("arn:aws:sqs:*:*:${aws:SourceVpc}", "allow"),
        ("arn:aws:sqs:*:*:${aws:SourceVpc}-1", "silence"),
    ],
)
def test_a_resource_has_variables(resource: str, verdict: str) -> None:
    """In the latest version of the language only; one of which nobody knows may be anything."""
    request = asked(
        known={"aws:principaltag/queue": "orders", "aws:principaltag/star": "*"},
        lacks=frozenset(["aws:principaltag/other"]),
    )

    assert judge_documents([identity(Resource=resource)], request) == verdict
    for old in (
        identity(Resource=resource, version="2008-10-17"),
        {"Statement": identity(Resource=resource)["Statement"]},
    ):
        assert judge_documents([old], request) == "silence"


@pytest.mark.parametrize("member", ["Resource", "NotResource"])
def test_a_statement_with_a_variable_without_a_value_is_none(member: str) -> None:
    """Neither its resource nor all others are meant; a variable of which nobody knows denies nothing."""
    for key in ("aws:PrincipalTag/none", "aws:SourceVpc"):
        statement = {"Effect": "Deny", "Action": "*", member: f"arn:aws:sqs:*:*:${{{key}}}"}

        verdict = judge_documents(
            [{"Version": LATEST, "Statement": [statement]}], asked(lacks=frozenset(["aws:principaltag/none"]))
        )

        assert verdict == "silence"


def test_a_condition_has_variables() -> None:
    """As resources have."""
    own = identity(Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})
    red = {"aws:principaltag/team": "red"}

    assert judge_documents([own], asked(known={**red, "aws:resourcetag/team": "red"})) == "allow"
    assert judge_documents([own], asked(known={**red, "aws:resourcetag/team": "blue"})) == "silence"


def test_a_denial_in_any_policy_beats_all_others() -> None:
    """Whatever the order; no policy is silence."""
    denial = identity("Deny", Action="sqs:*")

    assert judge_documents([identity(), denial], asked()) == judge_documents([denial, identity()], asked()) == "deny"
    assert judge_documents([identity(), denial], asked("sns:Publish")) == "allow"
    assert judge_documents([], asked()) == judge_documents([{}], asked()) == "silence"


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param({"Effect": "Allow", "Principal": "*", "Resource": "*"}, id="no action"),
        pytest.param({**ALLOW, "Condition": "x"}, id="a text for conditions"),
        pytest.param({**ALLOW, "Condition": []}, id="a list for conditions"),
        pytest.param({**ALLOW, "Condition": {"StringEquals": 5}}, id="a number for keys"),
        pytest.param("Allow", id="a text"),
    ],
)
def test_what_is_no_statement_allows_nothing(statement: Any) -> None:
    """Some services keep whatever they are given."""
    assert judge_policy(statement, asked()) == "silence"
