"""What a scenario may say about a function, and what AWS says when it says too much."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from eventsim.errors import ConfigurationError
from eventsim.function.duration import Constant, LogNormal
from eventsim.function.function import Alias, EventInvokeConfig, Function
from eventsim.function.spec import FunctionSpec, build_function

ARN = "arn:aws:lambda:us-east-1:123456789012:function:shop"


def _build(folder: Path, settings: Mapping[str, Any]) -> Function:
    spec = msgspec.convert({"handler": "app.handler", **settings}, FunctionSpec)
    return build_function("shop", spec, arn=ARN, folder=folder)


def test_a_function_needs_only_a_handler(tmp_path: Path) -> None:
    """Everything else has AWS's default."""
    latest = _build(tmp_path, {}).versions["$LATEST"]

    assert (latest.memory_mb, latest.timeout_us, latest.ephemeral_storage_mb) == (128, 3_000_000, 512)
    assert (latest.architecture, latest.runtime, latest.log_group) == ("x86_64", "python3.12", "/aws/lambda/shop")


def test_settings_carry_their_units(tmp_path: Path) -> None:
    """Memory in MB, times in seconds, unless the value says otherwise."""
    settings = {
        "memory": "1 GB",
        "timeout": "2 minutes",
        "ephemeral_storage": 1024,
        "environment": {"TABLE": "orders", "COUNT": 3, "DEBUG": True},
        "duration": "lognormal 20 ms p99 200 ms",
        "init_duration": 0.25,
        "memory_used": "90 MB",
    }

    latest = _build(tmp_path, settings).versions["$LATEST"]

    assert (latest.memory_mb, latest.timeout_us, latest.ephemeral_storage_mb) == (1024, 120_000_000, 1024)
    assert latest.environment == {"TABLE": "orders", "COUNT": "3", "DEBUG": "true"}
    assert (latest.duration, latest.init_duration) == (LogNormal(20_000, 200_000), Constant(250_000))
    assert latest.memory_used_mb == 90


def test_a_version_has_what_the_function_has_unless_it_says_otherwise(tmp_path: Path) -> None:
    """But for asynchronous events, whose handling nobody inherits (recorded)."""
    settings = {
        "memory": 256,
        "timeout": 30,
        "maximum_retry_attempts": 1,
        "versions": {1: {"memory": 512}, "2": {"maximum_event_age": "1 h"}},
    }

    function = _build(tmp_path, settings)

    assert [function.versions[number].memory_mb for number in ("$LATEST", "1", "2")] == [256, 512, 256]
    assert function.versions["1"].timeout_us == 30_000_000
    assert function.event_invoke_of("") == EventInvokeConfig(maximum_retry_attempts=1)
    assert function.event_invoke_of("1") == EventInvokeConfig()
    assert function.event_invoke_of("2") == EventInvokeConfig(maximum_event_age_s=3_600)


def test_an_alias_points_at_versions(tmp_path: Path) -> None:
    """Its provisioned environments are those of the version that it points at."""
    settings = {
        "versions": {1: {}, 2: {}},
        "aliases": {"live": {"version": 1, "weights": {2: 0.1}, "provisioned_concurrency": 5}},
    }

    function = _build(tmp_path, settings)

    assert function.aliases == {"live": Alias(version="1", second_version="2", weight=0.1)}
    assert function.provisioned_concurrency == {"1": 5}


def test_a_callable_needs_no_folder(tmp_path: Path) -> None:
    """Tests hand over the function itself."""

    def handler(event: object, context: object) -> None: ...

    function = build_function("shop", FunctionSpec(), arn=ARN, folder=tmp_path, handler=handler)

    assert (function.versions["$LATEST"].handler, function.versions["$LATEST"].code) == (handler, None)


