"""What does Lambda do as the role of a function? It polls for it, sends what came of events, and writes its logs."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from eventsim.permissions.arn import read_arn
from eventsim.permissions.need import Need

_POLLING: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
        "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards", "ListStreams"),
        "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"),
    }
)
"""Service of a source → what a mapping needs, in the order in which Lambda looks (recorded for queues by users)."""
_SENDING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "events": "PutEvents",
        "lambda": "InvokeFunction",
        "s3": "PutObject",
        "sns": "Publish",
        "sqs": "SendMessage",
    }
)
"""Service of a destination → what is done there."""
_NETWORKING: Final = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
_LOGGING: Final = ("CreateLogStream", "PutLogEvents")
NOT_ASSUMED: Final = "The role defined for the function cannot be assumed by Lambda."
_NOT_PERMITTED: Final = "The provided execution role does not have permissions to call {} on {}"


class Lacks(Protocol):
    """Asks a gate whether a function's role lacks a permission."""

    def __call__(self, function_arn: str, need: Need, operation: str, *, cause: int = 0, role_arn: str = "") -> str:
        """Return the refusal, "" if the role may, or it is only told."""


class ExecutionRole:
    """What functions of one world let Lambda do.

    Each answers why not, "" for yes.

    Args:
        trusts_lambda: tells whether a role lets Lambda become it, by its ARN.
        is_gone: tells whether a role has been deleted, by its ARN.
        place: the beginning of the ARNs of this world's functions and log groups: `REGION:ACCOUNT`.
        counts: whether anything follows of it but that needs are noted.
    """

    def __init__(
        self,
        lacks: Lacks,
        trusts_lambda: Callable[[str], bool],
        place: str,
        *,
        is_gone: Callable[[str], bool],
        counts: bool = True,
    ) -> None:
        self.counts = counts
        self.is_gone = is_gone
        self._lacks = lacks
        self._trusts_lambda = trusts_lambda
        self._place = place

    def may_poll(self, function: str, source_arn: str) -> str:
        """Say, in the words of `CreateEventSourceMapping`, why a mapping must not poll for a function."""
        service = read_arn(source_arn).service
        actions = _POLLING.get(service, ())
        stream_arn = source_arn.partition("/consumer/")[0]
        for action in actions:
            resource = "" if action == "ListStreams" else stream_arn
            if self._lacks(self._arn(function), Need(f"{service}:{action}", resource), f"{service}.{action}"):
                if service == "sqs":
                    return _NOT_PERMITTED.format(action, "SQS")
                needed = f"{', '.join(actions[:-1])}, and {actions[-1]}"
                return (
                    f"Cannot access stream {source_arn}. Please ensure the role can perform the {needed} Actions on "
                    "your stream in IAM."
                )
        return ""

    def may_have(
        self, function: str, *, dead_letter: str = "", is_traced: bool = False, is_in_vpc: bool = False, role_arn: str
    ) -> str:
        """Say, in the words of `CreateFunction`, why a function cannot have these settings.

        Args:
            dead_letter: the ARN of its dead-letter queue, "" for none.
            is_traced: whether X-Ray is told of it.
            is_in_vpc: whether it is to stand in a network of one's own.
            role_arn: the role that the function is to have, "" for the one it has.
        """
        if role_arn and not self._trusts_lambda(role_arn):
            return NOT_ASSUMED
        needs = [Need(f"ec2:{action}", "") for action in _NETWORKING if is_in_vpc]
        if is_traced:
            needs.append(Need("xray:PutTraceSegments"))
        if dead_letter:
            service = read_arn(dead_letter).service
            needs.append(Need(f"{service}:{_SENDING[service]}", dead_letter))
        for need in needs:
            service, _, action = need.action.partition(":")
            if self._lacks(self._arn(function), need, f"{service}.{action}", role_arn=role_arn):
                return _NOT_PERMITTED.format(action, service.upper())
        return ""

    def may_end_at(self, function: str, target_arn: str) -> str:
        """Say, in the words of `PutFunctionEventInvokeConfig`, why a destination will not do (unconfirmed)."""
        if not self._lacks_at(self._arn(function), target_arn):
            return ""
        action = _SENDING[read_arn(target_arn).service]
        return f"The function's execution role does not have permissions to call {action} on {target_arn}"

    def may_send(self, function_arn: str, target_arn: str, cause: int) -> str:
        """Say why a record or a dead letter of a function cannot be sent."""
        return self._lacks_at(function_arn, target_arn, cause=cause)

    def may_log(self, function: str, group: str, *, is_new: bool) -> str:
        """Say why what a function prints does not reach its log group.

        Args:
            is_new: whether the group is not there yet.
        """
        arn = f"arn:aws:logs:{self._place}:log-group:{group}:log-stream:"
        for action in (*(("CreateLogGroup",) if is_new else ()), *_LOGGING):
            refusal = self._lacks(self._arn(function), Need(f"logs:{action}", arn), f"logs.{action}")
            if refusal:
                return refusal
        return ""

    def _lacks_at(self, function_arn: str, target_arn: str, *, cause: int = 0) -> str:
        service = read_arn(target_arn).service
        action = _SENDING.get(service)
        if action is None:
            return ""
        resource = f"{target_arn}/*" if service == "s3" else target_arn
        need = Need(f"{service}:{action}", resource)
        return self._lacks(function_arn, need, f"{service}.{action}", cause=cause)

    def _arn(self, function: str) -> str:
        return f"arn:aws:lambda:{self._place}:function:{function}"
