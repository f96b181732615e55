"""May a session of a role do that, and if not, why not in AWS's words?"""

from typing import Any

import pytest

from eventsim.permissions.decision import Decision, Policies, Session, decide
from eventsim.permissions.need import Need

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/shop/worker"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/resize"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SEND = Need("sqs:SendMessage", QUEUE)
BY = Session(role_arn=ROLE, session_arn=SESSION)

IMPLICIT = "because no {} allows the sqs:SendMessage action"
EXPLICIT = "with an explicit deny in {}"


def document(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    """Return a policy of one statement."""
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "*", "Resource": "*", **members}}


def by_resource(*names: str, effect: str = "Allow") -> dict[str, Any]:
    """Return a policy of a queue about principals."""
    return document(effect, Principal={"AWS": list(names)})


ALLOW = (document(),)
DENY = (document("Deny"),)
OTHER = (document(Action="sns:*"),)


def decided(policies: Policies, need: Need = SEND, **known: Any) -> Decision:
    """Return what is decided when nothing is unknown."""
    return decide(need, BY, policies, known={"aws:principalarn": ROLE, **known}, lacks=lambda _: True)


@pytest.mark.parametrize(
    ("policies", "refusal"),
    [
        (Policies(), IMPLICIT.format("identity-based policy")),
        (Policies(identity=OTHER), IMPLICIT.format("identity-based policy")),
        (Policies(identity=OTHER + ALLOW), ""),
        (Policies(identity=ALLOW + DENY), EXPLICIT.format("an identity-based policy")),
        (Policies(identity=ALLOW, boundary=ALLOW), ""),
        (Policies(identity=ALLOW, boundary=OTHER), IMPLICIT.format("permissions boundary")),
        (Policies(identity=ALLOW, boundary=()), IMPLICIT.format("permissions boundary")),
        (Policies(identity=ALLOW, boundary=ALLOW + DENY), EXPLICIT.format("a permissions boundary")),
        (Policies(boundary=ALLOW), IMPLICIT.format("identity-based policy")),
        (Policies(identity=ALLOW, session=ALLOW), ""),
        (Policies(identity=ALLOW, session=OTHER), IMPLICIT.format("session policy")),
        (Policies(identity=ALLOW, session=DENY), EXPLICIT.format("a session policy")),
        (Policies(identity=ALLOW, boundary=OTHER, session=OTHER), IMPLICIT.format("permissions boundary")),
        (Policies(identity=ALLOW, boundary=OTHER, session=DENY), EXPLICIT.format("a session policy")),
    ],
)
def test_all_policies_have_their_say(policies: Policies, refusal: str) -> None:
    """A denial anywhere decides; a boundary and policies of the session let nothing in, but all must pass them."""
    decision = decided(policies)

    assert (decision.refusal, decision.is_allowed) == (refusal, not refusal)


@pytest.mark.parametrize(
    ("principal", "alone", "within_a_boundary", "within_a_session_policy"),
    [
        (SESSION, "", "", ""),
        ("*", "", "", ""),
        (ROLE, "", IMPLICIT.format("permissions boundary"), IMPLICIT.format("session policy")),
        *[(account, *[IMPLICIT.format("identity-based policy")] * 3) for account in (ROOT, ACCOUNT)],
        (f"{ROLE}2", *[IMPLICIT.format("identity-based policy")] * 3),
    ],
    ids=["session", "everybody", "role", "root", "account", "another"],
)
def test_a_resource_lets_in_whom_its_policy_names(
    principal: str, alone: str, within_a_boundary: str, within_a_session_policy: str
) -> None:
    """A role within its boundary and its session's policies, a session or everybody in spite of them (documented)."""
    resource = (by_resource(principal),)

    assert decided(Policies(resource=resource)).refusal == alone
    assert decided(Policies(resource=resource, boundary=OTHER)).refusal == within_a_boundary
    assert decided(Policies(resource=resource, session=OTHER)).refusal == within_a_session_policy


@pytest.mark.parametrize("principal", [SESSION, ROLE, ROOT, ACCOUNT, "*"])
def test_a_resource_keeps_out_whom_its_policy_names(principal: str) -> None:
    """By the name of the session, the role or the account."""
    resource = (by_resource(principal, effect="Deny"),)

    assert decided(Policies(identity=ALLOW, resource=resource)).refusal == EXPLICIT.format("a resource-based policy")


@pytest.mark.parametrize(("named", "is_allowed"), [(ROLE, True), (SESSION, True), (f"{ROLE}2", False)])
def test_a_resource_keeps_out_everybody_else(named: str, is_allowed: bool) -> None:
    """As bolts on queues and buckets say it."""
    resource = (document("Deny", Principal="*", Condition={"ArnNotEquals": {"aws:PrincipalArn": named}}),)
    spared = {"Effect": "Deny", "NotPrincipal": {"AWS": named}, "Action": "*", "Resource": "*"}

    by_condition = decided(Policies(identity=ALLOW, resource=resource))
    by_principal = decided(Policies(identity=ALLOW, resource=({"Statement": spared},)))

    assert by_condition.is_allowed is (named == ROLE)
    assert by_principal.is_allowed is is_allowed


def test_another_resource_is_not_allowed() -> None:
    """The need says on which resource."""
    own = Policies(identity=(document(Action="sqs:SendMessage", Resource=QUEUE),))

    assert decided(own).is_allowed
    assert not decided(own, Need("sqs:SendMessage", f"{QUEUE}-2")).is_allowed
    assert not decided(own, Need("sqs:SendMessage")).is_allowed


def test_a_resource_that_nobody_knows_is_allowed_by_any() -> None:
    """And denied by none but all."""
    unknown = Need("bedrock:Converse", "")
    on_one = {"Resource": "arn:aws:bedrock:*::foundation-model/small"}

    assert decided(Policies(identity=(document(**on_one),)), unknown).is_allowed
    assert decided(Policies(identity=(*ALLOW, document("Deny", **on_one))), unknown).is_allowed
    assert not decided(Policies(identity=ALLOW + DENY), unknown).is_allowed


def test_keys_of_the_call_are_conditions() -> None:
    """Beside those of every request, and with as many values as they have."""
    inside = (
        document(
            Condition={"ForAllValues:StringLike": {"s3:prefix": "home/*"}, "Bool": {"aws:SecureTransport": "true"}}
        ),
    )
    bucket = "arn:aws:s3:::photos"

    for prefix, is_allowed in (("home/a", True), ("away", False)):
        need = Need("s3:ListBucket", bucket, {"s3:Prefix": (prefix,)})

        decision = decided(Policies(identity=inside), need, **{"aws:securetransport": "true"})

        assert decision.is_allowed is is_allowed


def test_a_key_of_which_nobody_knows_refuses_nothing() -> None:
    """It is met where it allows, and not met where it denies."""
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    policies = Policies(identity=(document(Condition=condition), document("Deny", Condition=condition)))

    assert decide(SEND, BY, policies, known={}, lacks=lambda _: False) == Decision()


@pytest.mark.parametrize("name", [SESSION, ROLE, ROOT, "*"])
def test_in_another_account_the_role_s_policies_must_allow_it_too(name: str) -> None:
    """Whomever the policy over there names."""
    need = Need("sqs:SendMessage", QUEUE.replace(ACCOUNT, "111122223333"))
    over_there = (by_resource(name),)

    let_in = decided(Policies(resource=over_there), need)
    may_go = decided(Policies(resource=over_there, identity=ALLOW), need)

    assert let_in.refusal == IMPLICIT.format("identity-based policy")
    assert may_go.is_allowed
