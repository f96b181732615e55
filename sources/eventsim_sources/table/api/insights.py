"""Operations on contributor insights, which are kept and tell nothing: no rule counts anything here."""

from typing import Any

from eventsim import Request, Result
from eventsim_sources.paging import page
from eventsim_sources.table import errors
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.source import Table

_MODE = "ACCESSED_AND_THROTTLED_KEYS"
_PAGE = 100
_RULES = {"PKC": True, "PKT": False, "SKC": True, "SKT": False}
"""Rules of keys, and whether they count accesses or throttles."""


def update_contributor_insights(tables: Tables, request: Request) -> Result:
    """Switch insights into a table or an index on or off."""
    parameters: Any = request.parameters
    table, index = _subject(tables, request)
    if parameters["ContributorInsightsAction"] == "ENABLE":
        mode = parameters.get("ContributorInsightsMode") or _MODE
        table.insights[index] = mode, tables.world.clock.now_us
        tables.tell_without_effect(request, "ContributorInsightsAction", "accesses are not counted by key")
        status = "ENABLING"
    else:
        mode = table.insights.pop(index, (_MODE, 0))[0]
        status = "DISABLING"
    table.journal.note()
    return _told(table, index) | {"ContributorInsightsStatus": status, "ContributorInsightsMode": mode}


def describe_contributor_insights(tables: Tables, request: Request) -> Result:
    """Tell whether there are insights, and by which rules of CloudWatch."""
    table, index = _subject(tables, request)
    told = _told(table, index)
    if index not in table.insights:
        return told | {"ContributorInsightsStatus": "DISABLED"}
    mode, since_us = table.insights[index]
    clock = tables.world.clock
    key = table.schema.indexes[index].key if index else table.schema.key
    place = f"{table.name}-{index}" if index else table.name
    stamp = (clock.start_epoch_us + since_us) // 1_000
    return told | {
        "ContributorInsightsRuleList": [
            f"DynamoDBContributorInsights-{rule}-{place}-{stamp}"
            for rule, counts_accesses in _RULES.items()
            if (rule.startswith("P") or key.range_name) and (mode == _MODE or not counts_accesses)
        ],
        "ContributorInsightsStatus": "ENABLED",
        "LastUpdateDateTime": clock.date(since_us),
        "ContributorInsightsMode": mode,
    }


def list_contributor_insights(tables: Tables, request: Request) -> Result:
    """List tables and indexes with insights."""
    parameters: Any = request.parameters
    listed = [tables.named(request)] if parameters.get("TableName") else list(tables.all().values())
    found = [
        _told(table, index) | {"ContributorInsightsStatus": "ENABLED", "ContributorInsightsMode": mode}
        for table in listed
        for index, (mode, _) in table.insights.items()
    ]
    shown, more = page(found, parameters, _PAGE, errors.token_invalid())
    return {"ContributorInsightsSummaries": shown, **more}


def _subject(tables: Tables, request: Request) -> tuple[Table, str]:
    table, index = tables.named(request), str(request.parameters.get("IndexName") or "")
    if index and index not in table.schema.indexes:
        raise errors.resource_missing(f"{table.arn}/index/{index}")
    return table, index


def _told(table: Table, index: str) -> dict[str, Any]:
    return {"TableName": table.name, **({"IndexName": index} if index else {})}
