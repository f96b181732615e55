"""What stands in the log: Lambda's own lines, and what user code prints and logs."""

import json
import threading
import warnings
from typing import Any

import pytest

from eventsim.environment.logs import LogStream, log_stream_name, log_tail
from eventsim.environment.platform_log import error_block
from eventsim.function.duration import Constant
from eventsim.function.function import FunctionVersion

REQUEST_ID = "3f2d6f0e-8a0c-4e8d-9c8f-0f5b7f0f7a11"


def test_a_cold_start_is_logged_in_lambdas_words(machine: Any) -> None:
    """L19's numbers in START, END and REPORT, tabs and trailing tab included (recorded)."""
    environment = machine.open(lambda e, c: None, init_duration=Constant(110_100), duration=Constant(3_010))

    attempt = machine.invoke(environment)

    assert attempt.log == (
        f"START RequestId: {REQUEST_ID} Version: $LATEST\n"
        f"END RequestId: {REQUEST_ID}\n"
        f"REPORT RequestId: {REQUEST_ID}\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n"
    )
    assert machine.logged()[0].startswith(
        "INIT_START Runtime Version: python:3.12.v38\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:"
    )


def test_a_warm_report_has_no_init_duration(machine: Any) -> None:
    """It ends in one tab (recorded)."""
    environment = machine.open(lambda e, c: None, duration=Constant(2_900))
    machine.invoke(environment)

    assert machine.invoke(environment).log.splitlines()[-1] == (
        f"REPORT RequestId: {REQUEST_ID}\tDuration: 2.90 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 36 MB\t"
    )


SUFFIXES = {
    "timeout": ("import time; time.sleep(9)", "\tStatus: timeout"),
    "exit": ("import sys; sys.exit(1)", "\tStatus: error\tError Type: Runtime.ExitError"),
    "exception": ("raise KeyError", "\t"),
}


@pytest.mark.parametrize(("line", "suffix"), SUFFIXES.values(), ids=SUFFIXES)
def test_a_report_ends_in_the_status(machine: Any, line: str, suffix: str) -> None:
    """Timeouts and dead processes have one, a plain exception has none (documented)."""
    environment = machine.open(f"def handler(e, c):\n    if e: {line}\n")
    machine.invoke(environment)

    report = machine.invoke(environment, 1).log.splitlines()[-1]

    assert report.endswith(f"Max Memory Used: 36 MB{suffix}")


def test_a_failed_init_is_logged_twice_and_reported(machine: Any) -> None:
    """The order of lines: init, its report, the same inside the invocation, then START (unconfirmed in detail)."""
    environment = machine.open("raise ValueError('no table')\n")

    attempt = machine.invoke(environment)

    heads = [text.split("\t")[0].split(":")[0].strip() for text in (*machine.logged(),)]
    assert heads == [
        "INIT_START Runtime Version",
        "[WARNING]",
        "[ERROR] ValueError",
        "INIT_REPORT Init Duration",
        "[WARNING]",
        "[ERROR] ValueError",
        "INIT_REPORT Init Duration",
    ]
    assert attempt.log.index("Phase: invoke\tStatus: error\tError Type: Runtime.Unknown") < attempt.log.index(
        "START RequestId"
    )
    assert attempt.log.endswith("Max Memory Used: 36 MB\tStatus: error\tError Type: Runtime.Unknown\n")


def test_printed_lines_are_events_and_a_record_is_one(machine: Any) -> None:
    """`print` is cut at newlines; a log record stays whole; a rest without newline is an event at the end."""
    code = (
        "import logging\n"
        "logging.getLogger().setLevel(logging.INFO)\n"
        "def handler(e, c):\n"
        "    print('one\\ntwo')\n"
        "    logging.getLogger('shop').info('first\\nsecond')\n"
        "    print('rest', end='')\n"
        "    c.log('direct')\n"
    )
    attempt = machine.invoke(machine.open(code))

    assert machine.logged()[1:] == [
        "one\n",
        "two\n",
        f"[INFO]\t2026-01-01T00:00:00.000Z\t{REQUEST_ID}\tfirst\nsecond\n",
        "rest",
        "direct",
    ]
    assert attempt.log.count("first\nsecond\n") == 1