TWO = {"versions": {1: {}, 2: {}}}
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "memory too small": (
        {"memory": 64},
        "memory",
        "1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: "
        "Member must have value greater than or equal to 128",
    ),
    "memory too large": ({"memory": "11 GB"}, "memory", "Member must have value less than or equal to 10240"),
    "memory not whole": ({"memory": "128.5 MB"}, "memory", "AWS counts this in whole MB"),
    "timeout too long": (
        {"timeout": "16 minutes"},
        "timeout",
        "Value '960' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
    ),
    "timeout zero": ({"timeout": 0}, "timeout", "Member must have value greater than or equal to 1"),
    "timeout not whole": ({"timeout": "1500 ms"}, "timeout", "AWS counts this in whole seconds"),
    "storage": ({"ephemeral_storage": "1 MB"}, "ephemeral_storage", "Value '1' at 'ephemeralStorage.size'"),
    "runtime": ({"runtime": "java21"}, "runtime", "eventsim runs Python (`python3.12`), Node.js"),
    "handler with space": ({"handler": "app handler"}, "handler", "Value 'app handler' at 'handler'"),
    "no handler": ({"handler": ""}, "handler", "a function needs a handler"),
    "folder": ({"code": "nowhere"}, "code", "there is no folder"),
    "layers": ({"layers": ["."] * 6}, "layers", "Cannot reference more than 5 layers."),
    "variables too large": (
        {"environment": {"TEXT": "x" * 4_096}},
        "environment",
        "Lambda was unable to configure your environment variables because the environment variables you have "
        'provided exceeded the 4KB limit. String measured: {"TEXT":"xxx',
    ),
    "reserved variable": (
        {"environment": {"AWS_REGION": "eu-west-1"}},
        "environment.AWS_REGION",
        "Reserved keys used in this request: AWS_REGION",
    ),
    "odd variable": ({"environment": {"1A": "x"}}, "environment.1A", "Map keys must satisfy constraint"),
    "reserved concurrency": ({"reserved_concurrency": -1}, "reserved_concurrency", "greater than or equal to 0"),
    "retries": (
        {"maximum_retry_attempts": 3},
        "maximum_retry_attempts",
        "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: "
        "Member must have value less than or equal to 2",
    ),
    "event age": ({"maximum_event_age": 59}, "maximum_event_age", "Value '59' at 'maximumEventAgeInSeconds'"),
    "provisioned latest": (
        {"provisioned_concurrency": 1},
        "provisioned_concurrency",
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    ),
    "provisioned above reserved": (
        {"reserved_concurrency": 2, "versions": {1: {"provisioned_concurrency": 3}}},
        "versions.1.provisioned_concurrency",
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    ),
    "provisioned twice": (
        {
            "versions": {1: {"provisioned_concurrency": 1}},
            "aliases": {"live": {"version": 1, "provisioned_concurrency": 1}},
        },
        "aliases.live.provisioned_concurrency",
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    ),
    "version zero": ({"versions": {0: {}}}, "versions.0", "AWS counts published versions 1, 2, 3"),
    "alias to nowhere": ({"aliases": {"live": {"version": 7}}}, "aliases.live", f"Function not found: {ARN}:7"),
    "alias like a version": ({**TWO, "aliases": {"3": {"version": 1}}}, "aliases.3", "Value '3' at 'name'"),
    "three versions": (
        {"versions": {1: {}, 2: {}, 3: {}}, "aliases": {"live": {"version": 1, "weights": {2: 0.1, 3: 0.1}}}},
        "aliases.live.weights",
        "Number of items in AdditionalVersionWeights cannot be greater than 1",
    ),
    "weight of latest": (
        {**TWO, "aliases": {"live": {"version": "$LATEST", "weights": {2: 0.1}}}},
        "aliases.live.weights",
        "$LATEST is not supported for an alias pointing to more than 1 version",
    ),
    "weight of itself": (
        {**TWO, "aliases": {"live": {"version": 1, "weights": {1: 0.1}}}},
        "aliases.live.weights",
        "Invalid function version 1. Function version 1 is already included in routing configuration.",
    ),
    "weight above one": (
        {**TWO, "aliases": {"live": {"version": 1, "weights": {2: 1.5}}}},
        "aliases.live.weights",
        "Member must have value less than or equal to 1.0",
    ),
    "level without JSON": ({"application_log_level": "DEBUG"}, "application_log_level", "only for `log_format: JSON`"),
}


@pytest.mark.parametrize(("settings", "key", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_out_of_bounds_is_refused_with_its_key(
    tmp_path: Path, settings: dict[str, Any], key: str, message: str
) -> None:
    """In AWS's words where AWS has some."""
    with pytest.raises(ConfigurationError) as caught:
        _build(tmp_path, settings)

    assert caught.value.key == f"functions.shop.{key}"
    assert message in str(caught.value)


def test_a_function_may_be_called_only_what_aws_allows(tmp_path: Path) -> None:
    """Letters, digits, hyphen and underscore; at most 64."""
    with pytest.raises(ConfigurationError, match="Value 'my shop' at 'functionName'"):
        build_function("my shop", FunctionSpec(handler="a.b"), arn=ARN, folder=tmp_path)


def test_every_setting_is_described() -> None:
    """The editor shows a sentence for each key."""
    schema = msgspec.json.schema(FunctionSpec)

    undescribed = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        for key, setting in definition["properties"].items()
        if "description" not in setting
    ]
    assert undescribed == []
