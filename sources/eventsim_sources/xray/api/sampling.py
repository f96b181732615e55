"""Operations on sampling: its rules, and what clients may draw from their reservoirs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from eventsim import Request, Result
from eventsim_sources.without_effect import not_simulated
from eventsim_sources.xray.api.service import Xray, checked_tags, page_of
from eventsim_sources.xray.rules import TARGET_INTERVAL_S, Rule, part_of_reservoir


def get_sampling_rules(xray: Xray, request: Request) -> Result:
    """List the rules in the order in which they are asked, the default one last."""
    shown, more = page_of(list(xray.rules), request.parameters)
    return {"SamplingRuleRecords": [_record(xray, rule) for rule in shown], **more}


def create_sampling_rule(xray: Xray, request: Request) -> Result:
    """Make a rule."""
    given: Any = request.parameters
    settings = _sampled(request, given["SamplingRule"])
    return {"SamplingRuleRecord": _record(xray, xray.rules.create(settings, checked_tags(given.get("Tags"))))}


def update_sampling_rule(xray: Xray, request: Request) -> Result:
    """Change a rule."""
    changes: Any = request.parameters["SamplingRuleUpdate"]
    return {"SamplingRuleRecord": _record(xray, xray.rules.update(_sampled(request, changes)))}


def delete_sampling_rule(xray: Xray, request: Request) -> Result:
    """Delete a rule."""
    return {"SamplingRuleRecord": _record(xray, xray.rules.delete(request.parameters))}


def get_sampling_targets(xray: Xray, request: Request) -> Result:
    """Tell SDKs how many requests each may sample."""
    given: Any = request.parameters
    clock = xray.world.clock
    expires = clock.date() + timedelta(seconds=TARGET_INTERVAL_S)
    targets, unprocessed = [], []
    for document in given["SamplingStatisticsDocuments"]:
        rule = xray.rules.get(document["RuleName"])
        if rule is None:
            lack = {"ErrorCode": "404", "Message": "Sampling rule does not exist"}  # unconfirmed
            unprocessed.append({"RuleName": document["RuleName"], **lack})
            continue
        targets.append(
            {
                "RuleName": rule.name,
                "FixedRate": rule.settings["FixedRate"],
                "ReservoirQuota": part_of_reservoir(rule, document["ClientID"], clock.now_us),
                "ReservoirQuotaTTL": expires,
                "Interval": TARGET_INTERVAL_S,
            }
        )
    return {
        "SamplingTargetDocuments": targets,
        "LastRuleModification": clock.date(xray.rules.changed_us),
        "UnprocessedStatistics": unprocessed,
    }


def _sampled(request: Request, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    for member in ("SamplingRateBoost", "Attributes"):
        if settings.get(member):
            raise not_simulated(request, f"{member} of a sampling rule")
    return settings


def _record(xray: Xray, rule: Rule) -> dict[str, Any]:
    date = xray.world.clock.date
    return {"SamplingRule": rule.settings, "CreatedAt": date(rule.created_us), "ModifiedAt": date(rule.changed_us)}
