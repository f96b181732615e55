"""What the runtime makes of handlers that are missing, broken, or that fail."""

import json
from typing import Any

import pytest

from eventsim.outcome import Failure, Success

REQUEST_ID = "3f2d6f0e-8a0c-4e8d-9c8f-0f5b7f0f7a11"

NAMED_MISTAKES = {
    "module not importable": (
        {"app.py": "import x_that_is_nowhere\n"},
        "app.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'app': No module named 'x_that_is_nowhere'",
        [],
    ),
    "module not there": (
        {"other.py": ""},
        "app.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'app': No module named 'app'",
        [],
    ),
    "handler missing": (
        {"app.py": ""},
        "app.foo",
        "Runtime.HandlerNotFound",
        "Handler 'foo' missing on module 'app'",
        [],
    ),
    "no dot": (
        {"app.py": ""},
        "app",
        "Runtime.MalformedHandlerName",
        "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
        [],
    ),
    "syntax error": (
        {"app.py": "import json\n\ndef handler(event, context)\n    pass\n"},
        "app.handler",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': expected ':' (app.py, line 3)",
        ['  File "/var/task/app.py" Line 3\n    def handler(event, context)\n'],
    ),
    "built-in module": (
        {"app.py": ""},
        "sys.handler",
        "Runtime.BuiltInModuleConflict",
        "Cannot use built-in module sys as a handler module",
        [],
    ),
}


@pytest.mark.parametrize("mistake", NAMED_MISTAKES.values(), ids=NAMED_MISTAKES)
def test_a_handler_that_cannot_be_found_fails_by_name(machine: Any, mistake: tuple[Any, ...]) -> None:
    """Mistakes that the runtime knows have an error type of their own, and no request id (spec §1.5)."""
    code, handler, error_type, message, stack_trace = mistake

    attempt = machine.invoke(machine.open(code, handler=handler))

    assert json.loads(attempt.outcome.payload) == {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": "",
        "stackTrace": stack_trace,
    }
    assert attempt.outcome.resets


def test_an_exception_is_reported_with_the_frames_of_user_code(machine: Any) -> None:
    """The payload has AWS's keys in AWS's order; code lies in /var/task and the runtime is not seen (recorded)."""
    code = 'def handler(event, context):\n    raise Exception("Handler fails")\n'

    attempt = machine.invoke(machine.open({"handler.py": code}, handler="handler.handler"))

    assert attempt.outcome.payload == (
        '{"errorMessage": "Handler fails", "errorType": "Exception", "requestId": "' + REQUEST_ID + '", "stackTrace": '
        '["  File \\"/var/task/handler.py\\", line 2, in handler\\n    raise Exception(\\"Handler fails\\")\\n"]}'
    )
    assert (attempt.outcome.status, attempt.outcome.resets) == ("", False)


def test_addresses_of_objects_are_the_same_in_every_run(machine: Any) -> None:
    """Python's default `repr` tells where an object lies, which no seed decides; other numbers stay."""
    code = (
        "def handler(event, context):\n"
        "    print(object(), 'paid at 0x52908400098527886E0F7030069857D2E4169EE7')\n"
        "    raise ValueError(f'cannot read {handler}')\n"
    )

    attempt = machine.invoke(machine.open(code))

    assert attempt.outcome.message == "cannot read <function handler at 0x7f0000000000>"
    assert "<object object at 0x7f0000000000> paid at 0x52908400098527886E0F7030069857D2E4169EE7\n" in attempt.log


def test_an_exception_in_a_module_has_no_request_id_and_shows_importlib(machine: Any) -> None:
    """L14: the module runs twice for the first invocation; the error names no request (recorded)."""
    attempt = machine.invoke(machine.open('print("runs")\nraise ValueError("no table")\n'))

    error = json.loads(attempt.outcome.payload)
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == ("ValueError", "no table", "")
    assert "importlib" in error["stackTrace"][0]
    assert (
        error["stackTrace"][-1] == '  File "/var/task/app.py", line 2, in <module>\n    raise ValueError("no table")\n'
    )
    assert machine.logged().count("runs\n") == 2


@pytest.mark.parametrize("where", ["module", "handler"])
def test_an_error_that_the_runtime_does_not_catch_is_shown_as_python_ends(machine: Any, where: str) -> None:
    """It is no `Exception`, so it ends the process; the simulator's own frames are not shown."""
    code = {
        "module": 'raise BaseException("strange")\n',
        "handler": 'def handler(event, context):\n    raise BaseException("strange")\n',
    }

    attempt = machine.invoke(machine.open(code[where]))

    assert (json.loads(attempt.outcome.payload)["errorType"], attempt.outcome.resets) == ("Runtime.ExitError", True)
    shown = "".join(machine.logged())
    assert '    raise BaseException("strange")\nBaseException: strange\n' in shown
    assert "/var/runtime" not in shown


UNSERIALISABLE = {
    "set": ("return {1, 2}", "Object of type set is not JSON serializable"),
    "object deep inside": ("return {'a': [object()]}", "Object of type object is not JSON serializable"),
    "circle": ("a = []; a.append(a); return a", "Circular reference detected"),
    "bad key": (
        "return {(1, 2): 3}",
        "keys must be str, int, float, bool or None, not tuple",
    ),
}


