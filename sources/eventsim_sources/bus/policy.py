"""Who may put events on a bus? Its own account unless the policy denies it, others if it lets them; pure.

There are no users and no organizations: a user or a role is its account, and whoever is asked for by the id of an
organization belongs to it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from eventsim import PolicyRequest, judge_policy
from eventsim_sources.bus.names import account_of

_OF_ACCOUNT = re.compile(r"arn:[\w-]+:(?:iam|sts)::(\d{12}):.+")


HEAD: Mapping[str, str] = {"Version": "2012-10-17"}
"""What a policy says beside its statements, if nobody says more."""


def by_id(statements: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the statements of a policy by their ids; those without one get one."""
    return {str(each.get("Sid", f"statement-{number}")): dict(each) for number, each in enumerate(statements)}


def permits(
    statements: Iterable[Mapping[str, Any]],
    *,
    bus_arn: str,
    account_id: str,
    source: str,
    detail_type: str,
    rule_arn: str = "",
) -> bool:
    """Tell whether an account may put an event on a bus.

    Args:
        statements: of the policy of the bus.
        source, detail_type: of the event.
        rule_arn: the rule that passes the event on, "" if the account itself puts it.
    """
    known = {
        "aws:principalaccount": account_id,
        "aws:sourceaccount": account_id,
        "events:source": source,
        "events:detail-type": detail_type,
        "events:eventbusinvocation": "true" if rule_arn else "false",
    }
    if rule_arn:
        known["aws:sourcearn"] = rule_arn

    def is_from(principal: str) -> bool:
        of_account = _OF_ACCOUNT.fullmatch(principal)
        return account_id == (principal if of_account is None else of_account[1])

    asked = PolicyRequest(action="events:putevents", resource=bus_arn, is_from=is_from, known=known)
    verdict = judge_policy(list(statements), asked)
    return verdict == "allow" or (verdict == "silence" and account_of(bus_arn) == account_id)
