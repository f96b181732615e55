"""Secrets Manager through a real client."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation() as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def client(simulation: SyncSimulation) -> Any:
    return sdk.client("secretsmanager")


def value(client: Any, **asked: Any) -> Any:
    return client.get_secret_value(SecretId="s", **asked)["SecretString"]


def test_a_secret_is_found_by_name_arn_and_beginning_of_the_arn(client: Any) -> None:
    """The ARN ends in six letters that nobody has to know."""
    arn = client.create_secret(Name="s", SecretString="one")["ARN"]

    assert [client.get_secret_value(SecretId=each)["SecretString"] for each in ("s", arn, arn[:-7])] == ["one"] * 3


def test_a_secret_of_a_call_is_known_as_one_of_a_scenario_is(simulation: SyncSimulation, client: Any) -> None:
    """It stands among the sources, until it is deleted."""
    arn = client.create_secret(Name="s", SecretString="one")["ARN"]
    value(client)
    known = {name: (secret.arn, secret.summary()["reads"]) for name, secret in simulation.sources("secrets").items()}

    client.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)

    assert known == {"s": (arn, 1)}
    assert simulation.sources("secrets") == {}


def test_the_previous_version_can_be_read_by_its_stage(client: Any) -> None:
    """A new value takes `AWSCURRENT`; the one before has `AWSPREVIOUS`, the one before that nothing."""
    client.create_secret(Name="s", SecretString="one")
    for text in ("two", "three"):
        client.put_secret_value(SecretId="s", SecretString=text)

    assert (value(client), value(client, VersionStage="AWSPREVIOUS")) == ("three", "two")
    assert len(client.list_secret_version_ids(SecretId="s")["Versions"]) == 2
    assert len(client.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]) == 3


def test_a_stage_of_ones_own_waits_beside_the_current(client: Any) -> None:
    """`AWSPENDING` is how a rotation begins; moving `AWSCURRENT` ends it."""
    first = client.create_secret(Name="s", SecretString="one")["VersionId"]
    second = client.put_secret_value(SecretId="s", SecretString="two", VersionStages=["AWSPENDING"])["VersionId"]
    before = value(client)

    client.update_secret_version_stage(
        SecretId="s", VersionStage="AWSCURRENT", MoveToVersionId=second, RemoveFromVersionId=first
    )

    assert (before, value(client), value(client, VersionStage="AWSPREVIOUS")) == ("one", "two", "one")


def test_the_same_token_changes_nothing_twice(client: Any) -> None:
    """A retried request is the request."""
    client.create_secret(Name="s", SecretString="one")
    token = "t" * 32

    versions = {
        client.put_secret_value(SecretId="s", SecretString="two", ClientRequestToken=token)["VersionId"] for _ in "ab"
    }

    assert versions == {token}


def test_a_deleted_secret_can_be_restored_until_it_is_gone(simulation: SyncSimulation, client: Any) -> None:
    """The window is thirty days unless one says otherwise."""
    client.create_secret(Name="s", SecretString="one")
    client.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    simulation.advance("6 days")
    client.restore_secret(SecretId="s")
    restored = value(client)

    client.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    simulation.advance("7 days")

    assert restored == "one"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_secret(SecretId="s")


def test_bytes_are_bytes(client: Any) -> None:
    """A binary secret comes back as it went."""
    client.create_secret(Name="s", SecretBinary=b"\x00\xff")

    assert client.get_secret_value(SecretId="s")["SecretBinary"] == b"\x00\xff"


def test_a_password_has_one_of_each_kind_and_follows_from_the_seed() -> None:
    """And holds nothing that was excluded."""
    passwords = []
    for _ in range(2):
        with SyncSimulation(seed=7) as simulation:
            asked = {"PasswordLength": 12, "ExcludePunctuation": True, "ExcludeCharacters": "abc"}
            passwords.append(str(simulation.request("secretsmanager", "GetRandomPassword", asked)["RandomPassword"]))
        simulation.trace.close()

    assert passwords[0] == passwords[1]
    assert len(passwords[0]) == 12
    assert passwords[0].isalnum()
    assert not set("abc") & set(passwords[0])


def test_secrets_are_listed_by_filters(client: Any) -> None:
    """Values of a filter are beginnings; `!` turns one around; those marked for deletion are left out."""
    for name in ("shop/a", "shop/b", "other"):
        client.create_secret(Name=name, SecretString="x", Tags=[{"Key": "team", "Value": name[0]}])
    client.delete_secret(SecretId="shop/b")

    def names(**asked: Any) -> list[str]:
        return [each["Name"] for each in client.list_secrets(**asked)["SecretList"]]

    assert names() == ["other", "shop/a"]
    assert names(Filters=[{"Key": "name", "Values": ["shop"]}], IncludePlannedDeletion=True) == ["shop/a", "shop/b"]
    assert names(Filters=[{"Key": "tag-value", "Values": ["!s"]}]) == ["other"]
    everything = [{"Key": "all", "Values": ["P TE"]}]
    assert (names(Filters=[{"Key": "name", "Values": ["Shop"]}]), names(Filters=everything)) == ([], ["shop/a"])
    found = client.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["shop"]}])
    assert ([each["Name"] for each in found["SecretValues"]], found["Errors"]) == (["shop/a"], [])
    values = client.batch_get_secret_value(SecretIdList=["other", "none"])
    assert [each["SecretString"] for each in values["SecretValues"]] == ["x"]
    assert [each["SecretId"] for each in values["Errors"]] == ["none"]


def test_of_a_read_only_the_day_is_told(simulation: SyncSimulation, client: Any) -> None:
    """Of a secret and of its version; a version also tells by which key it is encrypted."""
    client.create_secret(Name="s", SecretString="one")
    before = client.describe_secret(SecretId="s")
    simulation.advance("30h")
    value(client)

    (version,) = client.list_secret_version_ids(SecretId="s")["Versions"]

    assert "LastAccessedDate" not in before
    assert client.describe_secret(SecretId="s")["LastAccessedDate"].isoformat() == "2026-01-02T00:00:00+00:00"
    assert (version["LastAccessedDate"].hour, version["KmsKeyIds"]) == (0, ["DefaultEncryptionKey"])


def test_a_secret_without_a_value_has_no_versions(client: Any) -> None:
    """Nothing is told of them, and none can be read."""
    client.create_secret(Name="s")

    assert "VersionIdsToStages" not in client.describe_secret(SecretId="s")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="staging label: AWSCURRENT"):
        value(client)


def test_secrets_are_listed_in_the_order_asked_for(simulation: SyncSimulation, client: Any) -> None:
    """By the date of their creation, unless one says otherwise."""
    for name in ("z", "a"):
        client.create_secret(Name=name, SecretString="x")
        simulation.advance("1s")

    def names(**asked: Any) -> list[str]:
        return [each["Name"] for each in client.list_secrets(**asked)["SecretList"]]

    assert (names(), names(SortOrder="desc"), names(SortBy="name")) == (["z", "a"], ["a", "z"], ["a", "z"])


def test_a_secret_is_made_once_by_one_token(client: Any) -> None:
    """The same request once more is answered as the first; other content under the token is refused."""
    asked = {"Name": "s", "ClientRequestToken": "t" * 32}
    arns = {client.create_secret(SecretString="one", **asked)["ARN"] for _ in "ab"}

    with pytest.raises(ClientError, match="that value is already in use for a version of secret"):
        client.create_secret(SecretString="two", **asked)

    assert len(arns) == 1


def test_a_resource_policy_is_kept(client: Any) -> None:
    """It is given back; nobody's permissions follow from it."""
    client.create_secret(Name="s", SecretString="x")
    client.put_resource_policy(SecretId="s", ResourcePolicy='{"Statement": []}')
    kept = client.get_resource_policy(SecretId="s")["ResourcePolicy"]

    client.delete_resource_policy(SecretId="s")

    assert kept == '{"Statement": []}'
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId="s")
    assert client.validate_resource_policy(ResourcePolicy=kept)["PolicyValidationPassed"]
    assert not client.validate_resource_policy(ResourcePolicy="{}")["PolicyValidationPassed"]


