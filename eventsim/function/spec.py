"""How does a scenario describe a function? The `functions:` section, and the function that it becomes.

Published versions take every setting that they do not have from the function, which is their `$LATEST`; versions and
aliases do not inherit what becomes of asynchronous events (recorded).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, structs

from eventsim.errors import ConfigurationError
from eventsim.function import bounds
from eventsim.function.duration import DurationText, parse_duration
from eventsim.function.function import (
    LATEST,
    Alias,
    DurableConfig,
    EventInvokeConfig,
    Function,
    FunctionVersion,
    Handler,
)
from eventsim.function.tenancy import not_with_tenants
from eventsim.limits import DURATION_DEFAULT_US, INIT_DURATION_DEFAULT_US
from eventsim.permissions.document import read_document
from eventsim.quantity import Duration, Size


class EventInvokeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of asynchronous events for one qualifier; versions and aliases do not inherit it."""

    maximum_retry_attempts: Annotated[
        int | None, Meta(description="How often a failed asynchronous event is tried again: 0 to 2, 2 if not given.")
    ] = None
    maximum_event_age: Annotated[
        Duration | None,
        Meta(description="How old an asynchronous event may become: `60 s` to `6 h`, `6 h` if not given."),
    ] = None
    on_success: Annotated[
        str | None, Meta(description="Where the record of a successful asynchronous invocation goes.")
    ] = None
    on_failure: Annotated[
        str | None, Meta(description="Where the record of an asynchronous event goes that is given up.")
    ] = None


class DurableSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a function is durable: an execution goes on from what it has saved, until it has a result."""

    execution_timeout: Annotated[
        Duration | None, Meta(description="How long one execution may last: `1 s` to `366 days`, `1 day` if not given.")
    ] = None
    retention_days: Annotated[
        int | None, Meta(description="For how many days an execution is known after its end: 1 to 90, 30 if not given.")
    ] = None


class VersionSpec(EventInvokeSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one version; what is not given is as in the function."""

    handler: Annotated[
        str | None, Meta(description="`module.function` in the code folder.", examples=["app.handler"])
    ] = None
    code: Annotated[
        str | None, Meta(description="The folder with the code, relative to the scenario; its own folder if not given.")
    ] = None
    runtime: Annotated[
        str | None,
        Meta(
            description="Whose details to follow; `python3.12` if not given. Python runs in the interpreter that runs "
            "eventsim, `nodejs22.x` in this machine's `node`, `ruby3.4` in its `ruby`, and of `provided.al2023` the "
            "executable `bootstrap` that lies in the code."
        ),
    ] = None
    architecture: Annotated[
        Literal["x86_64", "arm64"] | None, Meta(description="Which price applies: `x86_64` (the default) or `arm64`.")
    ] = None
    memory: Annotated[
        Size | None,
        Meta(
            description="Memory, and with it the share of a CPU: `128 MB` (the default) to `10 GB`.",
            examples=["512 MB"],
        ),
    ] = None
    timeout: Annotated[
        Duration | None, Meta(description="When an invocation is stopped: `1 s` to `15 minutes`, `3 s` if not given.")
    ] = None
    ephemeral_storage: Annotated[
        Size | None, Meta(description="How much `/tmp` holds: `512 MB` (the default) to `10 GB`.")
    ] = None
    environment: Annotated[
        dict[str, str | int | float | bool] | None, Meta(description="Environment variables, 4 KB in all.")
    ] = None
    layers: Annotated[
        list[str] | None,
        Meta(
            description="Folders of layers, whose `python` folder can be imported from and whose `extensions` run, or "
            "ARNs of layers with an extension of AWS's; up to 5.",
        ),
    ] = None
    duration: Annotated[
        DurationText | None,
        Meta(description="How long the handler takes on top of its own waiting; `1 ms` if not given."),
    ] = None
    init_duration: Annotated[
        DurationText | None, Meta(description="How long a cold start takes; `100 ms` if not given.")
    ] = None
    memory_used: Annotated[
        Size | None,
        Meta(description="How much memory it uses, `36 MB` if not given; more than `memory` and it is killed."),
    ] = None
    provisioned_concurrency: Annotated[
        int | None,
        Meta(description="Environments kept ready, none if not given; for published versions and aliases only."),
    ] = None


