"""What do the operations of CloudWatch Logs work with? The log groups of one simulation, and who listens to them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from eventsim.api import Request
from eventsim.calls.inert import Inert
from eventsim.calls.insights.answer import Answer
from eventsim.calls.log_book import LogBook, LogEvent
from eventsim.calls.log_delivery import LogDelivery
from eventsim.calls.log_filters import MetricValue
from eventsim.calls.log_groups import LogGroup, LogGroups, LogStreamContent, MayLog
from eventsim.calls.log_metrics import LogMetrics
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.function.function import Functions
from eventsim.page_token import place_of, token_of
from eventsim.source import Notebook
from eventsim.target import Target
from eventsim.trace import Trace

T = TypeVar("T")

NAMES_MAX = 50
"""Groups or streams in one answer (documented)."""

_WITHOUT_EFFECT = {
    "entity": "entities are not kept",
    "includeLinkedAccounts": "there is one account",
    "accountIdentifiers": "there is one account",
}
_IGNORED = ("interleaved", "unmask", "sequenceToken")
"""Without meaning on AWS as well (documented), or without anything to unmask."""


class LogService:
    """CloudWatch Logs of one simulation.

    Args:
        find: returns the target with an ARN, None if there is none.
        call: carries out operations of other services.
        permits: tells whether a target lets a service send to it for a source.
        put_metric: keeps a value that stood in a log.
        when_ended: asks to be called whenever an invocation has ended.
        notebook: in which events outlive the server, None where nothing does.
        create_group: makes a group as a client would.
        may_log: says why what a function prints does not come here, "" if it does; None if everything does.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        functions: Functions,
        find: Callable[[str], Target | None],
        call: Callable[..., Any],
        permits: Callable[..., bool],
        put_metric: Callable[[MetricValue], None],
        when_ended: Callable[[Callable[[], object]], None],
        notebook: Notebook | None = None,
        create_group: Callable[[str], object] | None = None,
        may_log: MayLog | None = None,
    ) -> None:
        self.clock = clock
        create = None if notebook is None else create_group
        book = LogBook(notebook)
        self.groups = LogGroups(clock, trace, self._see, book=book, create=create, may_log=may_log)
        self.functions = functions
        self.call, self.find, self.permits = call, find, permits
        self.policies: dict[str, dict[str, Any]] = {}
        self.queries: dict[str, dict[str, Any]] = {}
        self.uuid = chance.uuids("query definition")
        self.exports: dict[str, dict[str, Any]] = {}
        self.export_id = chance.uuids("log export")
        self.answers: dict[str, Answer] = {}
        self.query_id = chance.uuids("logs query")
        self.inert = Inert(trace, _WITHOUT_EFFECT, _IGNORED)
        self._metrics = LogMetrics(trace, put_metric)
        self._when_ended = when_ended
        self.delivery = LogDelivery(clock, trace, functions.account_id, find, call)
        self._arn = f"arn:aws:logs:{functions.region}:{functions.account_id}:log-group:"

    def watch(self) -> None:
        """Read what functions write as soon as they have written it: somebody has subscribed to it."""
        self._when_ended(self.groups.all)

    def measure(self) -> None:
        """Have all metrics that logs hold up to now put."""
        self.groups.all()
        self._metrics.settle(self.clock.epoch_ms())

    def _see(self, group: LogGroup, stream: LogStreamContent, event: LogEvent) -> None:
        """Take out of an event what it measures, and let those have it who subscribed."""
        self._metrics.see(group, event)
        if group.subscriptions:
            self.delivery.see(group, stream, event)

    def arn(self, group: str) -> str:
        """Return a group's ARN without the `:*` that some answers put behind it."""
        return self._arn + group

    def group(self, request: Request) -> LogGroup:
        """Return the group that a request names.

        Raises:
            ApiError: there is none, or it names none.
        """
        given = request.parameters
        name = str(given.get("logGroupName") or given.get("logGroupIdentifier") or "")
        if not name or (given.get("logGroupName") and given.get("logGroupIdentifier")):
            raise invalid("Exactly one of logGroupName and logGroupIdentifier must be given")  # unconfirmed wording
        if name.startswith("arn:"):
            name = name.removeprefix(self._arn).removesuffix(":*")
        group = self.groups.all().get(name)
        if group is None:
            raise not_found("The specified log group does not exist.")
        return group

    def stream(self, request: Request) -> LogStreamContent:
        """Return the stream that a request names.

        Raises:
            ApiError: there is none.
        """
        stream = self.group(request).streams.get(str(request.parameters["logStreamName"]))
        if stream is None:
            raise not_found("The specified log stream does not exist.")
        return stream


def page(
    items: Sequence[T], given: Mapping[str, Any], items_max: int = NAMES_MAX
) -> tuple[Sequence[T], dict[str, str]]:
    """Return one page of a list, and the member that leads to the next one, if there is one.

    Raises:
        ApiError: the token is none of ours.
    """
    begin = place_of(given.get("nextToken"), invalid("The specified nextToken is invalid."))
    end = begin + min(int(given.get("limit") or given.get("maxResults") or items_max), items_max)
    more = {"nextToken": token_of(end)} if end < len(items) else {}
    return items[begin:end], more


def invalid(message: str) -> ApiError:
    """A parameter's value makes no sense."""
    return ApiError("InvalidParameterException", message)


def not_found(message: str) -> ApiError:
    """What is named is not there."""
    return ApiError("ResourceNotFoundException", message)