def test_the_root_logger_is_as_the_runtime_leaves_it(machine: Any) -> None:
    """Level WARNING; during init the request id is empty; every environment starts with this handler alone."""
    code = (
        "import logging\n"
        "logging.info('unseen')\n"
        "logging.warning('seen')\n"
        "logging.getLogger().setLevel('DEBUG')\n"
        "def handler(e, c): return [type(h).__name__ for h in logging.getLogger().handlers]\n"
    )

    attempts = [machine.invoke(machine.open(code)) for _ in range(2)]

    assert [attempt.outcome.payload for attempt in attempts] == ['["LambdaLoggerHandler"]'] * 2
    written = [text for text in machine.logged() if "INIT_START" not in text]
    assert written == ["[WARNING]\t2026-01-01T00:00:00.000Z\t\tseen\n"] * 2


def test_an_error_block_is_one_event_with_no_break_spaces(machine: Any) -> None:
    """Leading spaces of the traceback are replaced one for one (recorded)."""
    code = 'def handler(event, context):\n    raise Exception("Handler fails")\n'

    attempt = machine.invoke(machine.open({"handler.py": code}, handler="handler.handler"))

    block = (
        "[ERROR] Exception: Handler fails\nTraceback (most recent call last):\n"
        '\u00a0\u00a0File "/var/task/handler.py", line 2, in handler\n'
        '\u00a0\u00a0\u00a0\u00a0raise Exception("Handler fails")\n'
    )
    assert machine.logged()[1:] == [block]
    assert block in attempt.log


def test_an_error_without_words_has_no_colon() -> None:
    """As awslambdaric writes it."""
    assert error_block("KeyError", "", ()) == "[ERROR] KeyError\nTraceback (most recent call last):"


def test_an_error_in_a_thread_is_logged(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nobody has put a hook for such errors in the place of Python's own."""

    def handler(event: Any, context: Any) -> None:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()

    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)  # pytest has one of its own
    machine.invoke(machine.open(handler))

    assert "ZeroDivisionError: division by zero\n" in machine.logged()
    assert not any("RecursionError" in line for line in machine.logged())


def test_json_logs_are_objects(machine: Any) -> None:
    """Lambda's lines are telemetry events, records of `logging` have AWS's keys, `print` stays as it is (recorded)."""
    code = (
        "import logging\n"
        "def handler(e, c):\n"
        "    logging.getLogger('shop').info('sold %s', 3, extra={'order': 7})\n"
        "    print('bare')\n"
        "    raise ValueError('bad')\n"
    )
    environment = machine.open(code, log_format="JSON", duration=Constant(1_233_960), init_duration=Constant(463_512))

    lines = machine.invoke(environment).log.splitlines()

    start, record, bare, error, report = lines
    assert json.loads(start) == {
        "time": "2026-01-01T00:00:00.463Z",
        "type": "platform.start",
        "record": {
            "requestId": REQUEST_ID,
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "version": "$LATEST",
        },
    }
    assert json.loads(record) == {
        "timestamp": "2026-01-01T00:00:00Z",
        "level": "INFO",
        "message": "sold 3",
        "logger": "shop",
        "requestId": REQUEST_ID,
        "order": 7,
    }
    assert bare == "bare"
    assert json.loads(error)["errorType"] == "ValueError"
    assert json.loads(report)["record"] == {
        "requestId": REQUEST_ID,
        "metrics": {
            "durationMs": 1233.96,
            "billedDurationMs": 1698,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 36,
            "initDurationMs": 463.512,
        },
        "status": "failure",
        "errorType": "ValueError",
    }


