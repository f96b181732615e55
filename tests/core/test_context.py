"""The context object, attribute for attribute."""

from typing import Any

import pytest

from eventsim.environment.context import LambdaContext

ENVIRON = {
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
}


def _context(now_ms: int = 0, client_context: Any = None, written: list[str] | None = None) -> LambdaContext:
    write = [].append if written is None else written.append
    return LambdaContext("id", "arn:f", ENVIRON, 5_000, lambda: now_ms, write, client_context)


@pytest.mark.parametrize(("now_ms", "left_ms"), [(0, 5_000), (4_999, 1), (5_000, 0), (9_000, 0)])
def test_the_time_left_is_never_negative(now_ms: int, left_ms: int) -> None:
    """A whole number of milliseconds to the deadline, in virtual time."""
    assert _context(now_ms).get_remaining_time_in_millis() == left_ms


def test_memory_is_a_text() -> None:
    """`memory_limit_in_mb` is no number (recorded)."""
    assert _context().memory_limit_in_mb == "128"


def test_a_client_context_has_known_members_only() -> None:
    """What is missing is None; unknown members of `client` are dropped."""
    given = {"client": {"app_title": "shop", "colour": "red"}, "custom": {"a": 1}}

    context = _context(client_context=given).client_context

    assert context is not None
    assert (context.client.app_title, context.client.installation_id) == ("shop", None)
    assert (context.custom, context.env) == ({"a": 1}, None)
    assert not hasattr(context.client, "colour")
    assert repr(context) == (
        "ClientContext([custom={'a': 1},env=None,client=Client([installation_id=None,app_title=shop,"
        "app_version_name=None,app_version_code=None,app_package_name=None])])"
    )


def test_programs_get_a_client_context_as_it_was_given() -> None:
    """Libraries in other languages hand on all of it, such as the `Custom` of AWS's mobile SDKs."""
    given = {"client": {"colour": "red"}, "Custom": {"a": 1}}

    context = _context(client_context=given).client_context

    assert context is not None
    assert context.as_given() == given


def test_log_writes_what_it_is_given() -> None:
    """Without a newline of its own."""
    written: list[str] = []

    _context(written=written).log({"a": 1})

    assert written == ["{'a': 1}"]


def test_users_may_hang_things_on_it() -> None:
    """Libraries keep state on the context object."""
    context = _context()

    context.tracer = "mine"  # type: ignore[attr-defined]  # that is the point

    assert vars(context)["tracer"] == "mine"
