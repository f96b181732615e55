"""When items end, and what is told of it."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

NewTable = Callable[..., Any]
START = 1_767_225_600
"""When the run begins, in seconds since 1970."""


def names(table: Any) -> set[str]:
    """Return the names of the items that are there."""
    return {item["id"] for item in table.scan()["Items"]}


def test_an_item_is_deleted_after_its_time(world: SyncSimulation, new_table: NewTable) -> None:
    """A moment later; until then it is read as ever."""
    table = new_table(ttl="ends", stream="old_image")
    table.put_item(Item={"id": "a", "ends": START + 60})

    world.advance(60)
    at_its_end = names(table)
    world.advance(1)

    stream = world.sources("table streams")["orders"]
    (shard,) = stream.shards()  # type: ignore[attr-defined]  # a stream
    record = stream.records(stream.read(shard.identifier, 0, 10))[-1]  # type: ignore[attr-defined]  # a stream
    assert (at_its_end, names(table)) == ({"a"}, set())
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert list(record)[-2:] == ["userIdentity", "eventSourceARN"]
    numbers = world.numbers("tables", "orders")
    assert numbers is not None
    assert (numbers["expired"], numbers["deleted"]) == (1, 0)


def test_the_delay_is_a_setting(world: SyncSimulation, new_table: NewTable) -> None:
    """AWS takes up to some days."""
    table = new_table(ttl="ends", ttl_delay="2 days")
    table.put_item(Item={"id": "a", "ends": START + 60})

    world.advance("2 days")
    before = names(table)
    world.advance("1 minute")

    assert (before, names(table)) == ({"a"}, set())


def test_an_item_that_lives_long_keeps_no_run_from_ending(world: SyncSimulation, new_table: NewTable) -> None:
    """The run is idle now, not in a year."""
    table = new_table(ttl="ends")
    table.put_item(Item={"id": "a", "ends": START + 365 * 86_400})

    world.until_idle()

    assert world.now_s == 0
    assert names(table) == {"a"}


def test_an_item_that_is_written_anew_has_another_end(world: SyncSimulation, new_table: NewTable) -> None:
    """Or none, if it has no time any more."""
    table = new_table(ttl="ends")
    for name in ("later", "never", "as it was"):
        table.put_item(Item={"id": name, "ends": START + 60})
    table.put_item(Item={"id": "later", "ends": START + 120})
    table.update_item(Key={"id": "never"}, UpdateExpression="REMOVE ends")

    world.advance(90)
    between = names(table)
    world.advance(90)

    assert between == {"later", "never"}
    assert names(table) == {"never"}


@pytest.mark.parametrize(
    "ends", [str(START), START - 6 * 365 * 86_400, [START], None], ids=["text", "too old", "list", "null"]
)
def test_what_is_no_end_ends_nothing(world: SyncSimulation, new_table: NewTable, ends: Any) -> None:
    """Only numbers count, and none that lies more than five years back."""
    table = new_table(ttl="ends")
    table.put_item(Item={"id": "a", "ends": ends})

    world.advance("3 days")

    assert names(table) == {"a"}


def test_time_to_live_is_switched_on_and_off(world: SyncSimulation, new_table: NewTable, dynamodb: Any) -> None:
    """Switched on, it counts for the items that are there."""
    table = new_table(items=[{"id": "a", "ends": START + 60}, {"id": "b", "ends": START + 600}])

    def switch(attribute: str, is_on: bool) -> None:
        dynamodb.update_time_to_live(
            TableName="orders", TimeToLiveSpecification={"AttributeName": attribute, "Enabled": is_on}
        )

    with pytest.raises(ClientError, match="TimeToLive is already disabled"):
        switch("ends", is_on=False)
    switch("ends", is_on=True)
    with pytest.raises(ClientError, match="TimeToLive is already enabled"):
        switch("ends", is_on=True)
    with pytest.raises(ClientError, match="TimeToLive is active on a different AttributeName"):
        switch("other", is_on=True)
    told = dynamodb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    world.advance(100)
    switch("ends", is_on=False)
    world.advance(1_000)

    assert told == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
    assert names(table) == {"b"}
