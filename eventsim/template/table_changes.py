"""How does a table change that stays the same table? Its throughput, its stream, its indexes, its protection.

Indexes go first and come last, one by one as the operation wants it; the throughput of those that stay changes together
with the table's own.
"""

from collections.abc import Mapping
from typing import Any, Final

from eventsim.errors import ApiError
from eventsim.template import table_settings
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item
from eventsim.template.table_settings import indexes_of

Properties = Mapping[str, Any]

_DEFAULTS: Final[Mapping[str, Any]] = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": None,
    "DeletionProtectionEnabled": False,
    "TableClass": "STANDARD",
    "OnDemandThroughput": None,
    "WarmThroughput": None,
}
"""What is changed as a template says it, and what it is when a template no longer does; None: as it was."""

_CHANGED: Final = ("AttributeDefinitions", "GlobalSecondaryIndexes", "SSESpecification", "StreamSpecification")
_OF_INDEXES: Final = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")


async def change_table(item: Item, name: str, before: Properties) -> None:
    """Change what is other than before.

    Raises:
        ApiError: an attribute of a key shall have another type.
    """
    _check_types(item.properties, before)
    item.taken |= {*_DEFAULTS, *_CHANGED}
    indexes, old_indexes = indexes_of(item.properties), indexes_of(before)
    kept = {each for each in indexes if each in old_indexes and _is_same(indexes[each], old_indexes[each])}
    for index in old_indexes:
        if index not in kept:
            await _update(item, name, {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index}}]})
    changed = _changed(item.properties, before)
    updates = [_index_update(indexes[each], old_indexes[each]) for each in indexes if each in kept]
    if any(updates):
        changed["GlobalSecondaryIndexUpdates"] = [update for update in updates if update]
    await _update(item, name, changed)
    await _change_stream(item, name, before)
    for index, given in indexes.items():
        if index not in kept:
            await _update(item, name, _creation(item.properties, given))


def _creation(properties: Properties, index: Properties) -> dict[str, Any]:
    """Return what makes an index: itself and the types of its key."""
    keys = {as_text(each["AttributeName"]) for each in index["KeySchema"]}
    definitions = properties.get("AttributeDefinitions") or ()
    return {
        "AttributeDefinitions": [each for each in definitions if as_text(each["AttributeName"]) in keys],
        "GlobalSecondaryIndexUpdates": [{"Create": table_settings.as_created(index)}],
    }


async def _update(item: Item, name: str, parameters: dict[str, Any]) -> None:
    if parameters:
        part = Item(item.logical_id, item.type, parameters, item.site)
        await part.create("dynamodb", "UpdateTable", {"TableName": name})


def _check_types(properties: Properties, before: Properties) -> None:
    types, old_types = _types(properties), _types(before)
    for attribute, type_ in types.items():
        if type_ != old_types.get(attribute, type_):
            message = f"the type of {attribute}, which is part of a key, cannot change; give the table another name"
            raise ApiError("ValidationException", message)


def _types(properties: Properties) -> dict[str, str]:
    definitions = properties.get("AttributeDefinitions") or ()
    return {as_text(each["AttributeName"]): as_text(each["AttributeType"]) for each in definitions}


def _is_same(index: Properties, old: Properties) -> bool:
    """Tell whether an index has the key and the projection that it had."""
    return all(index.get(key) == old.get(key) for key in ("KeySchema", "Projection"))


def _changed(properties: Properties, before: Properties) -> dict[str, Any]:
    changed = {
        key: default if properties.get(key) is None else properties[key]
        for key, default in _DEFAULTS.items()
        if properties.get(key) != before.get(key)
    }
    if properties.get("SSESpecification") != before.get("SSESpecification"):
        changed["SSESpecification"] = table_settings.encryption(properties.get("SSESpecification") or {})
    return {key: value for key, value in changed.items() if value is not None}


def _index_update(index: Properties, old: Properties) -> dict[str, Any] | None:
    changed = {key: index[key] for key in _OF_INDEXES if index.get(key) and index.get(key) != old.get(key)}
    return {"Update": {"IndexName": index["IndexName"], **changed}} if changed else None


async def _change_stream(item: Item, name: str, before: Properties) -> None:
    given, old = item.properties.get("StreamSpecification"), before.get("StreamSpecification")
    if given == old:
        return
    if old:
        await _update(item, name, {"StreamSpecification": {"StreamEnabled": False}})
    if given:
        view_type = given["StreamViewType"]
        await _update(item, name, {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view_type}})
