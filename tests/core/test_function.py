"""Which function, version and alias runs a request."""

from collections.abc import Callable

import pytest

from eventsim.chance import Chance
from eventsim.errors import ApiError, ConfigurationError
from eventsim.function.function import Alias, EventInvokeConfig, Function, FunctionName, Functions, FunctionVersion

ARN = "arn:aws:lambda:us-east-1:123456789012:function:shop"


def _version(number: str) -> FunctionVersion:
    return FunctionVersion(function="shop", version=number, function_arn=ARN, handler="app.handler")


def _functions() -> Functions:
    functions = Functions("us-east-1", "123456789012")
    functions.add(
        Function(
            name="shop",
            arn=ARN,
            versions={number: _version(number) for number in ("$LATEST", "1", "2")},
            aliases={"live": Alias(version="1"), "canary": Alias(version="1", second_version="2", weight=0.25)},
            event_invoke={"$LATEST": EventInvokeConfig(maximum_retry_attempts=0)},
        )
    )
    return functions


def _never() -> float:
    raise AssertionError("luck must not be asked")


@pytest.mark.parametrize(("qualifier", "version"), [("", "$LATEST"), ("$LATEST", "$LATEST"), ("2", "2"), ("live", "1")])
def test_a_qualifier_names_a_version_or_an_alias(qualifier: str, version: str) -> None:
    """No qualifier means `$LATEST`; luck is asked only where an alias shares requests."""
    assert _functions().resolve("shop", qualifier, _never).version == version


@pytest.mark.parametrize(("luck", "version"), [(0.2499, "2"), (0.25, "1")], ids=["below weight", "at weight"])
def test_a_weighted_alias_shares_its_requests(luck: float, version: str) -> None:
    """The second version gets a share as large as its weight (documented)."""
    assert _functions().resolve("shop", "canary", lambda: luck).version == version


def test_shares_come_out_over_many_requests() -> None:
    """Each request is drawn by itself."""
    functions, luck = _functions(), Chance(1).stream("test").random

    versions = [functions.resolve("shop", "canary", luck).version for _ in range(4_000)]

    assert versions.count("2") == pytest.approx(1_000, abs=80)


@pytest.mark.parametrize(
    ("name", "qualifier", "missing"),
    [("shop", "9", "shop:9"), ("shop", "old", "shop:old"), ("shoe", "", "shoe:$LATEST")],
)
def test_what_is_not_there_is_named_with_its_qualifier(name: str, qualifier: str, missing: str) -> None:
    """AWS's message names the qualifier even where none was given (recorded)."""
    with pytest.raises(ApiError) as caught:
        _functions().resolve(name, qualifier, _never)

    assert (caught.value.code, caught.value.status) == ("ResourceNotFoundException", 404)
    assert caught.value.message == f"Function not found: arn:aws:lambda:us-east-1:123456789012:function:{missing}"


NAMES = {
    "name": ("shop", "", FunctionName("shop")),
    "name and qualifier": ("shop:live", "", FunctionName("shop", "live")),
    "latest": ("shop:$LATEST", "$LATEST", FunctionName("shop", "$LATEST")),
    "partial ARN": ("123456789012:function:shop", "1", FunctionName("shop", "1")),
    "partial ARN and qualifier": ("123456789012:function:shop:1", "", FunctionName("shop", "1")),
    "ARN": (ARN, "", FunctionName("shop")),
    "ARN and qualifier": (f"{ARN}:live", "live", FunctionName("shop", "live")),
}


@pytest.mark.parametrize(("text", "qualifier", "name"), NAMES.values(), ids=NAMES)
def test_a_function_has_names_of_three_forms(text: str, qualifier: str, name: FunctionName) -> None:
    """Name, partial ARN and ARN, each perhaps with a qualifier (documented)."""
    assert _functions().parse_name(text, qualifier) == name


REFUSED_NAMES = {
    "two qualifiers": (
        lambda functions: functions.parse_name("shop:live", "1"),
        "InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified qualifier.",
    ),
    "other region": (
        lambda functions: functions.parse_name("arn:aws:lambda:eu-west-1:123456789012:function:shop"),
        "ResourceNotFoundException",
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ),
    "other account": (
        lambda functions: functions.parse_name("210987654321:function:shop"),
        "ResourceNotFoundException",
        "Function not found: 210987654321:function:shop",
    ),
    "not a name": (
        lambda functions: functions.parse_name("my shop"),
        "ValidationException",
        "1 validation error detected: Value 'my shop' at 'functionName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern",
    ),
    "ARN of a queue": (
        lambda functions: functions.parse_name("arn:aws:sqs:us-east-1:123456789012:orders"),
        "ValidationException",
        "1 validation error detected",
    ),
    "too long": (
        lambda functions: functions.parse_name("s" * 65),
        "InvalidParameterValueException",
        "1 validation error detected",
    ),
}


@pytest.mark.parametrize(("call", "code", "message"), REFUSED_NAMES.values(), ids=REFUSED_NAMES)
def test_a_name_may_be_refused(call: Callable[[Functions], object], code: str, message: str) -> None:
    """In AWS's words."""
    with pytest.raises(ApiError) as caught:
        call(_functions())

    assert caught.value.code == code
    assert caught.value.message.startswith(message)


def test_event_invoke_configuration_is_not_inherited() -> None:
    """A version or alias without its own uses the defaults, even if the function has one (recorded)."""
    function = _functions()["shop"]

    assert function.event_invoke_of("").maximum_retry_attempts == 0
    assert function.event_invoke_of("live").maximum_retry_attempts == 2


def test_two_functions_cannot_have_one_name() -> None:
    """Names are unique in an account and region."""
    functions = _functions()

    with pytest.raises(ConfigurationError, match="two functions named 'shop'"):
        functions.add(functions["shop"])


def test_an_update_makes_a_new_version_object() -> None:
    """Versions are equal only to themselves, so environments of the old code are told apart."""
    assert _version("$LATEST") != _version("$LATEST")
