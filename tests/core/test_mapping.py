"""What ties a polled source to a function: creation, states, changes."""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim.errors import ApiError
from eventsim.limits import MAPPING_TRANSITION_US
from eventsim.mapping.mapping import State
from eventsim.mapping.spec import MappingSpec

Build = Callable[..., Any]


def spec(**settings: Any) -> MappingSpec:
    """Describe a mapping from the pile to the function."""
    return MappingSpec(source=settings.pop("source", "pile"), function=settings.pop("function", "f"), **settings)


@pytest.mark.parametrize(
    ("settings", "code", "status", "message"),
    [
        ({"source": "nowhere"}, "InvalidParameterValueException", 400, "Unrecognized event source."),
        (
            {"source": "arn:aws:sqs:us-east-1:123456789012:gone"},
            "InvalidParameterValueException",
            400,
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist.",
        ),
        ({"function": "g"}, "InvalidParameterValueException", 400, "Function does not exist"),
        ({"qualifier": "live"}, "ResourceNotFoundException", 404, "Function not found: "),
        ({"batch_size": 0}, "InvalidParameterValueException", 400, "1 validation error detected: "),
    ],
    ids=["no source", "no queue", "no function", "no alias", "bad setting"],
)
def test_aws_refuses_what_cannot_be(
    build: Build, settings: dict[str, Any], code: str, status: int, message: str
) -> None:
    """The same code and words (recorded)."""
    world = build()
    world.add()
    world.pile()

    with pytest.raises(ApiError) as caught:
        world.mappings.create("m", spec(**settings))

    assert (caught.value.code, caught.value.status) == (code, status)
    assert caught.value.message.startswith(message)


def test_the_same_mapping_twice_is_a_conflict(build: Build) -> None:
    """409, with the UUID of the other (recorded)."""
    world = build()
    world.add()
    pile = world.pile()
    first = world.mappings.create("m", spec())

    with pytest.raises(ApiError) as caught:
        world.mappings.create("n", spec())

    assert (caught.value.code, caught.value.status) == ("ResourceConflictException", 409)
    assert caught.value.message == (
        f'An event source mapping with SQS arn (" {pile.arn} ") and function (" f ") already exists. '
        f"Please update or delete the existing mapping with UUID {first.uuid}"
    )


def test_an_unknown_mapping_is_not_found(build: Build) -> None:
    """404 (recorded)."""
    with pytest.raises(ApiError, match="The resource you requested does not exist") as caught:
        build().mappings["no-such-uuid"]

    assert caught.value.status == 404


def test_a_mapping_is_created_then_enabled(build: Build) -> None:
    """It takes nothing before, and the trace tells when it begins."""
    world = build()
    world.add()
    world.pile().put("a")

    mapping = world.mappings.create("m", spec())
    at_first = mapping.state
    world.run()

    assert (at_first, mapping.state) == (State.CREATING, State.ENABLED)
    (entry,) = world.told("mapping changed")
    assert (entry.at_us, entry.detail) == (MAPPING_TRANSITION_US, {"state": "Enabled"})
    assert len(world.told("received")) == 1


def test_a_disabled_mapping_is_disabled_at_once(build: Build) -> None:
    """The response to its creation says so already (documented)."""
    world = build()
    world.add()
    world.pile().put("a")

    mapping = world.mappings.create("m", spec(enabled=False))
    world.run()

    assert mapping.state is State.DISABLED
    assert world.told("received") == []


@pytest.mark.parametrize(
    ("change", "during", "after"),
    [
        (lambda mapping: mapping.disable(), State.DISABLING, State.DISABLED),
        (lambda mapping: mapping.enable(), State.ENABLING, State.ENABLED),
        (lambda mapping: mapping.update(spec(batch_size=1)), State.UPDATING, State.ENABLED),
        (lambda mapping: mapping.update(spec(enabled=False)), State.UPDATING, State.DISABLED),
        (lambda mapping: mapping.delete(), State.DELETING, State.DELETED),
    ],
    ids=["disable", "enable", "update", "update to disabled", "delete"],
)
def test_a_change_takes_its_time_and_lets_no_other_in(
    build: Build, change: Callable[[Any], None], during: State, after: State
) -> None:
    """Meanwhile any other change is refused (documented)."""
    world = build()
    world.add()
    world.pile()
    mapping = world.mappings.create("m", spec())
    world.run()

    change(mapping)
    at_first = mapping.state
    with pytest.raises(ApiError, match="because it is in use") as caught:
        mapping.delete()
    world.run()

    assert caught.value.code == "ResourceInUseException"
    assert (at_first, mapping.state) == (during, after)


def test_a_change_that_takes_no_time_is_seen_at_once(build: Build) -> None:
    """Whoever looks a mapping up sees what it has become; it begins to take in a step of its own."""
    world = build()
    world.add()
    world.pile().put("a")
    uuid = world.mappings.create("m", spec()).uuid

    state = world.mappings[uuid].state
    received = len(world.told("received"))
    world.run()

    assert (state, received, len(world.told("received"))) == (State.ENABLED, 0, 1)
    assert len(world.told("mapping changed")) == 1


def test_a_function_may_vanish_while_its_mapping_is_created(build: Build) -> None:
    """The mapping goes on without it: what it takes comes back."""
    world = build()
    world.add()
    world.pile().put("a")
    world.mappings.create("m", spec())

    world.functions.remove("f")
    world.run(1)

    assert len(world.told("not invoked")) == 1


def test_a_deleted_mapping_is_gone(build: Build) -> None:
    """It takes nothing more, and another may take its place."""
    world = build()
    world.add()
    pile = world.pile()
    mapping = world.mappings.create("m", spec())
    world.run()
    mapping.delete()
    world.run()

    pile.put("a")
    world.run()

    assert list(world.mappings) == []
    assert len(pile.messages) == 1
    world.mappings.create("m", spec())


def test_an_update_changes_how_messages_are_taken(build: Build) -> None:
    """Batches of one from now on."""
    world = build()
    world.add()
    pile = world.pile()
    mapping = world.mappings.create("m", spec())
    world.run()

    mapping.update(spec(batch_size=1))
    for body in "ab":
        pile.put(body)
    world.run()

    assert mapping.spec.batch_size == 1
    assert [entry.value for entry in world.told("batched")] == [1, 1]


def test_an_update_out_of_bounds_is_refused(build: Build) -> None:
    """The mapping stays as it was."""
    world = build()
    world.add()
    world.pile()
    mapping = world.mappings.create("m", spec())
    world.run()

    with pytest.raises(ApiError, match="batch window"):
        mapping.update(spec(batch_size=20))

    assert mapping.state is State.ENABLED
