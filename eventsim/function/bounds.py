"""Is a function's setting within AWS's bounds? Each check returns the value in our units, or refuses in AWS's words."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from eventsim.errors import ConfigurationError
from eventsim.function.extension import extension_of
from eventsim.function.function import RUNTIME_DEFAULT
from eventsim.function.runtime import LANGUAGES, PROVIDED_RUNTIMES, RUNTIMES, obstacle
from eventsim.limits import (
    DURABLE_RETENTION_DAYS_DEFAULT,
    DURABLE_RETENTION_DAYS_MAX,
    DURABLE_RETENTION_DAYS_MIN,
    DURABLE_TIMEOUT_S_DEFAULT,
    DURABLE_TIMEOUT_S_MAX,
    DURABLE_TIMEOUT_S_MIN,
    ENVIRONMENT_VARIABLES_BYTES_MAX,
    EPHEMERAL_STORAGE_MB_DEFAULT,
    EPHEMERAL_STORAGE_MB_MAX,
    EPHEMERAL_STORAGE_MB_MIN,
    EVENT_AGE_S_DEFAULT,
    EVENT_AGE_S_MAX,
    EVENT_AGE_S_MIN,
    FUNCTION_NAME_CHARACTERS_MAX,
    HANDLER_CHARACTERS_MAX,
    LAYERS_MAX,
    MEMORY_MB_DEFAULT,
    MEMORY_MB_MAX,
    MEMORY_MB_MIN,
    RETRY_ATTEMPTS_DEFAULT,
    RETRY_ATTEMPTS_MAX,
    RETRY_ATTEMPTS_MIN,
    TIMEOUT_S_DEFAULT,
    TIMEOUT_S_MAX,
    TIMEOUT_S_MIN,
)
from eventsim.quantity import Duration, Size, duration_us, size_bytes

RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
"""Variables that nobody may set (documented)."""
VARIABLE_NAME = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")


def function_name(name: str, key: str) -> str:
    """Check a function's name."""
    _check_pattern("functionName", name, r"[a-zA-Z0-9-_]+", key)
    return _check_length("functionName", name, FUNCTION_NAME_CHARACTERS_MAX, key)


def alias_name(name: str, key: str) -> str:
    """Check an alias's name: it must not look like a version."""
    return _check_pattern("name", name, r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)", key)


def version_number(number: str, key: str) -> str:
    """Check the number of a published version."""
    if not re.fullmatch(r"[1-9]\d*", number):
        raise ConfigurationError(f"AWS counts published versions 1, 2, 3, …; {number!r} is none", key=key)
    return number


def handler_name(handler: str, key: str, runtime: str | None = None) -> str:
    """Check the form of `module.function`, as far as AWS does: whether it is there shows at the first cold start.

    A function that brings its own program needs none.
    """
    if not handler and runtime in PROVIDED_RUNTIMES:
        return "bootstrap"
    if not handler:
        raise ConfigurationError("a function needs a handler, written `module.function`", key=key)
    _check_length("handler", handler, HANDLER_CHARACTERS_MAX, key)
    return _check_pattern("handler", handler, r"[^\s]+", key)


def folder(path: Path, key: str) -> Path:
    """Check that a folder with code is there."""
    if not path.exists():
        raise ConfigurationError(f"there is no folder {path}", key=key)
    if not path.is_dir():
        raise ConfigurationError(f"{path} is a file; name the folder that holds the code", key=key)
    return path


def layers(names: Sequence[str], relative_to: Path, key: str) -> tuple[Path, ...]:
    """Check the folders of layers."""
    if len(names) > LAYERS_MAX:
        raise ConfigurationError(f"Cannot reference more than {LAYERS_MAX} layers.", key=key)
    return tuple(folder(relative_to / name, f"{key}[{place}]") for place, name in enumerate(names) if not _is_arn(name))


def extensions(names: Sequence[str], key: str) -> tuple[str, ...]:
    """Check the layers that are named by their ARNs: those of AWS's that bring an extension."""
    arns = {place: name for place, name in enumerate(names) if _is_arn(name)}
    for place, arn in arns.items():
        if not extension_of(arn):
            raise ConfigurationError(
                f"the layer {arn} is not here; install what it brings, or name a folder that holds it",
                key=f"{key}[{place}]",
            )
    return tuple(arns.values())


def _is_arn(name: str) -> bool:
    return name.startswith("arn:")


def runtime(name: str | None, key: str) -> str:
    """Check that functions of this runtime can run here."""
    if name is None:
        return RUNTIME_DEFAULT
    if name not in RUNTIMES:
        others = ", ".join(f"{language.name} (`{language.runtimes[-1]}`)" for language in LANGUAGES)
        raise ConfigurationError(
            f"the runtime {name!r} is not simulated: eventsim runs Python (`{RUNTIME_DEFAULT}`), {others} "
            f"and programs that speak Lambda's Runtime API (`{PROVIDED_RUNTIMES[-1]}`)",
            key=key,
        )
    reason = obstacle(name)
    if reason:
        raise ConfigurationError(f"functions of {name} cannot run here: {reason}", key=key)
    return name


