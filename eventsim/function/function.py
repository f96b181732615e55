"""What is a function? A handler with its configuration; versions are frozen copies, aliases point at them."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from eventsim.errors import ApiError, ConfigurationError
from eventsim.function.duration import Constant, DurationModel
from eventsim.limits import (
    DURATION_DEFAULT_US,
    EPHEMERAL_STORAGE_MB_DEFAULT,
    EVENT_AGE_S_DEFAULT,
    FUNCTION_NAME_CHARACTERS_MAX,
    INIT_DURATION_DEFAULT_US,
    MEMORY_MB_DEFAULT,
    RETRY_ATTEMPTS_DEFAULT,
    TIMEOUT_S_DEFAULT,
)

LATEST = "$LATEST"
RUNTIME_DEFAULT = "python3.12"

Handler = Callable[[Any, Any], Any]


class NotRun(ConfigurationError):  # noqa: N818 - a fact
    """A function was invoked whose code cannot be run here."""


class Refusing(Struct, frozen=True, gc=False):
    """The handler that stands where code is that cannot be run, and says why."""

    reason: str

    def __call__(self, _event: object, _context: object) -> object:
        """Refuse.

        Raises:
            NotRun: always.
        """
        raise NotRun(self.reason)


class DurableConfig(Struct, frozen=True, kw_only=True, gc=False):
    """That a function is durable: for how long one execution may last, and for how long it is known afterwards."""

    execution_timeout_s: int
    retention_days: int


class FunctionVersion(Struct, frozen=True, kw_only=True, eq=False):
    """The frozen code and configuration of one version; what an environment runs. Equal only to itself.

    Attributes:
        function: the function's name.
        version: `$LATEST` or a number.
        function_arn: the function's ARN without qualifier.
        handler: `module.function`, or a callable given from Python.
        code: the folder with the code, None for a callable.
        layers: folders whose `python` folder is importable as well.
        extensions: the ARNs of its layers that bring an extension of AWS's.
        memory_used_mb: what the scenario says that it uses, None for a small Python function's use.
        tracing: `Active` if it decides about traces that begin with it, `PassThrough` if it only passes them on.
        is_tenant_isolated: whether each tenant has environments of its own; every request names one then.
        log_group: where it logs, `/aws/lambda/<function>` unless configured.
        durable: how its executions last beyond an invocation, None if they do not.
    """

    function: str
    version: str
    function_arn: str
    handler: str | Handler
    code: Path | None = None
    runtime: str = RUNTIME_DEFAULT
    architecture: str = "x86_64"
    memory_mb: int = MEMORY_MB_DEFAULT
    timeout_us: int = TIMEOUT_S_DEFAULT * 1_000_000
    ephemeral_storage_mb: int = EPHEMERAL_STORAGE_MB_DEFAULT
    environment: Mapping[str, str] = {}
    layers: tuple[Path, ...] = ()
    extensions: tuple[str, ...] = ()
    duration: DurationModel = Constant(DURATION_DEFAULT_US)
    init_duration: DurationModel = Constant(INIT_DURATION_DEFAULT_US)
    memory_used_mb: int | None = None
    log_format: str = "Text"
    application_log_level: str = "INFO"
    system_log_level: str = "INFO"
    log_group: str = ""
    tracing: str = "PassThrough"
    durable: DurableConfig | None = None
    is_tenant_isolated: bool = False

    @property
    def handler_name(self) -> str:
        """What the handler is called: as configured, or by the name of a callable, or of its class."""
        if isinstance(self.handler, str):
            return self.handler
        return str(getattr(self.handler, "__qualname__", type(self.handler).__qualname__))


class EventInvokeConfig(Struct, frozen=True, kw_only=True, gc=False):
    """What becomes of asynchronous events, per qualifier and not inherited (recorded).

    Attributes:
        on_success: the destination as the scenario names it, "" for none.
        on_failure: likewise.
    """

    maximum_retry_attempts: int = RETRY_ATTEMPTS_DEFAULT
    maximum_event_age_s: int = EVENT_AGE_S_DEFAULT
    on_success: str = ""
    on_failure: str = ""


EVENT_INVOKE_DEFAULTS = EventInvokeConfig()


class Alias(Struct, frozen=True, kw_only=True, gc=False):
    """A name for a version, or for two: the second takes `weight` (0 to 1) of the requests."""

    version: str
    second_version: str = ""
    weight: float = 0.0


class Function(Struct, frozen=True, kw_only=True, eq=False):
    """A function: its versions, what points at them, and what all of them share.

    Attributes:
        versions: `$LATEST` and the published ones, by version.
        reserved_concurrency: None for a share of the account's pool.
        provisioned_concurrency: version → environments kept ready (an alias's count for the version it points at).
        event_invoke: qualifier → configuration of asynchronous events; read it through `event_invoke_of`.
        dead_letter: where events go that are given up, as the scenario names it, "" for nowhere.
        is_recursion_allowed: whether loop detection leaves it alone.
        duplicates: how probable it is, 0 to 1, that an asynchronous event is delivered once more.
        policies: what its role may do, as documents and names of AWS's policies; None if the role itself says it.
    """

    name: str
    arn: str
    versions: Mapping[str, FunctionVersion]
    aliases: Mapping[str, Alias] = {}
    reserved_concurrency: int | None = None
    provisioned_concurrency: Mapping[str, int] = {}
    event_invoke: Mapping[str, EventInvokeConfig] = {}
    dead_letter: str = ""
    is_recursion_allowed: bool = False
    duplicates: float = 0.0
    description: str = ""
    policies: tuple[Mapping[str, Any] | str, ...] | None = None

    @property
    def is_durable(self) -> bool:
        """Whether its executions go on from what they have saved."""
        return any(version.durable is not None for version in self.versions.values())

    @property
    def is_tenant_isolated(self) -> bool:
        """Whether each tenant has environments of its own: that is for good, so all versions are alike (documented)."""
        return self.versions[LATEST].is_tenant_isolated

    def event_invoke_of(self, qualifier: str) -> EventInvokeConfig:
        """Return how asynchronous events for this qualifier ("" means `$LATEST`) are handled."""
        return self.event_invoke.get(qualifier or LATEST, EVENT_INVOKE_DEFAULTS)


class FunctionName(Struct, frozen=True, gc=False):
    """Which function a request names: a bare name and a qualifier, "" for none."""

    name: str
    qualifier: str = ""


class Functions:
    """All functions of an account in one region."""

    def __init__(self, region: str, account_id: str) -> None:
        self.region = region
        self.account_id = account_id
        self._functions: dict[str, Function] = {}
        self._names: dict[tuple[str, str], FunctionName] = {}
        """Names that were read already: who invokes a function says the same one again and again."""

    def add(self, function: Function) -> None:
        """Make a function known.

        Raises:
            ConfigurationError: there is one of this name.
        """
        if function.name in self._functions:
            raise ConfigurationError(f"there are two functions named {function.name!r}; rename one", key="functions")
        self._functions[function.name] = function

    def replace(self, function: Function) -> None:
        """Update a function's code or configuration: events still queued run on the new one (recorded)."""
        self._functions[function.name] = function

    def remove(self, name: str) -> None:
        """Forget a function: events still queued find nothing that runs them."""
        del self._functions[name]

    def __getitem__(self, name: str) -> Function:
        return self._functions[name]

    def __contains__(self, name: str) -> bool:
        return name in self._functions

    def __iter__(self) -> Iterator[Function]:
        return iter(self._functions.values())

    def __len__(self) -> int:
        return len(self._functions)

    def arn(self, name: str, qualifier: str = "") -> str:
        """Return the ARN of a function, whether it exists or not."""
        arn = f"arn:aws:lambda:{self.region}:{self.account_id}:function:{name}"
        return f"{arn}:{qualifier}" if qualifier else arn

    def resolve(self, name: str, qualifier: str, luck: Callable[[], float]) -> FunctionVersion:
        """Return the version that runs one request for a bare name and a qualifier ("" for none).

        Args:
            luck: gives a number from 0 to 1; asked only where an alias shares its requests between two versions.

        Raises:
            ApiError: there is no such function, version or alias.
        """
        function = self._functions.get(name)
        if function is not None:
            version = function.versions.get(qualifier or LATEST)
            if version is not None:
                return version
            alias = function.aliases.get(qualifier)
            if alias is not None:
                is_second = alias.second_version != "" and luck() < alias.weight
                return function.versions[alias.second_version if is_second else alias.version]
        arn = self.arn(name, qualifier or LATEST)
        raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", status=404, fields={"Type": "User"})

    def parse_name(self, text: str, qualifier: str = "") -> FunctionName:
        """Return which function a request means by a name, a partial ARN or an ARN, and its `Qualifier`.

        Raises:
            ApiError: it cannot be a name, names two qualifiers, or points at another region or account.
        """
        known = self._names.get((text, qualifier))
        if known is not None:
            return known
        if len(self._names) >= _NAMES_KEPT_MAX:
            self._names.clear()
        name = self._names[text, qualifier] = self._parse_name(text, qualifier)
        return name

    def _parse_name(self, text: str, qualifier: str) -> FunctionName:
        match = FUNCTION_NAME.fullmatch(text)
        if match is None or len(text) > _NAME_CHARACTERS_MAX:
            raise _not_a_name(text)
        if match["function"] is None and match["arn"] is not None:
            raise _not_a_name(text)
        name = match["name"]
        if len(name) > FUNCTION_NAME_CHARACTERS_MAX:
            raise ApiError(
                "InvalidParameterValueException",
                f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
                f"Member must have length less than or equal to {FUNCTION_NAME_CHARACTERS_MAX}",
                fields={"Type": "User"},
            )
        of_name = match["qualifier"] or ""
        if of_name and qualifier and of_name != qualifier:
            raise ApiError(
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified qualifier.",
                fields={"Type": "User"},
            )
        region = match["region"]
        if region and region != self.region:
            raise ApiError(
                "ResourceNotFoundException",
                f"Functions from '{region}' are not reachable in this region ('{self.region}')",
                status=404,
                fields={"Type": "User"},
            )
        if match["account"] and match["account"] != self.account_id:
            raise ApiError(
                "ResourceNotFoundException", f"Function not found: {text}", status=404, fields={"Type": "User"}
            )
        return FunctionName(name, of_name or qualifier)


_NAMES_KEPT_MAX = 1_000
_NAME_CHARACTERS_MAX = 256
_NAME_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
"""As AWS quotes it in its message (the service model's pattern of `NamespacedFunctionName`)."""
FUNCTION_NAME = re.compile(
    r"(?P<arn>arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?P<function>function:)?"
    r"(?P<name>[a-zA-Z0-9_.-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?"
)
"""A name, a partial ARN or an ARN."""


def _not_a_name(text: str) -> ApiError:
    return ApiError(
        "ValidationException",
        f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {_NAME_PATTERN}",
        fields={"Type": "User"},
    )
