"""Who am I? A function is its role's session, a client outside is the account's user."""

import base64
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError, SyncSimulation

ROLE = "arn:aws:iam::210987654321:role/reader"


def identity(event: Any, context: Any) -> Any:
    return boto3.client("sts").get_caller_identity()["Arn"]


def ask(simulation: SyncSimulation, operation: str, **parameters: Any) -> Any:
    return simulation.request("sts", operation, parameters)


def client_with(lent: dict[str, Any]) -> Any:
    """Return a client that has temporary credentials."""
    return boto3.client(
        "sts",
        region_name="us-east-1",
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    )


def test_a_client_outside_is_a_user() -> None:
    """Always the same one."""
    with SyncSimulation(seed=1) as simulation:
        answers = [ask(simulation, "GetCallerIdentity") for _ in range(2)]

    assert answers[0] == answers[1]
    assert (answers[0]["Account"], answers[0]["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:user/eventsim")


def test_a_function_is_a_session_of_its_role() -> None:
    """The session bears the function's name."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("who", handler=identity)

        assert simulation.invoke("who") == "arn:aws:sts::123456789012:assumed-role/eventsim/who"


def test_a_role_is_assumed_for_a_while() -> None:
    """Credentials are made of seeded luck and expire in virtual time."""
    role = "arn:aws:iam::210987654321:role/path/reader"
    with SyncSimulation(seed=1) as simulation:
        answer = ask(simulation, "AssumeRole", RoleArn=role, RoleSessionName="me", ExternalId="me")
        told = [entry.detail["parameter"] for entry in simulation.trace.entries(["accepted without effect"])]

    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::210987654321:assumed-role/reader/me"
    assert answer["Credentials"]["Expiration"] == datetime(2026, 1, 1, 1, tzinfo=UTC)
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert told == ["ExternalId"]


def test_a_session_token_lasts_half_a_day() -> None:
    """Unless asked otherwise (documented)."""
    with SyncSimulation(seed=1) as simulation:
        answer = ask(simulation, "GetSessionToken")
        account = ask(simulation, "GetAccessKeyInfo", AccessKeyId="AKIAIOSFODNN7EXAMPLE")

    assert answer["Credentials"]["Expiration"] == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert account == {"Account": "123456789012"}


def test_a_role_is_assumed_for_a_token_of_another_provider() -> None:
    """The token is read, not checked; one that cannot be read says nothing."""
    claims = (
        base64.urlsafe_b64encode(b'{"iss": "https://id.example", "sub": "ada", "aud": ["shop"]}').decode().strip("=")
    )
    given = {"RoleArn": "arn:aws:iam::123456789012:role/reader", "RoleSessionName": "me"}
    with SyncSimulation(seed=1) as simulation:
        answer = ask(simulation, "AssumeRoleWithWebIdentity", WebIdentityToken=f"e30.{claims}.x", **given)
        deep = base64.urlsafe_b64encode(b"[" * 2_000).decode()
        opaque, nested = [
            ask(simulation, "AssumeRoleWithWebIdentity", WebIdentityToken=token, **given)
            for token in ("opaque", f"e30.{deep}.x")
        ]

    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/reader/me"
    told = (answer["SubjectFromWebIdentityToken"], answer["Provider"], answer["Audience"])
    assert told == ("ada", "id.example", "shop")
    assert opaque["SubjectFromWebIdentityToken"] == nested["SubjectFromWebIdentityToken"] == ""


def test_temporary_credentials_tell_whose_they_are() -> None:
    """A client that has them is the session of a role; the key names the account, as AWS's own do."""
    with SyncSimulation(seed=1) as simulation:
        role = {"RoleArn": "arn:aws:iam::210987654321:role/reader", "RoleSessionName": "me"}
        answer = ask(simulation, "AssumeRole", **role)
        lent = answer["Credentials"]
        told = client_with(lent).get_caller_identity()
        account = ask(simulation, "GetAccessKeyInfo", AccessKeyId=lent["AccessKeyId"])

    assert told["Arn"] == answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::210987654321:assumed-role/reader/me"
    assert (told["Account"], told["UserId"]) == ("210987654321", answer["AssumedRoleUser"]["AssumedRoleId"])
    assert account == {"Account": "210987654321"}


def test_a_role_s_session_assumes_another_role_for_an_hour_at_most() -> None:
    """Role chaining (documented; in AWS's words as users report them)."""
    role = {"RoleArn": ROLE, "RoleSessionName": "me"}
    with SyncSimulation(seed=1) as simulation:
        client = client_with(ask(simulation, "AssumeRole", **role, DurationSeconds=43_200)["Credentials"])

        client.assume_role(**role, DurationSeconds=3_600)
        with pytest.raises(ClientError) as refused:
            client.assume_role(**role, DurationSeconds=3_601)

    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["Error"]["Message"] == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    )


@pytest.mark.parametrize(("operation", "given"), [("GetSessionToken", {}), ("GetFederationToken", {"Name": "bob"})])
def test_lent_credentials_lend_no_others(operation: str, given: dict[str, str]) -> None:
    """But for roles; a function's are lent, too (in AWS's words as users report them)."""

    def refusal(client: Any) -> str:
        with pytest.raises(ClientError) as refused:
            client._make_api_call(operation, given)
        return str(refused.value)

    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("f", handler=lambda event, context: refusal(boto3.client("sts")))
        outside = refusal(client_with(ask(simulation, "GetSessionToken")["Credentials"]))
        inside = simulation.invoke("f")

    assert "(AccessDenied)" in outside
    assert outside.endswith(f"Cannot call {operation} with session credentials")
    assert inside == outside