REFUSALS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "none of this name": (
        lambda c: c.get_secret_value(SecretId="x"),
        "Secrets Manager can't find the specified secret.",
    ),
    "a name that is taken": (lambda c: c.create_secret(Name="s", SecretString="x"), "the secret s already exists"),
    "no such stage": (lambda c: c.get_secret_value(SecretId="s", VersionStage="MINE"), "staging label: MINE"),
    "no value": (lambda c: c.put_secret_value(SecretId="s"), "You must provide either SecretString or SecretBinary"),
    "marked for deletion": (
        lambda c: [c.delete_secret(SecretId="s"), c.get_secret_value(SecretId="s")],
        "it was marked for deletion",
    ),
    "a name that is none": (lambda c: c.create_secret(Name="a b", SecretString="x"), "Invalid name. Must be a valid"),
    "a stage that another version has": (
        lambda c: c.update_secret_version_stage(
            SecretId="s",
            VersionStage="AWSCURRENT",
            MoveToVersionId=c.put_secret_value(SecretId="s", SecretString="x", VersionStages=["NEW"])["VersionId"],
        ),
        "you must explicitly reference that version in RemoveFromVersionId",
    ),
    "no current version": (
        lambda c: c.update_secret_version_stage(
            SecretId="s",
            VersionStage="AWSCURRENT",
            RemoveFromVersionId=c.get_secret_value(SecretId="s")["VersionId"],
        ),
        "You can only move staging label AWSCURRENT to a different secret version.",
    ),
    "a filter without values": (lambda c: c.list_secrets(Filters=[{"Key": "name"}]), "a Key and Values"),
    "a tag without a key": (lambda c: c.tag_resource(SecretId="s", Tags=[{"Value": "v"}]), "Each tag has a Key"),
    "neither names nor filters": (lambda c: c.batch_get_secret_value(), "You must include Filters or SecretIdList"),
    "a page that is none": (lambda c: c.list_secrets(NextToken="x"), "InvalidNextTokenException"),
    "a policy that is none": (
        lambda c: c.put_resource_policy(SecretId="s", ResourcePolicy="x"),
        "MalformedPolicyDocumentException",
    ),
    "replicas": (
        lambda c: c.create_secret(Name="r", SecretString="x", AddReplicaRegions=[{"Region": "eu-west-1"}]),
        r"secretsmanager\.CreateSecret: AddReplicaRegions is not simulated\. Leave it out, or .* simulation\.stub\(",
    ),
    "a rotation by nobody": (
        lambda c: c.rotate_secret(SecretId="s"),
        "No Lambda rotation function ARN is associated with this secret.",
    ),
    "a rotation by a function that is not there": (
        lambda c: c.rotate_secret(SecretId="s", RotationLambdaARN="arn:aws:lambda:us-east-1:123456789012:function:f"),
        "Secrets Manager cannot invoke the specified Lambda function.",
    ),
    "a window that is too short": (
        lambda c: c.delete_secret(SecretId="s", RecoveryWindowInDays=3),
        "between 7 and 30 days",
    ),
    "no window at all": (lambda c: c.delete_secret(SecretId="s", RecoveryWindowInDays=0), "between 7 and 30 days"),
    "a window without recovery": (
        lambda c: c.delete_secret(SecretId="s", RecoveryWindowInDays=0, ForceDeleteWithoutRecovery=True),
        "can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays",
    ),
}


@pytest.mark.parametrize(("ask", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_in_aws_words(client: Any, ask: Callable[[Any], Any], message: str) -> None:
    """Code and message are those that programs look for."""
    client.create_secret(Name="s", SecretString="one")

    with pytest.raises(ClientError, match=message):
        ask(client)
