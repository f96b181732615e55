"""Which AWS services does the core answer itself? Lambda, its logs and metrics, and who calls.

Each is loaded by its first call: a run whose handlers call none of them does not pay for them.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.api import Caller, Operation, Request
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.concurrency import AccountConcurrency
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.event_queue import EventQueue
from eventsim.durable.executions import DurableExecutions
from eventsim.function.function import Functions
from eventsim.mapping.mapping import Mappings
from eventsim.source import About, Notebook
from eventsim.target import Target
from eventsim.trace import Trace

if TYPE_CHECKING:
    from eventsim.calls.cloudwatch_api import CloudWatchApi
    from eventsim.calls.lambda_api import LambdaApi
    from eventsim.calls.log_filters import MetricValue
    from eventsim.calls.logs_api import LogsApi
    from eventsim.permissions.execution_role import ExecutionRole

_NOT_LASTING = {
    "logs": ("CancelExportTask", "CreateExportTask", "PutLogEvents", "StartQuery"),
    "cloudwatch": ("PutMetricData", "SetAlarmState"),
}
"""What changes something that does not outlive a server."""

_GROUP = "log-group:logGroupName|logGroupIdentifier|resourceArn"
_ABOUT: Mapping[str, Mapping[str, About]] = {
    "logs": {
        "CreateLogGroup": About(_GROUP),
        "CreateLogStream": About(f"{_GROUP} log-stream:logStreamName"),
        "DeleteLogGroup": About(_GROUP, ends=True),
        "DeleteLogStream": About(f"{_GROUP} log-stream:logStreamName", ends=True),
        "DeleteMetricFilter": About(f"{_GROUP} metric-filter:filterName", ends=True),
        "DeleteRetentionPolicy": About(_GROUP, part=":retention"),
        "DeleteSubscriptionFilter": About(f"{_GROUP} subscription-filter:filterName", ends=True),
        "PutMetricFilter": About(f"{_GROUP} metric-filter:filterName", part=""),
        "PutRetentionPolicy": About(_GROUP, part=":retention"),
        "PutSubscriptionFilter": About(f"{_GROUP} subscription-filter:filterName", part=""),
        "TagLogGroup": About(_GROUP),
        "TagResource": About(_GROUP),
        "UntagLogGroup": About(_GROUP),
        "UntagResource": About(_GROUP),
    },
    "cloudwatch": {
        "DeleteAlarms": About("alarm:AlarmNames", ends=True),
        "DeleteDashboards": About("dashboard:DashboardNames", ends=True),
        "DisableAlarmActions": About("alarm:AlarmNames", part=":actions"),
        "EnableAlarmActions": About("alarm:AlarmNames", part=":actions"),
        "PutCompositeAlarm": About("alarm:AlarmName", part=""),
        "PutDashboard": About("dashboard:DashboardName", part=""),
        "PutMetricAlarm": About("alarm:AlarmName", part=""),
    },
}
"""What their calls are about, of which one day nothing may be left."""


class CoreServices:
    """The services of one simulation that need no source.

    Args:
        account: the concurrency that functions share.
        code_root: a folder of the run for uploaded code.
        call: carries out operations of other services.
        user_of: returns what IAM tells of the user with an access key, None if it does not know the key.
        permits: tells whether a target lets a service send to it for a source.
        execution_role: says what functions let Lambda do; None if everything.
        closes_stacks: whether only those may invoke a stack's functions whom their policies name.
        find: returns the target that a scenario or an API call names.
        source_at: returns the source with an ARN, None if there is none.
        lasting: makes the next server carry out operations again.
        notebook: lends what outlives the server, None where nothing does.
        kept_in: a folder in which what the Lambda API makes outlives the server, None if it does not.
        syncs_fully: whether it outlives a loss of power, too.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        functions: Functions,
        dispatch: Dispatch,
        account: AccountConcurrency,
        event_queue: EventQueue,
        durable: DurableExecutions,
        mappings: Mappings,
        code_root: Path,
        call: Callable[..., Any],
        user_of: Callable[[str], Mapping[str, Any] | None],
        permits: Callable[..., bool],
        execution_role: "ExecutionRole | None",
        closes_stacks: bool,
        find: Callable[[str], Target | None],
        source_at: Callable[[str], object],
        lasting: Callable[..., Mapping[str, Operation]],
        notebook: Callable[[str], Notebook | None],
        kept_in: Path | None = None,
        syncs_fully: bool = False,
    ) -> None:
        self._is_restored = False
        self._clock = clock
        self._trace = trace
        self._chance = chance
        self._functions = functions
        self._dispatch = dispatch
        self._call = call
        self._find = find
        self._execution_role = execution_role
        self._closes_stacks = closes_stacks
        self._of_lambda_alone: dict[str, Any] = {
            "account": account,
            "event_queue": event_queue,
            "durable": durable,
            "mappings": mappings,
            "code_root": code_root,
            "kept_in": kept_in,
            "syncs_fully": syncs_fully,
            "is_open": lambda: self._is_restored,
        }
        self._user_of = user_of
        self._permits = permits
        self._source_at = source_at
        self._kept_in = kept_in
        self._lasting = lasting
        self._notebook = notebook

    def loaders(self) -> Mapping[str, Callable[[], Mapping[str, Operation]]]:
        """Return what makes the operations of each service, by boto3's name of it."""
        return {"lambda": self._lambda, "logs": self._logs, "sts": self._sts, "cloudwatch": self._cloudwatch}

    @cached_property
    def lambda_api(self) -> "LambdaApi":
        """The Lambda API; others ask it for a function's role, or what a function URL leads to."""
        from eventsim.calls.lambda_api import LambdaApi

        return LambdaApi(
            clock=self._clock,
            trace=self._trace,
            chance=self._chance,
            functions=self._functions,
            dispatch=self._dispatch,
            call=self._call,
            find=self._find,
            execution_role=self._execution_role,
            closes_stacks=self._closes_stacks,
            **self._of_lambda_alone,
        )

    def restore(self) -> None:
        """Bring back what the API of an earlier server made.

        Raises:
            StorageError: it cannot be read.
        """
        if self._kept_in is not None and self._kept_in.exists():
            self.lambda_api.restore()
        self._is_restored = True
        if self._notebook("logs") is not None:
            self._dispatch.when_ended(self._keep_logs_soon)

    def _keep_logs_soon(self) -> None:
        self._clock.soon(CoreServices._keep_logs, self)

    def _keep_logs(self) -> None:
        """Write down what functions have logged."""
        self._logs_api.groups.all()

    def keep_function(self, name: str) -> None:
        """Have a function outlive the server that a stack has made, unless the scenario makes it each time.

        Raises:
            ApiError: it cannot be written down.
        """
        if self._is_restored and self._kept_in is not None:
            self.lambda_api.keep(name)

    def close(self) -> None:
        """Write down what was made or logged and is not written down yet.

        Raises:
            StorageError: it cannot be written.
        """
        if self._kept_in is not None and self._kept_in.exists():
            self.lambda_api.close()
        if self._is_restored and self._notebook("logs") is not None:
            self._keep_logs()

    def permits(self, arn: str, principal: str, source_arn: str) -> bool:
        """Tell whether a function lets a service invoke it; one of the scenario lets everybody."""
        is_api_used = "lambda_api" in self.__dict__  # else all functions are the scenario's
        return not is_api_used or self.lambda_api.permits(arn, principal, source_arn)

    def is_closed(self, function: str) -> bool:
        """Tell whether AWS would let nobody invoke a function whom its policy does not name."""
        return "lambda_api" in self.__dict__ and function in self._functions and self.lambda_api.is_closed(function)

    def _lambda(self) -> Mapping[str, Operation]:
        return self.lambda_api.operations()

    @cached_property
    def _logs_api(self) -> "LogsApi":
        from eventsim.calls.logs_api import LogsApi

        role = self._execution_role
        return LogsApi(
            clock=self._clock,
            trace=self._trace,
            call=self._call,
            find=self._find,
            permits=self._permits,
            chance=self._chance,
            functions=self._functions,
            put_metric=self._put_metric,
            when_ended=self._dispatch.when_ended,
            notebook=self._notebook("logs"),
            create_group=self._create_log_group,
            may_log=None if role is None else role.may_log,
        )

    def watch_logs(self) -> None:
        """See after each invocation whether the role of its function lets Lambda keep what it has printed."""
        self._dispatch.when_ended(lambda: self._logs_api.groups.all())

    @cached_property
    def _logs_operations(self) -> Mapping[str, Operation]:
        return self._lasting(self._logs_api.operations(), but=_NOT_LASTING["logs"], about=_ABOUT["logs"])

    def _create_log_group(self, name: str) -> None:
        """Make a log group for a function, as Lambda does by the operation."""
        parameters = {"logGroupName": name}
        self._logs_operations["CreateLogGroup"](
            Request(service="logs", operation="CreateLogGroup", parameters=parameters, region=self._functions.region)
        )

    @cached_property
    def _cloudwatch_api(self) -> "CloudWatchApi":
        from eventsim.calls.cloudwatch_api import CloudWatchApi

        return CloudWatchApi(
            clock=self._clock,
            trace=self._trace,
            call=self._call,
            find=self._find,
            permits=self._permits,
            region=self._functions.region,
            account_id=self._functions.account_id,
            source_at=self._source_at,
            read_logs=lambda: self._logs_api.measure(),
            notebook=self._notebook("metrics"),
        )

    def _put_metric(self, value: "MetricValue") -> None:
        self._cloudwatch_api.put_value(value)

    def _logs(self) -> Mapping[str, Operation]:
        return self._logs_operations

    def _sts(self) -> Mapping[str, Operation]:
        from eventsim.calls.sts_api import StsApi

        return StsApi(
            clock=self._clock,
            trace=self._trace,
            chance=self._chance,
            account_id=self._functions.account_id,
            role_of=self._role_of,
            user_of=self._user_of,
            is_enforced=self._closes_stacks,
        ).operations()

    def _cloudwatch(self) -> Mapping[str, Operation]:
        return self._lasting(
            self._cloudwatch_api.operations(), but=_NOT_LASTING["cloudwatch"], about=_ABOUT["cloudwatch"]
        )

    def _role_of(self, caller: Caller) -> str:
        """Return the name of the role as which a function calls."""
        return self.lambda_api.role_arn(caller.arn.rpartition(":")[2]).rpartition("/")[2]
