"""Which settings does a request ask for? AWS's parameters as settings of a version, with AWS's checks.

The bounds are those that scenarios keep as well. What is accepted without effect is given back as it came.
"""

import re
from collections.abc import Mapping
from typing import Any

from eventsim.api import Request
from eventsim.calls.inert import not_simulated
from eventsim.calls.lambda_api.errors import in_aws_words, invalid, malformed
from eventsim.calls.lambda_api.layers import layer_folders
from eventsim.calls.lambda_api.service import Service
from eventsim.function import bounds
from eventsim.function.extension import extension_of
from eventsim.function.function import DurableConfig, FunctionVersion
from eventsim.function.runtime import PYTHON_RUNTIMES, RUNTIMES, interpreter, is_program, obstacle
from eventsim.function.tenancy import not_with_tenants

_WITHOUT_SNAP_START = (*PYTHON_RUNTIMES[:4], *filter(is_program, RUNTIMES))
"""Those before python3.12, and those that have none (documented)."""
_RETIRED = frozenset(
    {"python2.7", "python3.6", "python3.7", "go1.x", "java8", "provided", "ruby2.5", "ruby2.7", "nodejs"}
    | {f"nodejs{number}" for number in ("4.3", "4.3-edge", "6.10", "8.10", "10.x", "12.x", "14.x")}
    | {f"dotnetcore{number}" for number in ("1.0", "2.0", "2.1", "3.1")}
)
"""Those for which AWS has made and changed no function since 2024 at the latest (documented)."""
_OTHER_LANGUAGES = ("custom", "dotnet", "java", "nodejs", "provided", "ruby")
"""How the names of runtimes begin that AWS has, too."""

_ARCHITECTURES = ("x86_64", "arm64")
_ROLE_PATTERN = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"

WITHOUT_EFFECT = {
    "Role": "it counts if permissions are told or enforced, and is told by GetCallerIdentity",
    "VpcConfig": "there is no network",
    "KMSKeyArn": "nothing is encrypted",
    "FileSystemConfigs": "file systems are not mounted",
    "MasterRegion": "there is no edge",
    "SourceKMSKeyArn": "nothing is encrypted",
}
"""Settings of a function that are accepted and given back, and why they change nothing."""

ECHOED = ("Role", "VpcConfig", "KMSKeyArn", "FileSystemConfigs")
"""Of these and the one below, what the API gives back."""


def version_settings(service: Service, request: Request, before: FunctionVersion | None) -> dict[str, Any]:
    """Return the fields of `FunctionVersion` that a request sets.

    Args:
        before: the version that is changed, None for a new function.

    Raises:
        ApiError: a value is out of bounds.
    """
    given: dict[str, Any] = {name: value for name, value in request.parameters.items() if value is not None}
    settings: dict[str, Any] = {}
    with in_aws_words():
        if "Handler" in given:
            settings["handler"] = bounds.handler_name(given["Handler"], "handler")
        if "Runtime" in given:
            settings["runtime"] = check_runtime(request, given["Runtime"])
        settings |= _limits(given)
        if "Environment" in given:
            settings["environment"] = bounds.variables(given["Environment"].get("Variables") or {}, "environment")
        if "Architectures" in given:
            settings["architecture"] = _architecture(given["Architectures"])
        if "Layers" in given:
            settings["layers"] = layer_folders(service, request, given["Layers"])
            settings["extensions"] = tuple(filter(extension_of, given["Layers"]))
        if "TracingConfig" in given:
            settings["tracing"] = given["TracingConfig"].get("Mode") or "PassThrough"
        if "DurableConfig" in given:
            settings["durable"] = _durable(given["DurableConfig"], before)
        if "LoggingConfig" in given:
            settings |= _logging(given["LoggingConfig"], before, service.name_in(request).name)
    return settings


def echoed_settings(service: Service, request: Request, runtime: str, *, is_tenant_isolated: bool) -> dict[str, Any]:
    """Return the settings that are only given back.

    Args:
        runtime: the function's.

    Raises:
        ApiError: a value is malformed, or not for this runtime, or not for functions that isolate tenants.
    """
    given: Mapping[str, Any] = request.parameters
    echoed: dict[str, Any] = {name: given[name] for name in ECHOED if given.get(name) is not None}
    if given.get("Environment") is not None:
        echoed["Environment"] = {"Variables": {}}  # told even if it stays empty
    if "VpcConfig" in echoed:
        echoed["VpcConfig"] = _vpc(service, echoed["VpcConfig"])
    role = echoed.get("Role")
    if role is not None and not re.fullmatch(_ROLE_PATTERN, str(role)):
        raise malformed(role, "role", f"Member must satisfy regular expression pattern: {_ROLE_PATTERN}")
    if given.get("SnapStart") is not None:
        applies_on = given["SnapStart"].get("ApplyOn") or "None"
        if applies_on != "None":
            if is_tenant_isolated:
                raise invalid(not_with_tenants("SnapStart"))
            if runtime in _WITHOUT_SNAP_START:  # emulated
                raise invalid(f"{runtime} is not supported for SnapStart enabled functions.")
            service.inert.tell(request, f"SnapStart.ApplyOn={applies_on}", "every cold start runs the init phase")
        echoed["SnapStart"] = {"ApplyOn": applies_on, "OptimizationStatus": "Off"}
    return echoed


