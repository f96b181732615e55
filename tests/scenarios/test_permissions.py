"""Does a run change when somebody only looks at permissions? It tells of them, and all else stays as it was."""

import contextlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from docs.update.recorded import SCENARIOS
from eventsim import SyncSimulation
from eventsim.cli.one_run import perform, world_of
from eventsim.scenario.load import load
from eventsim.trace import Entry, Trace

FOLDER = SCENARIOS[0].parent
NAMES = [
    *("alarm_on_a_rule", "archive_and_replay", "batching_windows", "bisect_the_poison", "durable_order", "fan_out"),
    *("fifo_accounts", "missing_permission", "orders_api", "orders_from_kafka", "refund_workflow", "stale_secret"),
    *("table_to_audit_log", "thumbnails", "topic_to_fifo_queues"),
]
"""One of each kind of source."""
OF_PERMISSIONS = frozenset(("logs lost", "permission missing", "permissions unknown", "polling refused"))
ROLE_ARN = "arn:aws:iam::123456789012:role/worker"


def run(name: str, permissions: Any) -> Trace:
    """Run a scenario and return what happened."""
    scenario = load(FOLDER / f"{name}.yaml")
    world = world_of(scenario, None, permissions)
    perform(scenario, world, contextlib.nullcontext())
    return world.trace


def others(trace: Trace) -> Iterator[tuple[Any, ...]]:
    """Yield what has happened besides what is said of permissions, numbered as if that were not there."""
    numbers = {0: 0}
    for entry in trace.entries():
        if entry.kind not in OF_PERMISSIONS:
            numbers[entry.number] = len(numbers)
            yield (
                entry.at_us,
                entry.kind,
                entry.subject,
                entry.place,
                numbers[entry.cause],
                entry.value,
                told(entry, numbers),
            )


def told(entry: Entry, numbers: dict[int, int]) -> object:
    """Return the detail of an entry; a batch names the entries of what is in it."""
    detail = entry.detail
    if isinstance(detail, dict) and "received" in detail:
        return {**detail, "received": [numbers[number] for number in detail["received"]]}
    return detail


@pytest.mark.parametrize("name", NAMES)
def test_who_only_looks_changes_nothing(name: str) -> None:
    """What calls need is noted beside the trace; what they lack is told in entries of its own."""
    ignored, noted, told_of = (run(name, permissions) for permissions in ("ignored", "noted", "told"))

    assert noted.digest() == ignored.digest()
    assert list(others(told_of)) == list(others(ignored))


def use_moto(_event: Any, _context: object) -> str:
    iam = boto3.client("iam")
    return str(iam.create_user(UserName="ann")["User"]["UserId"])


def outcome(permissions: Any) -> list[Any]:
    """Return what a world tells in which luck is drawn here and at moto's, by a function whose role moto keeps."""
    with SyncSimulation(seed=3, permissions=permissions) as world:
        world.add_function("other", use_moto)
        world.add_function("use", use_moto)
        world.services.lambda_api.echo("use", {"Role": ROLE_ARN})
        user_id = world.invoke("use")
        world.request("iam", "CreateRole", {"RoleName": "worker", "AssumeRolePolicyDocument": '{"Statement": []}'})
        other: Any = world.request("lambda", "GetFunction", {"FunctionName": "other"})
        drawn: Any = world.request(
            "iam", "CreateRole", {"RoleName": "later", "AssumeRolePolicyDocument": '{"Statement": []}'}
        )
        return [user_id, other["Configuration"]["RevisionId"], drawn["Role"]["RoleId"]]


@pytest.mark.parametrize("permissions", ["noted", "told"])
def test_who_only_looks_draws_no_luck(permissions: str) -> None:
    """Neither that of ids here nor moto's."""
    assert outcome(permissions) == outcome("ignored")


def test_a_role_of_the_lambda_api_has_no_effect_where_needs_are_noted() -> None:
    """The trace says so as it does without."""
    archive, digests = io.BytesIO(), []
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.py", "def b(event, context):\n    return 1\n")
    for permissions in ("ignored", "noted"):
        with SyncSimulation(permissions=permissions) as world:  # type: ignore[arg-type]  # one of them
            given = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": ROLE_ARN}
            world.request("lambda", "CreateFunction", {**given, "Code": {"ZipFile": archive.getvalue()}})
            digests.append(world.trace.digest())

    assert digests[0] == digests[1]