class AliasSpec(EventInvokeSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name for a version, or for two that share the requests."""

    version: Annotated[str | int, Meta(description="The version that it points at.")]
    weights: Annotated[
        dict[str | int, float],
        Meta(description="One further version and its share of the requests, 0 to 1.", examples=[{"2": 0.1}]),
    ] = {}
    provisioned_concurrency: Annotated[
        int | None, Meta(description="Environments kept ready for the version that it points at.")
    ] = None


class FunctionSpec(VersionSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A function, as it stands in the section `functions:` under its name."""

    image: Annotated[
        str | None,
        Meta(
            description="The folder with the Dockerfile of its container image, or the Dockerfile: its code, runtime "
            "and variables are the image's, and its handler, unless `handler` names another.",
            examples=["shop"],
        ),
    ] = None
    reserved_concurrency: Annotated[
        int | None,
        Meta(
            description="How many may run at once, taken out of the account's pool of 1,000, which functions without a "
            "reservation share; 0 stops it altogether."
        ),
    ] = None
    versions: Annotated[
        dict[str | int, VersionSpec],
        Meta(description="Published versions by number, each with what differs from the function."),
    ] = {}
    aliases: Annotated[dict[str, AliasSpec], Meta(description="Names for versions.")] = {}
    dead_letter: Annotated[
        str | None, Meta(description="The queue or topic that gets asynchronous events that are given up, unchanged.")
    ] = None
    recursive_loop: Annotated[
        Literal["terminate", "allow"],
        Meta(description="Whether a function that feeds itself is stopped after 16 turns."),
    ] = "terminate"
    duplicates: Annotated[
        float,
        Meta(
            description="How probable it is, 0 to 1, that an asynchronous event is delivered once more, as AWS's queue "
            "may do.",
            ge=0,
            le=1,
        ),
    ] = 0.0
    log_format: Annotated[Literal["Text", "JSON"], Meta(description="How log lines look.")] = "Text"
    application_log_level: Annotated[
        Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] | None,
        Meta(description="The least level that `logging` writes, `INFO` if not given; needs the JSON log format."),
    ] = None
    system_log_level: Annotated[
        Literal["DEBUG", "INFO", "WARN"] | None,
        Meta(description="The least level of Lambda's own lines, `INFO` if not given; needs the JSON log format."),
    ] = None
    log_group: Annotated[str | None, Meta(description="The log group, `/aws/lambda/<function>` if not given.")] = None
    tracing: Annotated[
        Literal["PassThrough", "Active"],
        Meta(
            description="Whether it decides which traces are sampled that begin with it (`Active`), or follows who "
            "calls. Of a sampled trace X-Ray gets segments."
        ),
    ] = "PassThrough"
    durable: Annotated[
        DurableSpec | None,
        Meta(description="Makes it a durable function; `{}` for one with AWS's defaults. Needs AWS's SDK for them."),
    ] = None
    policies: Annotated[
        list[str | dict[str, Any]] | None,
        Meta(
            description="What its role may do: policy documents, single statements, and names of policies of AWS's. "
            "Without them nobody asks, whatever the scenario says of `permissions`.",
            examples=[["AWSLambdaBasicExecutionRole", {"Action": "sqs:SendMessage", "Resource": "*"}]],
        ),
    ] = None
    tenant_isolation: Annotated[
        bool,
        Meta(
            description="Whether each tenant has environments of its own (`TenancyConfig`); whoever invokes the "
            "function names the tenant then."
        ),
    ] = False
    description: Annotated[str, Meta(description="What the function is for.")] = ""


def with_code(
    spec: FunctionSpec,
    folder: Path,
    *,
    handler: str,
    runtime: str,
    variables: Mapping[str, str] = {},
    layers: Sequence[str] = (),
) -> FunctionSpec:
    """Return the settings of a function whose code has been put into a folder.

    Args:
        variables: what comes with the code; the function's own win.
        layers: what comes with the code, after the function's own.
    """
    return structs.replace(
        spec,
        image=None,
        handler=handler,
        code=str(folder.resolve()),
        runtime=runtime or None,
        environment={**variables, **(spec.environment or {})} or None,
        layers=[*(spec.layers or ()), *layers] or None,
    )


