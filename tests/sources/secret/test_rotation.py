"""How is a secret rotated? By a function that is called for each step, at once and again when it is time."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk

ROTATES = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


class Rotator:
    """A function as people write it after AWS's template; it notes its steps, and fails where it is told to."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.fails_at = ""

    def __call__(self, event: Any, context: Any) -> None:
        client: Any = sdk.client("secretsmanager")
        token, secret = event["ClientRequestToken"], event["SecretId"]
        self.steps.append(event["Step"])
        if event["Step"] == self.fails_at:
            raise ValueError("the door is stuck")
        stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
        if event["Step"] == "createSecret":
            assert stages[token] == ["AWSPENDING"]
            text = f"rotated {self.steps.count('createSecret')}"
            client.put_secret_value(
                SecretId=secret, ClientRequestToken=token, SecretString=text, VersionStages=["AWSPENDING"]
            )
        if event["Step"] == "finishSecret":
            (current,) = (version for version, labels in stages.items() if "AWSCURRENT" in labels)
            client.update_secret_version_stage(
                SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
            )


@pytest.fixture
def rotator() -> Rotator:
    return Rotator()


@pytest.fixture
def simulation(rotator: Rotator) -> Iterator[SyncSimulation]:
    with SyncSimulation() as simulation:
        simulation.add_function("rotate", rotator)
        yield simulation


@pytest.fixture
def client(simulation: SyncSimulation) -> Any:
    client: Any = sdk.client("secretsmanager")
    client.create_secret(Name="s", SecretString="first")
    return client


def value(client: Any) -> Any:
    return client.get_secret_value(SecretId="s")["SecretString"]


def test_a_secret_is_rotated_step_by_step(simulation: SyncSimulation, client: Any, rotator: Rotator) -> None:
    """The version has `AWSPENDING` before the first step, and is the current one after the last."""
    answered = client.rotate_secret(SecretId="s", RotationLambdaARN=ROTATES)
    simulation.until_idle()

    described = client.describe_secret(SecretId="s")
    assert rotator.steps == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert value(client) == "rotated 1"
    assert "AWSCURRENT" in described["VersionIdsToStages"][answered["VersionId"]]
    assert (described["RotationEnabled"], described["RotationLambdaARN"]) == (True, ROTATES)
    assert "LastRotatedDate" in described


@pytest.mark.parametrize("rules", [{"AutomaticallyAfterDays": 2}, {"ScheduleExpression": "rate(2 days)"}], ids=str)
def test_a_secret_is_rotated_again_when_it_is_time(
    simulation: SyncSimulation, client: Any, rules: dict[str, Any]
) -> None:
    """An interval counts from the rotation before; it keeps no run from being idle."""
    client.rotate_secret(SecretId="s", RotationLambdaARN=ROTATES, RotationRules=rules)
    simulation.until_idle()
    first = value(client)

    simulation.advance("5d")

    assert (first, value(client)) == ("rotated 1", "rotated 3")


def test_a_rotation_may_wait_for_its_time(simulation: SyncSimulation, client: Any, rotator: Rotator) -> None:
    """Without `RotateImmediately` the function only tests the value that there is."""
    client.rotate_secret(
        SecretId="s",
        RotationLambdaARN=ROTATES,
        RotationRules={"AutomaticallyAfterDays": 1},
        RotateImmediately=False,
    )
    simulation.until_idle()
    before = list(rotator.steps), value(client)

    simulation.advance("1d")
    simulation.until_idle()

    assert (before, value(client)) == ((["testSecret"], "first"), "rotated 1")


def test_a_step_that_fails_ends_a_rotation(simulation: SyncSimulation, client: Any, rotator: Rotator) -> None:
    """The version stays pending, the secret is as it was, and another rotation is refused until that is mended."""
    rotator.fails_at = "setSecret"
    client.rotate_secret(SecretId="s", RotationLambdaARN=ROTATES)
    simulation.until_idle()

    with pytest.raises(ClientError, match="A previous rotation isn't complete"):
        client.rotate_secret(SecretId="s")

    told = [entry.detail for entry in simulation.trace.entries(["secret rotation failed"])]
    assert (rotator.steps, value(client)) == (["createSecret", "setSecret"], "first")
    assert told == [{"step": "setSecret", "reason": "ValueError: the door is stuck"}]


def test_a_cancelled_rotation_is_not_repeated(simulation: SyncSimulation, client: Any) -> None:
    """Of what has begun, no further step is done; who rotated is still told, and does so when asked again."""
    rules = {"AutomaticallyAfterDays": 1}
    client.rotate_secret(SecretId="s", RotationLambdaARN=ROTATES, RotationRules=rules)
    token = client.cancel_rotate_secret(SecretId="s")["VersionId"]
    simulation.advance("3d")
    before, cancelled = value(client), client.describe_secret(SecretId="s")

    client.update_secret_version_stage(SecretId="s", VersionStage="AWSPENDING", RemoveFromVersionId=token)
    client.rotate_secret(SecretId="s")
    simulation.until_idle()

    assert (before, value(client)) == ("first", "rotated 2")
    assert cancelled["RotationEnabled"] is False
    assert (cancelled["RotationLambdaARN"], cancelled["RotationRules"]) == (ROTATES, rules)
    assert client.describe_secret(SecretId="s")["RotationEnabled"] is True


def test_a_secret_is_rotated_when_the_calendar_says_so(simulation: SyncSimulation, client: Any) -> None:
    """By an expression like those of rules, in UTC."""
    rules = {"ScheduleExpression": "cron(0 8 1 * ? *)"}
    client.rotate_secret(SecretId="s", RotationLambdaARN=ROTATES, RotationRules=rules, RotateImmediately=False)
    simulation.until_idle()
    next_date = client.describe_secret(SecretId="s")["NextRotationDate"]

    simulation.advance("32d")

    assert next_date.isoformat() == "2026-01-01T08:00:00+00:00"
    assert value(client) == "rotated 2"


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "two rhythms": (
        {"RotationRules": {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}},
        "You can't specify both",
    ),
    "no rhythm": ({"RotationRules": {"ScheduleExpression": "cron(0 8 * * * *)"}}, "exactly one of day-of-month"),
    "a rhythm of minutes": ({"RotationRules": {"ScheduleExpression": "rate(5 minutes)"}}, "Invalid ScheduleExpression"),
}


@pytest.mark.parametrize(("asked", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_rotation_that_cannot_be_is_refused(client: Any, asked: dict[str, Any], message: str) -> None:
    """Nothing is set up, and the words say why."""
    with pytest.raises(ClientError, match=message):
        client.rotate_secret(SecretId="s", RotationLambdaARN=ROTATES, **asked)

    assert "RotationEnabled" not in client.describe_secret(SecretId="s")