@pytest.mark.parametrize(("body", "message"), UNSERIALISABLE.values(), ids=UNSERIALISABLE)
def test_a_result_that_is_no_json_is_a_function_error(machine: Any, body: str, message: str) -> None:
    """It names the request, has no stack trace, and leaves the environment warm (spec §1.5)."""
    environment = machine.open(f"def handler(event, context):\n    {body}\n")

    attempt = machine.invoke(environment)

    assert json.loads(attempt.outcome.payload) == {
        "errorMessage": f"Unable to marshal response: {message}",
        "errorType": "Runtime.MarshalError",
        "requestId": REQUEST_ID,
        "stackTrace": [],
    }
    assert not attempt.outcome.resets


def test_a_result_above_the_limit_is_a_function_error(machine: Any) -> None:
    """One byte more than 6,291,556 is too much; the environment stays warm (recorded)."""
    environment = machine.open("def handler(event, context):\n    return 'x' * event\n")

    fits = machine.invoke(environment, 6_291_554)
    too_large = machine.invoke(environment, 6_291_555)

    assert isinstance(fits.outcome, Success)
    assert too_large.outcome.payload == (
        '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",'
        '"errorType":"Function.ResponseSizeTooLarge"}'
    )
    assert not too_large.outcome.resets


EXITS = {
    "sys.exit(0)": ("import sys; sys.exit(0)", "Runtime exited without providing a reason"),
    "sys.exit()": ("import sys; sys.exit()", "Runtime exited without providing a reason"),
    "sys.exit(3)": ("import sys; sys.exit(3)", "Runtime exited with error: exit status 3"),
    "sys.exit(text)": ("import sys; sys.exit('enough')", "Runtime exited with error: exit status 1"),
    "os._exit(127)": ("import os; os._exit(127)", "Runtime exited with error: exit status 127"),
    "kill": ("import os, signal; os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
    "uncaught": ("raise GeneratorExit", "Runtime exited with error: exit status 1"),
}


@pytest.mark.parametrize(("line", "reason"), EXITS.values(), ids=EXITS)
@pytest.mark.parametrize("place", ["handler", "module"])
def test_a_process_that_ends_is_an_exit_error(machine: Any, place: str, line: str, reason: str) -> None:
    """Lambda tells it in its own words, error type first, without request id or stack trace (recorded)."""
    body = f"def handler(event, context):\n    {line}\n" if place == "handler" else f"{line}\n"

    attempt = machine.invoke(machine.open(body))

    assert attempt.outcome.payload == (
        f'{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {REQUEST_ID} Error: {reason}"}}'
    )
    assert (attempt.outcome.status, attempt.outcome.resets) == ("error", True)


@pytest.mark.parametrize("place", ["handler", "module"])
def test_the_reason_for_an_exit_is_logged(machine: Any, place: str) -> None:
    """`sys.exit("reason")` has Python write the reason to stderr, which is the log."""
    lines = "import sys\n" + (
        "def handler(e, c):\n    sys.exit('enough')" if place == "handler" else "sys.exit('enough')"
    )

    attempt = machine.invoke(machine.open(f"{lines}\n"))

    assert "enough\n" in attempt.log


def test_more_memory_than_there_is_kills_the_process(machine: Any) -> None:
    """Memory is not measured; a function that is declared to use more than it has is killed (unconfirmed payload)."""
    environment = machine.open("def handler(event, context): pass\n", memory_mb=128, memory_used_mb=200)

    attempt = machine.invoke(environment)

    assert attempt.outcome.payload == (
        f'{{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: {REQUEST_ID} '
        'Error: Runtime exited with error: signal: killed"}'
    )
    assert attempt.log.endswith("Max Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n")


def test_a_package_path_may_be_written_with_slashes(machine: Any) -> None:
    """`pkg/module.function` means the module `pkg.module`."""
    environment = machine.open({"pkg/mod.py": "def f(event, context): return 'here'\n"}, handler="pkg/mod.f")

    assert machine.invoke(environment).outcome == Success('"here"')


def test_none_is_null(machine: Any) -> None:
    """L13: a handler that returns nothing answers `null` (recorded)."""
    assert machine.invoke(machine.open(lambda event, context: None)).outcome == Success("null")


def test_an_async_handler_is_awaited(machine: Any) -> None:
    """AWS's Python runtime has no such handlers; ours waits in virtual time."""
    code = "import asyncio\nasync def handler(event, context):\n    await asyncio.sleep(1.5)\n    return event\n"
    environment = machine.open(code)

    attempts = [machine.invoke(environment, {"n": n}) for n in range(2)]

    assert [attempt.outcome for attempt in attempts] == [Success('{"n": 0}'), Success('{"n": 1}')]
    assert attempts[0].report.duration_us == 1_500_000


def test_a_handler_may_shadow_nothing_of_the_simulator(machine: Any) -> None:
    """A module of user code called like one of ours is theirs inside, and ours outside."""
    environment = machine.open(
        {
            "app.py": "import trace_of_mine\nhandler = trace_of_mine.handler\n",
            "trace_of_mine.py": "def handler(event, context): return __name__\n",
        }
    )

    assert machine.invoke(environment).outcome == Success('"trace_of_mine"')


def test_a_failing_str_of_an_exception_is_the_functions_failure(machine: Any) -> None:
    """Even an exception that cannot be told is reported, and not a failure of the run."""
    code = "class Odd(Exception):\n    def __str__(self): raise ValueError('no words')\ndef handler(e, c): raise Odd\n"

    outcome = machine.invoke(machine.open(code)).outcome

    assert isinstance(outcome, Failure)