def _vpc(service: Service, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a network as answers have it; its id, which nobody can look up here, is the same for the same subnets.

    Raises:
        ApiError: it is half a network; AWS's words, as users report them.
    """
    subnets = list(given.get("SubnetIds") or ())
    groups = list(given.get("SecurityGroupIds") or ())
    if bool(subnets) != bool(groups):
        raise invalid("SubnetIds and SecurityIds must coexist or be both empty list.")
    return {
        "SubnetIds": subnets,
        "SecurityGroupIds": groups,
        "VpcId": f"vpc-{service.chance.hex_ids(17, 'vpc', *subnets)()}" if subnets else "",
        "Ipv6AllowedForDualStack": bool(given.get("Ipv6AllowedForDualStack")),
    }


def dead_letter(request: Request, before: str) -> str:
    """Return where given-up events go, as the request has it.

    Raises:
        ApiError: it is neither a queue nor a topic.
    """
    config: Any = request.parameters.get("DeadLetterConfig")
    if config is None:
        return before
    arn = str(config.get("TargetArn") or "")
    if arn and not re.match(r"arn:[^:]+:(sqs|sns):", arn):
        raise invalid(f"The provided dead letter target {arn} must be a queue or a topic.")  # unconfirmed wording
    return arn


def check_runtime(request: Request, runtime: str) -> str:
    """See that a runtime is one whose functions we can run.

    Raises:
        ApiError: it is none; AWS's words, as users report them, but for the list, which is of those that run here.
    """
    if runtime in RUNTIMES:
        reason = obstacle(runtime)
        if reason:
            raise not_simulated(request, f"the runtime {runtime} on this machine ({reason})")
        return runtime
    if runtime in _RETIRED:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime.startswith(_OTHER_LANGUAGES):
        raise not_simulated(request, f"the runtime {runtime}", remedy=f"Take one of {', '.join(RUNTIMES)}")
    raise invalid(
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        f"[{', '.join(RUNTIMES)}] or be a valid ARN"
    )


def tell_of_runtime(service: Service, request: Request, version: FunctionVersion) -> None:
    """Say in the trace that the interpreter is not the one that was asked for."""
    runs_here = service.trace.kind("runs here", "{place} asks for {runtime} and runs on {interpreter}")
    place = service.trace.subject("function", version.function)
    detail = {"runtime": version.runtime, "interpreter": interpreter(version.runtime)}
    service.trace.record(runs_here, place, place, request.entry, detail=detail)


def _architecture(given: Any) -> str:
    shown = f"[{', '.join(given)}]"
    if len(given) != 1:
        side = "less than or equal to 1" if given else "greater than or equal to 1"
        raise malformed(shown, "architectures", f"Member must have length {side}")
    if given[0] not in _ARCHITECTURES:
        constraint = (
            f"Member must satisfy constraint: [Member must satisfy enum value set: [{', '.join(_ARCHITECTURES)}], "
            "Member must not be null]"
        )
        raise malformed(shown, "architectures", constraint)
    return str(given[0])


def _limits(given: Mapping[str, Any]) -> dict[str, int]:
    settings = {}
    if "Timeout" in given:
        settings["timeout_us"] = bounds.timeout_us(given["Timeout"], "timeout")
    if "MemorySize" in given:
        settings["memory_mb"] = bounds.memory_mb(given["MemorySize"], "memory")
    if "EphemeralStorage" in given:
        size_mb = given["EphemeralStorage"]["Size"]
        settings["ephemeral_storage_mb"] = bounds.ephemeral_storage_mb(size_mb, "ephemeral_storage")
    return settings


def _durable(given: Mapping[str, Any], before: FunctionVersion | None) -> DurableConfig:
    """Return how long executions last; whether a function is durable is decided when it is made (documented).

    Raises:
        ApiError: a value is out of bounds, or the function was made without.
    """
    known = before.durable if before is not None else None
    if before is not None and known is None:  # unconfirmed wording
        raise invalid("DurableConfig can only be set when the function is created.")
    timeout_s, days = given.get("ExecutionTimeout"), given.get("RetentionPeriodInDays")
    if known is not None:
        timeout_s, days = timeout_s or known.execution_timeout_s, days or known.retention_days
    return DurableConfig(
        execution_timeout_s=bounds.durable_timeout_s(timeout_s, "durable"),
        retention_days=bounds.durable_retention_days(days, "durable"),
    )


def _logging(given: Mapping[str, Any], before: FunctionVersion | None, name: str) -> dict[str, str]:
    """Return the settings of logging; what is not given stays as it was."""
    log_format = given.get("LogFormat") or (before.log_format if before else "Text")
    levels = {level: given.get(level) for level in ("ApplicationLogLevel", "SystemLogLevel")}
    if log_format == "Text" and any(levels.values()):
        raise invalid("Log levels are only supported when the log format is JSON.")  # unconfirmed wording
    settings = {"log_format": log_format}
    if log_format == "JSON":
        settings["application_log_level"] = levels["ApplicationLogLevel"] or (
            before.application_log_level if before else "INFO"
        )
        settings["system_log_level"] = levels["SystemLogLevel"] or (before.system_log_level if before else "INFO")
    if given.get("LogGroup"):
        settings["log_group"] = given["LogGroup"]
    elif before is None:
        settings["log_group"] = f"/aws/lambda/{name}"
    return settings
