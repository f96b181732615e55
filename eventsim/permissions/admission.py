"""Does a resource let a service act on it? By its own policy: on AWS nobody comes in whom none of its statements names.

What a scenario's own sections make lets everybody in, so that a few lines are enough to begin with.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from eventsim.permissions.arn import read_arn
from eventsim.permissions.resource_policies import Ask, policy_of
from eventsim.resource_policy import PolicyRequest, judge_policy, names_of
from eventsim.trace import Trace

_ACTIONS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "lambda": ("lambda:InvokeFunction", "AWS::Lambda::Permission"),
        "sns": ("sns:Publish", "AWS::SNS::TopicPolicy"),
        "sqs": ("sqs:SendMessage", "AWS::SQS::QueuePolicy"),
    }
)
"""Service of a resource → what others do with it, and the type of resource that lets them."""
_SERVICES: Final[Mapping[str, str]] = MappingProxyType({"lambda:InvokeFunction": "lambda.Invoke"})
"""Actions that are called otherwise than their operations."""
_ALARMS: Final = "cloudwatch.amazonaws.com"
"""Who acts in the name of a topic's owner, whom the policy lets in that every topic begins with; nobody else does."""


class Tell(Protocol):
    """Tells of a permission that is missing."""

    def __call__(self, subject: int, place: int, cause: int, *, action: str, resource: str, reason: str) -> object:
        """Record it."""


class Admission:
    """Who comes in at the resources of one world.

    Args:
        account_id: whose world it is.
        is_open: tells whether a resource lets everybody in, by its ARN.
        ask: asks a service for the policy of a resource.
        tell: tells of what is missing.
    """

    def __init__(self, *, account_id: str, is_open: Callable[[str], bool], ask: Ask, tell: Tell, trace: Trace) -> None:
        self._account_id = account_id
        self._is_open = is_open
        self._ask = ask
        self._tell = tell
        self._trace = trace

    def admits(self, arn: str, principal: str, source_arn: str, cause: int) -> bool:
        """Tell whether a policy lets a service act on a resource for a source; if none does, the trace tells of it."""
        service = read_arn(arn).service
        if service not in _ACTIONS or self._is_open(arn):
            return True
        action, remedy = _ACTIONS[service]
        policy = policy_of(arn, self._ask)
        if policy is not None and self._lets_in(policy.get("Statement"), action, arn, principal, source_arn):
            return True
        reason = f"because no resource-based policy allows it to {principal}; a template has an {remedy} for that"
        subject = self._trace.subject("operation", _SERVICES.get(action, action.replace(":", ".")))
        place = self._trace.subject(*_named(source_arn))
        self._tell(subject, place, cause, action=action, resource=arn, reason=reason)
        return False

    def _lets_in(self, statements: object, action: str, arn: str, principal: str, source_arn: str) -> bool:
        account_id = read_arn(source_arn).account_id or self._account_id  # the ARN of a bucket names none
        known = {
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": account_id,
            "aws:sourceowner": account_id if principal == _ALARMS else "",
            "lambda:invokedviafunctionurl": "false",
        }
        names = names_of(principal, read_arn(arn).region)
        asked = PolicyRequest(action=action.lower(), resource=arn, is_from=names.__contains__, known=known)
        return judge_policy(statements, asked) == "allow"


def _named(source_arn: str) -> tuple[str, str]:
    """Return as what the trace knows a source: its kind and its name."""
    _, _, service, _, _, resource = read_arn(source_arn)
    match service:
        case "sns":
            return "topic", resource
        case "s3":
            return "bucket", resource
        case "events" if resource.startswith("rule/"):
            return "rule", resource.rpartition("/")[2]
        case _:
            return "caller", source_arn