def build_function(
    name: str, spec: FunctionSpec, *, arn: str, folder: Path, handler: Handler | None = None
) -> Function:
    """Return the function that a scenario describes.

    Args:
        arn: its ARN.
        folder: what `code` and `layers` are relative to.
        handler: a callable, for versions that name no `module.function`.

    Raises:
        ConfigurationError: a value is out of AWS's bounds; its `key` names it.
    """
    key = f"functions.{bounds.function_name(name, f'functions.{name}')}"
    builder = _Builder(name, spec, arn, folder, handler)
    versions = {LATEST: builder.version(LATEST, spec, key)}
    event_invoke = {LATEST: _event_invoke(spec, key)}
    for number, version in spec.versions.items():
        where = f"{key}.versions.{number}"
        text = bounds.version_number(str(number), where)
        versions[text] = builder.version(text, version, where)
        event_invoke[text] = _event_invoke(version, where)
    aliases = {}
    for alias_name, alias in spec.aliases.items():
        where = f"{key}.aliases.{alias_name}"
        aliases[alias_name] = build_alias(alias_name, alias, versions, arn, where)
        event_invoke[alias_name] = _event_invoke(alias, where)
    if spec.reserved_concurrency is not None:
        where = f"{key}.reserved_concurrency"
        bounds.whole_number("reservedConcurrentExecutions", spec.reserved_concurrency, 0, None, where)
    return Function(
        name=name,
        arn=arn,
        versions=versions,
        aliases=aliases,
        reserved_concurrency=spec.reserved_concurrency,
        provisioned_concurrency=_provisioned(spec, aliases, key),
        event_invoke=event_invoke,
        dead_letter=spec.dead_letter or "",
        is_recursion_allowed=spec.recursive_loop == "allow",
        duplicates=spec.duplicates,
        description=spec.description,
        policies=_policies(spec.policies, f"{key}.policies"),
    )


def _policies(given: Sequence[str | Mapping[str, Any]] | None, key: str) -> tuple[str | Mapping[str, Any], ...] | None:
    """Return policies as documents, and names of those that AWS keeps; a statement by itself is a document, too."""
    if given is None:
        return None
    policies: list[str | Mapping[str, Any]] = []
    for number, each in enumerate(given):
        if isinstance(each, str):
            policies.append(each)
        else:
            policies.append(read_document(each if "Statement" in each else [each], key=f"{key}[{number}]"))
    return tuple(policies)


class _Builder:
    """Builds the versions of one function."""

    def __init__(self, name: str, function: FunctionSpec, arn: str, folder: Path, handler: Handler | None) -> None:
        self._name = name
        self._function = function
        self._arn = arn
        self._folder = folder
        self._handler = handler

    def version(self, number: str, own: VersionSpec, key: str) -> FunctionVersion:
        function = self._function
        spec = _inherited(own, function)
        is_callable = self._handler is not None and spec.handler is None
        duration = DURATION_DEFAULT_US / 1e6 if spec.duration is None else spec.duration
        init_duration = INIT_DURATION_DEFAULT_US / 1e6 if spec.init_duration is None else spec.init_duration
        memory_used = spec.memory_used
        return FunctionVersion(
            function=self._name,
            version=number,
            function_arn=self._arn,
            handler=self._handler
            if self._handler is not None and is_callable
            else bounds.handler_name(spec.handler or "", f"{key}.handler", spec.runtime),
            code=None if is_callable else bounds.folder(self._folder / (spec.code or "."), f"{key}.code"),
            runtime=bounds.runtime(spec.runtime, f"{key}.runtime"),
            architecture=spec.architecture or "x86_64",
            memory_mb=bounds.memory_mb(spec.memory, f"{key}.memory"),
            timeout_us=bounds.timeout_us(spec.timeout, f"{key}.timeout"),
            ephemeral_storage_mb=bounds.ephemeral_storage_mb(spec.ephemeral_storage, f"{key}.ephemeral_storage"),
            environment=bounds.variables(spec.environment or {}, f"{key}.environment"),
            layers=bounds.layers(spec.layers or [], self._folder, f"{key}.layers"),
            extensions=bounds.extensions(spec.layers or [], f"{key}.layers"),
            duration=parse_duration(duration, key=f"{key}.duration"),
            init_duration=parse_duration(init_duration, key=f"{key}.init_duration"),
            memory_used_mb=None if memory_used is None else bounds.whole_megabytes(memory_used, f"{key}.memory_used"),
            log_format=function.log_format,
            application_log_level=bounds.log_level(
                function.application_log_level, function.log_format, f"{key}.application_log_level"
            ),
            system_log_level=bounds.log_level(
                function.system_log_level, function.log_format, f"{key}.system_log_level"
            ),
            log_group=function.log_group or f"/aws/lambda/{self._name}",
            tracing=function.tracing,
            durable=_durable(function.durable, f"functions.{self._name}.durable"),
            is_tenant_isolated=function.tenant_isolation,
        )