def memory_mb(value: Size | None, key: str) -> int:
    """Check a function's memory."""
    size_mb = MEMORY_MB_DEFAULT if value is None else whole_megabytes(value, key)
    return whole_number("memorySize", size_mb, MEMORY_MB_MIN, MEMORY_MB_MAX, key)


def ephemeral_storage_mb(value: Size | None, key: str) -> int:
    """Check the size of `/tmp`."""
    size_mb = EPHEMERAL_STORAGE_MB_DEFAULT if value is None else whole_megabytes(value, key)
    return whole_number("ephemeralStorage.size", size_mb, EPHEMERAL_STORAGE_MB_MIN, EPHEMERAL_STORAGE_MB_MAX, key)


def whole_megabytes(value: Size, key: str) -> int:
    """Check an amount of memory and return it in MB."""
    size = size_bytes(value, unit="mb", key=key)
    if size % (1 << 20):
        raise ConfigurationError(f"AWS counts this in whole MB, which {value!r} is not", key=key)
    return size >> 20


def timeout_us(value: Duration | None, key: str) -> int:
    """Check a function's timeout."""
    span_s = TIMEOUT_S_DEFAULT if value is None else _whole_seconds(value, key)
    return whole_number("timeout", span_s, TIMEOUT_S_MIN, TIMEOUT_S_MAX, key) * 1_000_000


def event_age_s(value: Duration | None, key: str) -> int:
    """Check how old an asynchronous event may become."""
    span_s = EVENT_AGE_S_DEFAULT if value is None else _whole_seconds(value, key)
    return whole_number("maximumEventAgeInSeconds", span_s, EVENT_AGE_S_MIN, EVENT_AGE_S_MAX, key)


def durable_timeout_s(value: Duration | None, key: str) -> int:
    """Check for how long one execution of a durable function may last."""
    span_s = DURABLE_TIMEOUT_S_DEFAULT if value is None else _whole_seconds(value, key)
    return whole_number("durableConfig.executionTimeout", span_s, DURABLE_TIMEOUT_S_MIN, DURABLE_TIMEOUT_S_MAX, key)


def durable_retention_days(value: int | None, key: str) -> int:
    """Check for how many days an execution of a durable function is known after its end."""
    days = DURABLE_RETENTION_DAYS_DEFAULT if value is None else value
    low, high = DURABLE_RETENTION_DAYS_MIN, DURABLE_RETENTION_DAYS_MAX
    return whole_number("durableConfig.retentionPeriodInDays", days, low, high, key)


def retry_attempts(value: int | None, key: str) -> int:
    """Check how often an asynchronous event is tried again."""
    attempts = RETRY_ATTEMPTS_DEFAULT if value is None else value
    return whole_number("maximumRetryAttempts", attempts, RETRY_ATTEMPTS_MIN, RETRY_ATTEMPTS_MAX, key)


def whole_number(member: str, value: int, lowest: int, highest: int | None, key: str) -> int:
    """Check a number against its bounds; `member` is AWS's name for it."""
    if value < lowest:
        bound = f"greater than or equal to {lowest}"
    elif highest is not None and value > highest:
        bound = f"less than or equal to {highest}"
    else:
        return value
    raise _refusal(member, str(value), f"Member must have value {bound}", key)


def variables(given: Mapping[str, str | float | bool], key: str) -> dict[str, str]:
    """Check environment variables and return them as text."""
    texts = {name: _variable_text(value) for name, value in given.items()}
    for name in texts:
        if name in RESERVED_VARIABLES:
            raise ConfigurationError(
                "Lambda was unable to configure your environment variables because the environment variables you have "
                "provided contains reserved keys that are currently not supported for modification. Reserved keys used "
                f"in this request: {name}",
                key=f"{key}.{name}",
            )
        if not VARIABLE_NAME.fullmatch(name):
            raise ConfigurationError(
                f"1 validation error detected: Value '{name}' at 'environment.variables' failed to satisfy constraint: "
                "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                f"{VARIABLE_NAME.pattern}]",
                key=f"{key}.{name}",
            )
    measured = json.dumps(texts, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > ENVIRONMENT_VARIABLES_BYTES_MAX:
        raise ConfigurationError(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {measured}",
            key=key,
        )
    return texts


def log_level(level: str | None, log_format: str, key: str) -> str:
    """Check that a log level is set only where it means something."""
    if level is not None and log_format == "Text":
        raise ConfigurationError("log levels are only for `log_format: JSON`; the text format has none", key=key)
    return level or "INFO"


def _variable_text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _whole_seconds(value: Duration, key: str) -> int:
    span_us = duration_us(value, key=key)
    if span_us % 1_000_000:
        raise ConfigurationError(f"AWS counts this in whole seconds, which {value!r} is not", key=key)
    return span_us // 1_000_000


def _check_pattern(member: str, value: str, pattern: str, key: str) -> str:
    if not re.fullmatch(pattern, value):
        raise _refusal(member, value, f"Member must satisfy regular expression pattern: {pattern}", key)
    return value


def _check_length(member: str, value: str, highest: int, key: str) -> str:
    if len(value) > highest:
        raise _refusal(member, value, f"Member must have length less than or equal to {highest}", key)
    return value


def _refusal(member: str, value: str, constraint: str, key: str) -> ConfigurationError:
    return ConfigurationError(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}",
        key=key,
    )
