"""Does a destination let a bucket tell it? Whatever its own policy says; who has none takes everything here."""

from typing import Any, Final

from eventsim import PolicyRequest, World, judge_policy, load_json

S3: Final = "s3.amazonaws.com"
"""As whom a bucket asks."""
_ACTIONS: Final = {"sqs": "sqs:sendmessage", "sns": "sns:publish"}


def is_let_in(world: World, arn: str, bucket: str, cause: int) -> bool:
    """Tell whether a function, queue or topic takes what a bucket sends.

    A function that the API made has a policy, if an empty one. Neither SQS nor SNS lets a bucket in without one, which
    counts here if permissions do.

    Args:
        cause: the trace entry for which the bucket asks.
    """
    source_arn, service = f"arn:aws:s3:::{bucket}", arn.split(":")[2]
    statements = _statements(getattr(world.target(arn), "settings", None)) if service in _ACTIONS else None
    is_permitted = world.permits(arn, S3, source_arn, cause=cause)  # which tells of it, where permissions count
    if statements is None:
        return is_permitted
    asked = PolicyRequest(
        action=_ACTIONS[service],
        resource=arn,
        is_from=lambda principal: principal == S3,
        known={"aws:sourcearn": source_arn, "aws:sourceaccount": world.account_id},
    )
    return judge_policy(statements, asked) == "allow"


def _statements(settings: Any) -> Any:
    """Return the statements of the policy that a queue or topic was given, None if it was given none."""
    policy = getattr(settings, "policy", "") or getattr(settings, "attributes", {}).get("Policy", "")
    try:
        return load_json(policy)["Statement"] if policy else None
    except (ValueError, TypeError, KeyError):
        return None