def test_json_records_tell_of_exceptions(machine: Any) -> None:
    """`logging.exception` adds type, message, frames and location (recorded keys)."""
    code = (
        "import logging\n"
        "def handler(e, c):\n"
        "    try:\n"
        "        1 / 0\n"
        "    except ZeroDivisionError:\n"
        "        logging.exception('odd')\n"
    )
    machine.invoke(machine.open(code, log_format="JSON"))

    record = json.loads(machine.logged()[1])

    assert (record["errorType"], record["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert record["location"] == "/var/task/app.py:handler:6"
    assert record["stackTrace"][0].startswith('  File "/var/task/app.py", line 4, in handler\n    1 / 0\n')


def test_json_records_are_those_of_the_runtime(machine: Any) -> None:
    """A message that is a dict stays one, levels are the five known ones, an error without frames has an empty list."""
    code = (
        "import logging\n"
        "def handler(e, c):\n"
        "    logging.warning({'order': 7})\n"
        "    logging.log(35, 'loud', exc_info=ValueError('x'))\n"
    )
    machine.invoke(machine.open(code, log_format="JSON"))

    first, second = (json.loads(line) for line in machine.logged()[1:3])

    assert first["message"] == {"order": 7}
    assert (second["level"], second["stackTrace"], second["errorMessage"]) == ("WARNING", [], "x")


@pytest.mark.parametrize(("runtime", "written"), [("python3.11", "\\u00e9"), ("python3.12", "é")])
def test_json_errors_are_written_as_the_runtime_writes_json(machine: Any, runtime: str, written: str) -> None:
    """Escaped up to python3.11."""
    code = "def handler(e, c): raise ValueError('é')"

    machine.invoke(machine.open(code, log_format="JSON", runtime=runtime))

    assert f'"errorMessage": "{written}"' in machine.logged()[1]


LEVELS = {"DEBUG": 4, "INFO": 3, "WARN": 2, "ERROR": 1, "FATAL": 0}


@pytest.mark.parametrize(("level", "count"), LEVELS.items(), ids=LEVELS)
def test_json_logs_have_a_level(machine: Any, level: str, count: int) -> None:
    """The application log level is the root logger's."""
    code = "import logging\ndef handler(e, c):\n    for level in (10, 20, 30, 40): logging.log(level, 'x')\n"
    machine.invoke(machine.open(code, log_format="JSON", application_log_level=level))

    assert len(machine.logged()) - 1 == count


def test_a_system_level_of_warn_silences_lambda(machine: Any) -> None:
    """START and REPORT are INFO."""
    attempt = machine.invoke(
        machine.open("def handler(e, c): print('x')\n", log_format="JSON", system_log_level="WARN")
    )

    assert attempt.log == "x\n"


def test_nobody_but_a_synchronous_caller_gets_a_log(machine: Any) -> None:
    """Log tails are for synchronous calls (documented); others need no text built."""
    assert machine.invoke(machine.open(lambda e, c: None), mode="asynchronous").log == ""


def test_a_tail_is_the_last_four_kilobytes() -> None:
    """Counted in bytes, so that a character may be cut (recorded)."""
    assert log_tail("é" * 3_000) == ("é" * 3_000).encode()[-4_096:]


STREAMS = {
    "own group": ("", "2026/01/01/[7]" + "a" * 32),
    "custom group": ("/shop/all", "2026/01/01/f[7]" + "a" * 32),
}


@pytest.mark.parametrize(("group", "name"), STREAMS.values(), ids=STREAMS)
def test_streams_are_named_by_day_version_and_digits(group: str, name: str) -> None:
    """A custom group holds streams of several functions, so they name theirs (recorded)."""
    version = FunctionVersion(function="f", version="7", function_arn="", handler="a.b", log_group=group)

    assert log_stream_name(version, "2026/01/01", "a" * 32) == name


def test_a_dead_process_writes_nothing() -> None:
    """What still comes after its end is dropped."""
    events: list[str] = []
    stream = LogStream(events.append, str)
    stream.is_closed = True

    stream.write("late\n")
    stream.emit("late")

    assert (events, stream.take()) == ([], "")


def test_every_environment_warns_once(machine: Any) -> None:
    """Python shows a warning once in a process: that is an environment, not the simulator with all of its runs."""

    def handler(event: Any, context: Any) -> None:
        warnings.warn("careful", stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        one, other = machine.open(handler), machine.open(handler)
        logs = [machine.invoke(environment).log for environment in (one, one, other)]

    assert [log.count("UserWarning: careful") for log in logs] == [1, 0, 1]
