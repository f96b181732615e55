"""What is set on a table beside its keys? Each setting has an operation of its own, at the beginning and later."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Site

Given = Mapping[str, Any]
Set = Callable[[Site, str, Given, Given], Awaitable[None]]
"""Makes a setting of the table with this name what it shall be, and not what it was."""


async def set_on_table(item: Item, name: str, before: Given) -> None:
    """Set what is other than before."""
    for key, change in _SETTINGS.items():
        given, old = item.take(key) or {}, before.get(key) or {}
        if given != old:
            await change(item.site, name, given, old)
    indexes, old_indexes = indexes_of(item.properties), indexes_of(before)
    for index, given in indexes.items():
        insights = given.get(_INSIGHTS) or {}
        if insights != (old_indexes.get(index, {}).get(_INSIGHTS) or {}):
            await _set_insights(item.site, name, insights, index)


def indexes_of(properties: Given) -> dict[str, Given]:
    """Return the global indexes of a table by their names."""
    return {as_text(each["IndexName"]): each for each in properties.get("GlobalSecondaryIndexes") or ()}


def as_created(index: Given) -> dict[str, Any]:
    """Return a global index without what an operation of its own sets."""
    return {key: value for key, value in index.items() if key != _INSIGHTS}


def encryption(given: Given) -> dict[str, Any]:
    """Return a template's `SSESpecification` as the API has it."""
    kept = {key: as_text(given[key]) for key in ("SSEType", "KMSMasterKeyId") if given.get(key)}
    return {"Enabled": _is_on(given, "SSEEnabled"), **kept}


def _is_on(given: Given, key: str, default: bool = False) -> bool:
    return as_text(given.get(key, default)).lower() == "true"


async def _set_expiry(site: Site, name: str, given: Given, old: Given) -> None:
    now, was = _expiring(given), _expiring(old)
    for attribute, is_on in ((was, False), (now, True)):
        if attribute and now != was:
            specification = {"AttributeName": attribute, "Enabled": is_on}
            parameters = {"TableName": name, "TimeToLiveSpecification": specification}
            await site.ask("dynamodb", "UpdateTimeToLive", parameters)


def _expiring(given: Given) -> str:
    attribute = as_text(given.get("AttributeName") or "")
    return attribute if _is_on(given, "Enabled", default=True) else ""


async def _set_recovery(site: Site, name: str, given: Given, _: Given) -> None:
    specification: dict[str, Any] = {"PointInTimeRecoveryEnabled": _is_on(given, "PointInTimeRecoveryEnabled")}
    if given.get("RecoveryPeriodInDays"):
        specification["RecoveryPeriodInDays"] = int(as_text(given["RecoveryPeriodInDays"]))
    parameters = {"TableName": name, "PointInTimeRecoverySpecification": specification}
    await site.ask("dynamodb", "UpdateContinuousBackups", parameters)


async def _set_destination(site: Site, name: str, given: Given, old: Given) -> None:
    if old:
        parameters = {"TableName": name, "StreamArn": old["StreamArn"]}
        await site.ask("dynamodb", "DisableKinesisStreamingDestination", parameters)
    if given:
        parameters = {"TableName": name, "StreamArn": given["StreamArn"]}
        precision = given.get("ApproximateCreationDateTimePrecision")
        settings = {"ApproximateCreationDateTimePrecision": precision}
        more = {"EnableKinesisStreamingConfiguration": settings} if precision else {}
        await site.ask("dynamodb", "EnableKinesisStreamingDestination", {**parameters, **more})


async def _set_table_insights(site: Site, name: str, given: Given, _: Given) -> None:
    await _set_insights(site, name, given)


async def _set_insights(site: Site, name: str, given: Given, index: str = "") -> None:
    action = "ENABLE" if _is_on(given, "Enabled") else "DISABLE"
    parameters = {"TableName": name, "ContributorInsightsAction": action}
    if index:
        parameters["IndexName"] = index
    if given.get("Mode"):
        parameters["ContributorInsightsMode"] = as_text(given["Mode"])
    await site.ask("dynamodb", "UpdateContributorInsights", parameters)


_INSIGHTS: Final = "ContributorInsightsSpecification"
_SETTINGS: Final[Mapping[str, Set]] = {
    "TimeToLiveSpecification": _set_expiry,
    "PointInTimeRecoverySpecification": _set_recovery,
    "KinesisStreamSpecification": _set_destination,
    _INSIGHTS: _set_table_insights,
}
