"""How is a global table made? As a table of this region, and a replica in every other one that the template names.

A simulation has one region: there the others are told of as without effect.
"""

import copy
from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from eventsim.errors import ApiError
from eventsim.template import changes_storage, kinds_storage
from eventsim.template.changes import Properties
from eventsim.template.site import Item, Made

TYPE: Final = "AWS::DynamoDB::GlobalTable"
_OF_THIS_REGION: Final = (
    *("Tags", "KinesisStreamSpecification", "PointInTimeRecoverySpecification", "ContributorInsightsSpecification"),
    *("DeletionProtectionEnabled", "ResourcePolicy", "TableClass"),
)
"""What a global table says of each region, as the table of this one takes it."""

Replicas = Mapping[str, Mapping[str, Any]]
"""Region → what is said of the replica there."""


async def global_table(item: Item) -> Made:
    """Make the table of this region, and its replicas."""
    elsewhere = _as_table(item)
    made = await kinds_storage.table(item)
    name = made.physical_id
    replicated = [region for region, given in elsewhere.items() if await _replicate(item, name, region, given)]
    undo = tuple(("dynamodb", "UpdateTable", _update(name, "Delete", region)) for region in replicated)
    return structs.replace(made, undo=(*made.undo, *undo))


async def change(item: Item, made: Made, before: Properties) -> Made:
    """Change the table of this region, and have it replicated where the template names other regions than before."""
    old = Item(item.logical_id, item.type, copy.deepcopy(dict(before)), item.site)
    were, elsewhere = _as_table(old), _as_table(item)
    name = made.physical_id
    changed = await changes_storage.table(item, made, old.properties)
    undo = list(changed.undo)
    for region, given in elsewhere.items():
        if region not in were and await _replicate(item, name, region, given):
            undo.append(("dynamodb", "UpdateTable", _update(name, "Delete", region)))
    for region in were:
        dropped = ("dynamodb", "UpdateTable", _update(name, "Delete", region))
        if region not in elsewhere and dropped in undo:
            await item.site.ask(*dropped)
            undo.remove(dropped)
    return structs.replace(changed, undo=tuple(undo))


def _as_table(item: Item) -> Replicas:
    """Make of a global table's properties those of the table of this region; return its replicas elsewhere."""
    replicas = {str(each.get("Region")): each for each in item.take("Replicas") or []}
    own = replicas.pop(item.site.ground.region, {})
    for name, value in own.items():
        if name in _OF_THIS_REGION:
            item.properties.setdefault(name, value)
    for name in ("WriteProvisionedThroughputSettings", "WriteOnDemandThroughputSettings"):
        item.take(name)
        item.properties.pop(name, None)
    for index in item.properties.get("GlobalSecondaryIndexes") or []:
        index.pop("WriteProvisionedThroughputSettings", None)
        index.pop("WriteOnDemandThroughputSettings", None)
    item.properties.setdefault("BillingMode", "PAY_PER_REQUEST")
    return replicas


async def _replicate(item: Item, name: str, region: str, given: Mapping[str, Any]) -> bool:
    """Make a replica; tell whether there can be one."""
    own = {
        "TableClassOverride": given.get("TableClass"),
        "KMSMasterKeyId": (given.get("SSESpecification") or {}).get("KMSMasterKeyId"),
    }
    settings = {parameter: value for parameter, value in own.items() if value}
    try:
        await item.site.ask("dynamodb", "UpdateTable", _update(name, "Create", region, settings))
    except ApiError as error:
        if error.status != 501:
            raise
        item.unused.append(f"Replicas.{region}")
        return False
    named = {"Region", "TableClass", "SSESpecification"}
    item.unused += (f"{setting} of the replica in {region}" for setting in given if setting not in named)
    return True


def _update(name: str, action: str, region: str, settings: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    return {"TableName": name, "ReplicaUpdates": [{action: {"RegionName": region, **(settings or {})}}]}
