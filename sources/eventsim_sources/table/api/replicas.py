"""Replicas of a table in other regions: made, changed and dropped by `UpdateTable`, alike in what AWS keeps alike."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from eventsim import Request
from eventsim_sources.table import errors
from eventsim_sources.table.limits import REPLICA_SOURCE_US
from eventsim_sources.table.settings import Settings
from eventsim_sources.table.source import Table
from eventsim_sources.without_effect import not_simulated

Updates = Sequence[Mapping[str, Any]]

_VIEW: Final = "NEW_AND_OLD_IMAGES"
"""What streams of replicas show: it is by them that AWS replicates."""
_STATUSES: Final = {"Create": "CREATING", "Update": "UPDATING", "Delete": "DELETING"}
_NOT_SIMULATED: Final = ("ProvisionedThroughputOverride", "OnDemandThroughputOverride", "GlobalSecondaryIndexes")


def check_replicas(request: Request, table: Table, view_type: str | None) -> None:
    """See whether an update suits the replicas that a table has, and those that it shall get.

    Args:
        view_type: what the table's stream shall show: "" for no stream, None if it stays as it is.

    Raises:
        ApiError: it does not.
    """
    parameters: Any = request.parameters
    if parameters.get("MultiRegionConsistency") == "STRONG":
        raise not_simulated(request, "MultiRegionConsistency STRONG", why="replicas follow one another")
    updates: Updates = parameters.get("ReplicaUpdates") or ()
    for update in updates:
        _check_update(request, table, update)
    if not table.replication.made_at_us and not any(update.get("Create") for update in updates):
        return
    if (parameters.get("BillingMode") or table.settings.billing_mode) != "PAY_PER_REQUEST":
        raise errors.invalid("Table write capacity should either be Pay-Per-Request or AutoScaled.")
    shown = (table.stream.view_type if table.stream else _VIEW) if view_type is None else view_type
    if shown != _VIEW:
        raise errors.invalid(f"The stream of a table with replicas must be enabled and show {_VIEW}")  # unconfirmed


def _check_update(request: Request, table: Table, update: Mapping[str, Any]) -> None:
    if update.get("Disassociate") is not None:
        raise not_simulated(request, "ReplicaUpdates Disassociate")
    actions = [action for action in _STATUSES if update.get(action)]
    if len(actions) != 1:
        raise errors.parameters_invalid("One of Create, Update or Delete must be specified")  # unconfirmed words
    asked = update[actions[0]]
    for name in _NOT_SIMULATED:
        if asked.get(name) is not None:
            raise not_simulated(request, f"ReplicaUpdates {name}")
    region, world = asked["RegionName"], table.world
    if region == world.region:
        raise errors.invalid(
            "Cannot add, delete, or update the local region through ReplicaUpdates. "
            "Use CreateTable, DeleteTable, or UpdateTable as required."
        )
    if actions == ["Create"]:
        _check_place(request, table, region)
    elif region not in table.replication.made_at_us:
        raise errors.invalid(
            "Replica specified in the Replica Update or Replica Delete action of the request was not found"
        )
    other = table.elsewhere(region)
    if actions == ["Delete"] and other is not None:
        check_deletion(other)


def _check_place(request: Request, table: Table, region: str) -> None:
    """See that a replica can be made in a region."""
    if table.world.neighbour(table.world.account_id, region, begins=True) is None:
        reason = "a simulation has one region; `eventsim serve` keeps a world for each"
        raise not_simulated(request, "ReplicaUpdates", why=reason)
    if table.elsewhere(region) is not None:
        raise errors.invalid(
            f"Failed to create a the new replica of table with name: '{table.name}' because one or more replicas "
            "already existed as tables."
        )


def update_replicas(table: Table, updates: Updates) -> dict[str, str]:
    """Make, change and drop replicas; return what each of them is about, by its region."""
    about: dict[str, str] = {}
    for update in updates:
        ((action, asked),) = ((name, update[name]) for name in _STATUSES if update.get(name))
        region = asked["RegionName"]
        about[region] = _STATUSES[action]
        other = table.elsewhere(region)
        if action == "Create":
            _create(table, region, asked)
        elif other is not None and action == "Update":
            other.apply(_overridden(other.settings, asked))
        elif other is not None:
            other.delete_table()
    return about


def _create(table: Table, region: str, asked: Mapping[str, Any]) -> None:
    """Make a replica that holds what the table holds, of which its stream does not tell."""
    world = table.world.neighbour(table.world.account_id, region, begins=True)
    assert world is not None, "this was checked before"
    if table.stream is None:
        table.enable_stream(_VIEW)
    settings = _overridden(_with_own_key(replace(table.settings, is_protected=False)), asked)
    delay_us = table.time_to_live.delay_us
    made = Table(world, table.name, table.schema, settings, time_to_live_delay_us=delay_us)
    world.add(made)
    made.enable_stream(_VIEW)
    made.set_time_to_live(table.time_to_live.attribute)
    made.fill([stored.item for stored in table.store.items.walk()])
    for each in (table, *table.replication.others()):
        each.replication.made_at_us[region] = world.clock.epoch_us() if each is table else 0
        made.replication.made_at_us[each.world.region] = 0
        each.journal.note()
    made.journal.note()


def _with_own_key(settings: Settings) -> Settings:
    """Return settings without the key of another region."""
    if settings.encryption is None:
        return settings
    return replace(settings, encryption={**settings.encryption, "KMSMasterKeyArn": ""})


def _overridden(settings: Settings, asked: Mapping[str, Any]) -> Settings:
    """Return settings with what a replica has of its own."""
    if asked.get("TableClassOverride"):
        settings = replace(settings, table_class=asked["TableClassOverride"])
    if asked.get("KMSMasterKeyId"):
        key = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": asked["KMSMasterKeyId"]}
        settings = replace(settings, encryption=key)
    return settings


def share_settings(table: Table, before: Settings) -> None:
    """Let the replicas have the indexes and the settings of a table, but for what is their own.

    Args:
        before: the table's settings until now; a replica that had another table class keeps it.
    """
    for other in table.replication.others():
        for name in [name for name in other.schema.indexes if name not in table.schema.indexes]:
            other.drop_index(name)
        for name, index in table.schema.indexes.items():
            if name not in other.schema.indexes:
                other.add_index(index, table.schema.types)
        other.apply(_shared(table.settings, before, other.settings))


def _shared(new: Settings, before: Settings, own: Settings) -> Settings:
    """Return the settings of a replica after those of another one changed."""
    is_encrypted_alike = (own.encryption is None) == (new.encryption is None)
    return replace(
        new,
        is_protected=own.is_protected,
        table_class=new.table_class if own.table_class == before.table_class else own.table_class,
        encryption=own.encryption if is_encrypted_alike else _with_own_key(new).encryption,
    )


def check_deletion(table: Table) -> None:
    """See that a table is not protected, nor the one from which its replicas were made a short time ago.

    Raises:
        ApiError: it is.
    """
    if table.settings.is_protected:
        raise errors.protected()
    now_us = table.world.clock.epoch_us()
    if any(now_us - made_at_us < REPLICA_SOURCE_US for made_at_us in table.replication.made_at_us.values()):
        raise errors.invalid(
            "Replica cannot be deleted because it has acted as a source region for new replicas being added to the "
            "table in the last 24 hours."
        )