def _inherited(own: VersionSpec, function: VersionSpec) -> VersionSpec:
    """Return a version's settings, with the function's where it has none."""
    settings = {
        name: getattr(function, name) if getattr(own, name) is None else getattr(own, name)
        for name in VersionSpec.__struct_fields__
    }
    return VersionSpec(**settings)


def _durable(spec: DurableSpec | None, key: str) -> DurableConfig | None:
    if spec is None:
        return None
    return DurableConfig(
        execution_timeout_s=bounds.durable_timeout_s(spec.execution_timeout, f"{key}.execution_timeout"),
        retention_days=bounds.durable_retention_days(spec.retention_days, f"{key}.retention_days"),
    )


def _event_invoke(spec: EventInvokeSpec, key: str) -> EventInvokeConfig:
    return EventInvokeConfig(
        maximum_retry_attempts=bounds.retry_attempts(spec.maximum_retry_attempts, f"{key}.maximum_retry_attempts"),
        maximum_event_age_s=bounds.event_age_s(spec.maximum_event_age, f"{key}.maximum_event_age"),
        on_success=spec.on_success or "",
        on_failure=spec.on_failure or "",
    )


def build_alias(name: str, spec: AliasSpec, versions: Mapping[str, FunctionVersion], arn: str, key: str) -> Alias:
    """Return the alias that a scenario or an API call describes.

    Raises:
        ConfigurationError: AWS would refuse it; `key` names the setting.
    """
    bounds.alias_name(name, key)
    version = str(spec.version)
    if len(spec.weights) > 1:
        message = "Number of items in AdditionalVersionWeights cannot be greater than 1"
        raise ConfigurationError(message, key=f"{key}.weights")
    for number in (version, *map(str, spec.weights)):
        if number not in versions:
            raise ConfigurationError(f"Function not found: {arn}:{number}", key=key)
    if not spec.weights:
        return Alias(version=version)
    key = f"{key}.weights"
    (second, weight), *_ = spec.weights.items()
    if LATEST in (version, str(second)):
        raise ConfigurationError("$LATEST is not supported for an alias pointing to more than 1 version", key=key)
    if version == str(second):
        raise ConfigurationError(
            f"Invalid function version {version}. Function version {version} is already included in routing "
            "configuration.",
            key=key,
        )
    if not 0.0 <= weight <= 1.0:
        raise ConfigurationError(
            f"1 validation error detected: Value '{{{second}={weight}}}' at 'routingConfig.additionalVersionWeights' "
            "failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or "
            "equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
            key=key,
        )
    return Alias(version=version, second_version=str(second), weight=weight)


def _provisioned(spec: FunctionSpec, aliases: Mapping[str, Alias], key: str) -> dict[str, int]:
    if spec.provisioned_concurrency is not None:
        raise ConfigurationError(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions. Set it under "
            "`versions` or `aliases`.",
            key=f"{key}.provisioned_concurrency",
        )
    asked = {
        str(number): (version.provisioned_concurrency, f"{key}.versions.{number}.provisioned_concurrency")
        for number, version in spec.versions.items()
        if version.provisioned_concurrency is not None
    }
    for name, alias in spec.aliases.items():
        where = f"{key}.aliases.{name}.provisioned_concurrency"
        if alias.provisioned_concurrency is None:
            continue
        version = aliases[name].version
        if version == LATEST:
            raise ConfigurationError(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.", key=where
            )
        if version in asked:
            raise ConfigurationError(
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
                key=where,
            )
        asked[version] = (alias.provisioned_concurrency, where)
    total = 0
    for count, where in asked.values():
        if spec.tenant_isolation:
            raise ConfigurationError(not_with_tenants("Provisioned concurrency"), key=where)
        total += bounds.whole_number("provisionedConcurrentExecutions", count, 1, None, where)
        if spec.reserved_concurrency is not None and total > spec.reserved_concurrency:
            raise ConfigurationError(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                "function",
                key=where,
            )
    return {version: count for version, (count, _) in asked.items()}
