"""What do Lambda's operations work with? The functions of one simulation, and what the API knows of them besides."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from eventsim.api import Caller, Request
from eventsim.calls.inert import Inert
from eventsim.calls.lambda_api.code import CodeStore
from eventsim.calls.lambda_api.errors import check_revision, conflict, function_not_found, in_aws_words, invalid
from eventsim.calls.lambda_api.layers import Layers
from eventsim.calls.lambda_api.papers import FunctionPapers, VersionPapers
from eventsim.calls.lambda_api.register import Register
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.concurrency import AccountConcurrency
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.event_queue import EventQueue
from eventsim.durable.executions import DurableExecutions
from eventsim.errors import ApiError
from eventsim.function.function import LATEST, Function, FunctionName, Functions
from eventsim.limits import FUNCTION_TRANSITION_US
from eventsim.mapping.mapping import Mappings
from eventsim.permissions.execution_role import NOT_ASSUMED, ExecutionRole
from eventsim.target import Target
from eventsim.trace import Trace


class Call(Protocol):
    """How the API asks another service: `Assembly.call`."""

    def __call__(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, region: str = ..., caller: Caller = ...
    ) -> Any:
        """Carry out one operation."""


class Service:
    """Lambda in one account and region.

    Args:
        account: the concurrency that functions share.
        code_root: a folder of the run for uploaded code.
        call: carries out operations of other services.
        find: returns the target that a scenario or an API call names.
        execution_role: says what functions let Lambda do; None if everything.
        closes_stacks: whether only those may invoke a stack's functions whom their policies name.
        transition_us: how long a function is `Pending`, or its update `InProgress`.

    Attributes:
        tags: ARN → tags, of functions and mappings.
        changed_us: UUID of a mapping → when the API changed it last.
        made_mappings: UUIDs of the mappings that the API made.
        echoed: UUID of a mapping → settings that are only given back.
        code_signing: ARN → code signing configuration, as the API describes it.
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
        call: Call,
        find: Callable[[str], Target | None],
        inert: Inert,
        execution_role: ExecutionRole | None = None,
        closes_stacks: bool = False,
        transition_us: int = FUNCTION_TRANSITION_US,
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.trace = trace
        self.functions = functions
        self.dispatch = dispatch
        self.account = account
        self.event_queue = event_queue
        self.durable = durable
        self.mappings = mappings
        self.code_store = CodeStore(code_root)
        self.call = call
        self.find = find
        self.layers = Layers()
        self.inert = inert
        self.execution_role = execution_role
        self.transition_us = transition_us
        self.tags: dict[str, dict[str, str]] = {}
        self.changed_us: dict[str, int] = {}
        self.made_mappings: set[str] = set()
        self.echoed: dict[str, dict[str, Any]] = {}
        self.code_signing: dict[str, dict[str, Any]] = {}
        self.code_signing_id = chance.hex_ids(32, "code signing")
        self.request_id = chance.uuids("synchronous")
        self.luck = chance.stream("dry run").random
        self.revision_id = chance.uuids("revision")
        self.url_id = chance.hex_ids(32, "function url")
        self.register = Register(functions, self.revision_id, self.arn_of, closes_stacks=closes_stacks)

    # --- finding ---------------------------------------------------------------------------------------

    def name_in(self, request: Request) -> FunctionName:
        """Return which function a request names.

        Raises:
            ApiError: the name is malformed.
        """
        parameters = request.parameters
        return self.functions.parse_name(str(parameters["FunctionName"]), str(parameters.get("Qualifier") or ""))

    def function(self, name: FunctionName) -> Function:
        """Return the function of this name, if it has the version or alias that is named too.

        Raises:
            ApiError: there is none.
        """
        if name.name in self.functions:
            function = self.functions[name.name]
            if not name.qualifier or name.qualifier in function.versions or name.qualifier in function.aliases:
                return function
        raise function_not_found(self.functions.arn(name.name, name.qualifier))

    def function_in(self, request: Request) -> Function:
        """Return the function that a request names.

        Raises:
            ApiError: there is none.
        """
        return self.function(self.name_in(request))

    def unqualified_in(self, request: Request, *, but: str = "") -> Function:
        """Return the function that a request names.

        Args:
            but: the one qualifier that will do.

        Raises:
            ApiError: there is none, or an alias or a version is named (recorded for reserving concurrency).
        """
        if self.name_in(request).qualifier not in ("", but):
            raise invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                "operation. Please specify either a function name or an unqualified function ARN."
            )
        return self.function_in(request)

    def papers(self, function: Function) -> FunctionPapers:
        """Return what is known of a function; of one from a scenario, what its settings tell."""
        return self.register.papers(function)

    def arn_of(self, name: str) -> str:
        """Return the ARN of a target that a scenario may have called by a shorter name."""
        target = None if name.startswith("arn:") else self.find(name)
        return name if target is None else target.arn

    def check_role(
        self, function: str, role_arn: str, *, dead_letter: str, is_traced: bool, vpc: Mapping[str, Any]
    ) -> None:
        """See that a role lets Lambda do what a function's settings need.

        Args:
            role_arn: "" for the role that the function has.
            dead_letter: "" for none.
            vpc: `VpcConfig`, empty for none.

        Raises:
            ApiError: it does not.
        """
        if self.execution_role is not None:
            refusal = self.execution_role.may_have(
                function,
                dead_letter=dead_letter,
                is_traced=is_traced,
                is_in_vpc=bool(vpc.get("SubnetIds")),
                role_arn=role_arn,
            )
            if refusal:
                raise invalid(refusal)

    def check_assumed(self, function: str) -> None:
        """See that Lambda can become the role of a function: it may have been deleted meanwhile.

        Raises:
            ApiError: it cannot.
        """
        if self.execution_role is not None and self.execution_role.is_gone(self.register.role_arn(function)):
            raise ApiError("AccessDeniedException", NOT_ASSUMED, status=403)

    # --- changing --------------------------------------------------------------------------------------

    def add(self, function: Function, papers: FunctionPapers, *, is_of_stack: bool = False) -> None:
        """Make a function known."""
        self.functions.add(function)
        self.register.add(function, papers, is_of_stack=is_of_stack)
        self.dispatch.configure(function)

    def replace(self, function: Function) -> None:
        """Take over a changed function; versions that are other objects than before get new environments.

        Raises:
            ApiError: the account has not enough concurrency left.
        """
        with in_aws_words():
            self.dispatch.configure(function)
        self.functions.replace(function)

    def remove(self, function: Function) -> None:
        """Forget a function; what runs runs to its end."""
        self.dispatch.configure(Function(name=function.name, arn=function.arn, versions={}))
        self.functions.remove(function.name)
        self.register.remove(function)
        self.tags.pop(function.arn, None)

    def check_updatable(self, function: Function, revision_id: object = None) -> VersionPapers:
        """Return the papers of `$LATEST`, which is about to change.

        Raises:
            ApiError: another change is under way, or the caller has seen an older revision.
        """
        papers = self.papers(function).versions[LATEST]
        if self.clock.now_us < max(papers.active_us, papers.updated_us):
            raise conflict(
                f"The operation cannot be performed at this time. An update is in progress for resource: {function.arn}"
            )
        check_revision(revision_id, papers.revision_id, "GetFunction/GetAlias")
        return papers

    def is_pending(self, name: FunctionName) -> bool:
        """Tell whether a version cannot be invoked yet; never so without a transition time."""
        if not self.transition_us or name.name not in self.functions:
            return False
        function = self.functions[name.name]
        versions = self.papers(function).versions
        alias = function.aliases.get(name.qualifier)
        papers = versions.get(alias.version if alias else name.qualifier or LATEST)
        return papers is not None and self.clock.now_us < papers.active_us

    def modified_at(self, at_us: int) -> str:
        """Return an instant as `LastModified` has it."""
        return self.clock.iso_ms(at_us)[:-1] + "+0000"