@pytest.mark.parametrize("policy", ["x", "[]", "[" * 2_000])
def test_a_policy_for_a_session_is_json(policy: str) -> None:
    """What it says is not looked at."""
    with SyncSimulation(seed=1) as simulation, pytest.raises(ApiError) as refused:
        ask(simulation, "AssumeRole", RoleArn=ROLE, RoleSessionName="me", Policy=policy)

    assert (refused.value.code, refused.value.message) == (
        "MalformedPolicyDocument",
        "This policy contains invalid Json",
    )


@pytest.mark.parametrize("token", ["", "opaque", "e30=", "WzFd"])
def test_a_token_of_somebody_else_says_nothing(token: str) -> None:
    """It is the account's user who calls."""
    with SyncSimulation(seed=1):
        client = boto3.client(
            "sts",
            region_name="us-east-1",
            aws_access_key_id="ASIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="x",
            aws_session_token=token,
        )

        assert client.get_caller_identity()["Arn"].endswith("user/eventsim")


ASSERTION = """
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">
<saml:Issuer>https://idp.example.com/</saml:Issuer><saml:Assertion>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann</saml:NameID>
<saml:SubjectConfirmation><saml:SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml"/>
</saml:SubjectConfirmation></saml:Subject><saml:AttributeStatement>
<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
<saml:AttributeValue>ann@example.com</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/SessionDuration">
<saml:AttributeValue>1800</saml:AttributeValue></saml:Attribute>
</saml:AttributeStatement></saml:Assertion></samlp:Response>
"""
SAML = {
    "RoleArn": "arn:aws:iam::123456789012:role/reader",
    "PrincipalArn": "arn:aws:iam::123456789012:saml-provider/idp",
}


def test_a_role_is_assumed_for_what_a_provider_says() -> None:
    """The assertion names the session and its length; who was asserted is told (documented)."""
    with SyncSimulation(seed=1) as simulation:
        answer = ask(
            simulation, "AssumeRoleWithSAML", **SAML, SAMLAssertion=base64.b64encode(ASSERTION.encode()).decode()
        )

    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/reader/ann@example.com"
    assert answer["Credentials"]["Expiration"] == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    assert (answer["Subject"], answer["SubjectType"]) == ("ann", "persistent")
    assert (answer["Issuer"], answer["Audience"]) == ("https://idp.example.com/", "https://signin.aws.amazon.com/saml")
    assert len(base64.b64decode(answer["NameQualifier"])) == 20


ENDLESS = base64.b64encode(ASSERTION.replace("1800", "for ever").encode()).decode()


@pytest.mark.parametrize(
    "assertion", ["no base64", "aGVsbG8=", ENDLESS], ids=["no base64", "no document", "no number of seconds"]
)
def test_what_is_no_assertion_is_refused(assertion: str) -> None:
    """As a token that is invalid."""
    with SyncSimulation(seed=1) as simulation, pytest.raises(ApiError, match="SAMLResponse") as refused:
        ask(simulation, "AssumeRoleWithSAML", **SAML, SAMLAssertion=assertion)

    assert refused.value.code == "InvalidIdentityToken"


def test_no_message_of_a_denial_is_ours() -> None:
    """Nobody is denied anything, so there is none to decode."""
    with SyncSimulation(seed=1) as simulation, pytest.raises(ApiError) as refused:
        ask(simulation, "DecodeAuthorizationMessage", EncodedMessage="x")

    assert refused.value.code == "InvalidAuthorizationMessageException"


def test_a_federated_user_has_a_name() -> None:
    """And credentials for half a day (documented)."""
    with SyncSimulation(seed=1) as simulation:
        answer = ask(simulation, "GetFederationToken", Name="bob")

    assert answer["FederatedUser"]["Arn"] == "arn:aws:sts::123456789012:federated-user/bob"
    assert answer["Credentials"]["Expiration"] == datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"RoleArn": "me"}, "'me' at 'roleArn'", id="role"),
        pytest.param({"RoleSessionName": "a b"}, "'a b' at 'roleSessionName'", id="session"),
        pytest.param({"DurationSeconds": 899}, "'899' at 'durationSeconds'.*greater", id="too short"),
        pytest.param({"DurationSeconds": 43_201}, "'43201' at 'durationSeconds'.*less", id="too long"),
    ],
)
def test_a_bad_request_is_refused(parameters: dict[str, Any], message: str) -> None:
    """By name and value."""
    role = {"RoleArn": "arn:aws:iam::210987654321:role/reader", "RoleSessionName": "me"}
    with SyncSimulation(seed=1) as simulation, pytest.raises(ApiError, match=message) as refused:
        ask(simulation, "AssumeRole", **{**role, **parameters})

    assert refused.value.code == "ValidationError"


def test_a_federated_user_s_policy_has_no_effect() -> None:
    """Users are not asked what they may do; the trace says so."""
    with SyncSimulation() as simulation:
        ask(simulation, "GetFederationToken", Name="bob", Policy="{}")

        kinds = [entry.kind for entry in simulation.trace.entries()]

    assert "accepted without effect" in kinds
