"""How are encryption keys made? Where somebody answers for them; otherwise they have a name and nothing else."""

import json
from collections.abc import Mapping
from typing import Any, Final

from eventsim.template.changes import Properties, differs
from eventsim.template.inert import if_offered
from eventsim.template.site import Item, Made

_DAYS: Final = 30
"""How long a key waits for its deletion unless the template says otherwise (documented)."""


async def key(item: Item) -> Made:
    """Make a key."""
    policy = item.take("KeyPolicy")
    tags = [{"TagKey": name, "TagValue": value} for name, value in item.tags().items()]
    more = {"Policy": json.dumps(policy) if policy else None, "Tags": tags or None}
    made = (await item.create("kms", "CreateKey", more, without=("Tags",)))["KeyMetadata"]
    identifier = made["KeyId"]
    days = item.number("PendingWindowInDays") or _DAYS
    undo = item.begin(identifier, ("kms", "ScheduleKeyDeletion", {"KeyId": identifier, "PendingWindowInDays": days}))
    if item.flag("EnableKeyRotation"):
        await item.create("kms", "EnableKeyRotation", {"KeyId": identifier})
    if not item.flag("Enabled", default=True):
        await item.site.ask("kms", "DisableKey", {"KeyId": identifier})
    return Made(physical_id=identifier, attributes={"Arn": made["Arn"], "KeyId": identifier}, undo=undo)


async def change_key(item: Item, made: Made, before: Properties) -> None:
    """Describe a key otherwise, switch it on or off, give it another policy."""
    where = {"KeyId": made.physical_id}
    if differs(item, before, "Description"):
        await item.site.ask("kms", "UpdateKeyDescription", {**where, "Description": item.text("Description")})
    if differs(item, before, "KeyPolicy") and item.take("KeyPolicy"):
        policy = {"PolicyName": "default", "Policy": json.dumps(item.take("KeyPolicy"))}
        await item.site.ask("kms", "PutKeyPolicy", {**where, **policy})
    if differs(item, before, "EnableKeyRotation"):
        operation = "EnableKeyRotation" if item.flag("EnableKeyRotation") else "DisableKeyRotation"
        await item.site.ask("kms", operation, where)
    if differs(item, before, "Enabled"):
        await item.site.ask("kms", "EnableKey" if item.flag("Enabled", default=True) else "DisableKey", where)
    item.take("PendingWindowInDays")


async def alias(item: Item) -> Made:
    """Give a key another name."""
    name = item.text("AliasName")
    await item.create("kms", "CreateAlias")
    return Made(physical_id=name, undo=(("kms", "DeleteAlias", {"AliasName": name}),))


KEYS: Mapping[str, Any] = {
    "AWS::KMS::Alias": if_offered("kms", "CreateAlias", alias),
    "AWS::KMS::Key": if_offered("kms", "CreateKey", key),
}
