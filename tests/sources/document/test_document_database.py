"""How does a function get the changes of DocumentDB? One batch after another, in the order in which they were made."""

from typing import Any

import pytest

from eventsim import ApiError, ConfigurationError, SyncSimulation


class Audit:
    """A function that notes the changes it is given, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.failures = 0

    def __call__(self, event: Any, context: Any) -> None:
        self.events.append(event)
        if self.failures:
            self.failures -= 1
            raise ValueError("no")

    @property
    def changes(self) -> list[list[dict[str, Any]]]:
        """Return what was in each batch."""
        return [[each["event"] for each in event["events"]] for event in self.events]


@pytest.fixture
def audit(world: SyncSimulation) -> Audit:
    """Return a function beside a cluster."""
    function = Audit()
    world.add_source("document_databases", "docs")
    world.add_function("audit", handler=function)
    return function


def mapped(world: SyncSimulation, **settings: Any) -> None:
    world.add_mapping(source="docs", function="audit", **{"collection": "shop.orders", **settings})
    world.until_idle()


def test_an_insert_brings_the_document(audit: Audit, world: SyncSimulation) -> None:
    """The event is Lambda's; an id is made for a document without one."""
    mapped(world)
    identifier = world.change("shop.orders", "insert", {"total": 5})
    world.until_idle()

    (event,) = audit.events
    ((change,),) = audit.changes
    assert list(event) == ["eventSourceArn", "events", "eventSource"]
    assert (event["eventSource"], event["eventSourceArn"]) == (
        "aws:docdb",
        "arn:aws:rds:us-east-1:123456789012:cluster:docs",
    )
    assert isinstance(identifier, dict)
    assert len(identifier["$oid"]) == 24
    assert change == {
        "_id": {"_data": "016955b900000000010100000001000041e1"},
        "clusterTime": {"$timestamp": {"t": 1767225600, "i": 1}},
        "documentKey": {"_id": identifier},
        "fullDocument": {"_id": identifier, "total": 5},
        "ns": {"db": "shop", "coll": "orders"},
        "operationType": "insert",
    }


@pytest.mark.parametrize("is_whole", [False, True])
def test_an_update_tells_what_it_set(audit: Audit, world: SyncSimulation, is_whole: bool) -> None:
    """The whole document is there if it is asked for; of a deleted one only the id is left."""
    mapped(world, full_document=is_whole)
    for operation, document in (("insert", {"total": 5, "paid": False}), ("update", {"paid": True}), ("delete", {})):
        world.change("shop.orders", operation, {"_id": "o1", **document})
    world.until_idle()

    ((_, updated, deleted),) = audit.changes
    assert updated["updateDescription"] == {"removedFields": [], "updatedFields": {"paid": True}}
    assert updated.get("fullDocument") == ({"_id": "o1", "total": 5, "paid": True} if is_whole else None)
    assert (deleted["documentKey"], "fullDocument" in deleted) == ({"_id": "o1"}, False)


def test_a_mapping_reads_a_collection_or_a_whole_database(audit: Audit, world: SyncSimulation) -> None:
    """What lies elsewhere is none of its business."""
    mapped(world)
    whole = Audit()
    world.add_function("whole", handler=whole)
    world.add_mapping(source="docs", collection="shop", function="whole")
    world.until_idle()
    for collection in ("shop.orders", "shop.customers", "bank.orders"):
        world.change(collection, "insert", {"_id": 1})
    world.until_idle()

    assert [[change["ns"]["coll"] for change in batch] for batch in audit.changes] == [["orders"]]
    assert [[change["ns"]["coll"] for change in batch] for batch in whole.changes] == [["orders", "customers"]]


def test_batches_follow_one_another(audit: Audit, world: SyncSimulation) -> None:
    """One that fails is tried again before anything else (documented)."""
    mapped(world, batch_size=1, batching_window=0)
    audit.failures = 2
    for number in range(3):
        world.change("shop.orders", "insert", {"_id": number})
    world.until_idle()

    assert [change["documentKey"]["_id"] for (change,) in audit.changes] == [0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("settings", "seen"),
    [
        ({}, [2]),
        ({"starting_position": "TRIM_HORIZON"}, [1, 2]),
        ({"starting_position": "AT_TIMESTAMP", "starting_at": "2026-01-01T03:30:00Z"}, [2]),
    ],
)
def test_it_begins_where_it_is_told_to(
    audit: Audit, world: SyncSimulation, settings: dict[str, str], seen: list[int]
) -> None:
    """After the newest change unless told otherwise; what is older than three hours is gone."""
    world.change("shop.orders", "insert", {"_id": 0})
    world.advance("3 hours")
    world.change("shop.orders", "insert", {"_id": 1})
    world.advance("1 hour")
    mapped(world, **settings)
    world.change("shop.orders", "insert", {"_id": 2})
    world.until_idle()

    assert [change["documentKey"]["_id"] for batch in audit.changes for change in batch] == seen


def test_a_filter_sees_the_change(audit: Audit, world: SyncSimulation) -> None:
    """As it stands in the event."""
    mapped(world, filters=[{"event": {"operationType": ["delete"]}}])
    world.change("shop.orders", "insert", {"_id": 1})
    world.change("shop.orders", "delete", {"_id": 1})
    world.until_idle()

    assert [[change["operationType"] for change in batch] for batch in audit.changes] == [["delete"]]


def test_changes_are_made_to_what_is_there(audit: Audit, world: SyncSimulation) -> None:
    """A document is inserted once, and changed as long as it is there."""
    world.change("shop.orders", "insert", {"_id": 1})

    with pytest.raises(ApiError, match="is a document already"):
        world.change("shop.orders", "insert", {"_id": 1})
    with pytest.raises(ApiError, match="There is no document with the _id 2"):
        world.change("shop.orders", "update", {"_id": 2})
    with pytest.raises(ApiError, match="is no change"):
        world.change("orders", "insert", {})
    with pytest.raises(ConfigurationError, match="there is no document database 'doc'; did you mean `docs`"):
        world.change("shop.orders", "insert", {}, database="doc")
    with pytest.raises(ConfigurationError, match="1 hour to 7 days"):
        world.add_source("document_databases", "short", retention="1 minute")
    assert world.numbers("document_databases", "docs") == {"changes": 1, "documents": 1}
