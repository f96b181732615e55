"""Does a queue's policy let a topic, a rule or a bucket in? Asked only of queues that have a policy; pure."""

from eventsim import PolicyRequest, judge_policy, load_json

_ACTION = "sqs:sendmessage"


def allows(policy: str, *, queue_arn: str, source_arn: str, service: str, account_id: str = "") -> bool:
    """Tell whether a policy lets a service (`sns.amazonaws.com`) send to a queue on behalf of a source.

    Args:
        account_id: whose the source is, if its ARN does not say it, as those of buckets.
    """
    try:
        statements = load_json(policy).get("Statement", [])
    except (ValueError, AttributeError):
        return True
    asked = PolicyRequest(
        action=_ACTION,
        resource=queue_arn,
        is_from=lambda principal: principal == service,
        known={"aws:sourcearn": source_arn, "aws:sourceaccount": account_id or source_arn.split(":")[4]},
    )
    return judge_policy(statements, asked) == "allow"
