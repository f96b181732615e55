"""The life of an execution environment: cold starts, warm reuse, timeouts, resets, bills."""

import json
from pathlib import Path
from typing import Any

import pytest

from eventsim.envelope import Lineage
from eventsim.faults import CrashFault, ErrorFault, LatencyFault
from eventsim.function.duration import Constant, Measured, Uniform
from eventsim.handler.guard import Guard
from eventsim.outcome import Success

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
REQUEST_ID = "3f2d6f0e-8a0c-4e8d-9c8f-0f5b7f0f7a11"
TIMED_OUT = (
    '{"errorType":"Sandbox.Timedout",'
    f'"errorMessage":"RequestId: {REQUEST_ID} Error: Task timed out after %s seconds"}}'
)

COUNTER = """
import pathlib, time
count = 0
seen = pathlib.Path("/tmp/seen")
def handler(event, context):
    global count
    count += 1
    if not seen.exists():
        seen.write_text("here")
    if event:
        time.sleep(event)
    return [count, seen.read_text()]
"""


# --- init --------------------------------------------------------------------------------------------------


def test_a_cold_start_bills_init_and_run_together(machine: Any) -> None:
    """L19: 110.10 ms of init and 3.01 ms of running are billed as 114 ms (recorded arithmetic)."""
    environment = machine.open(lambda e, c: None, init_duration=Constant(110_100), duration=Constant(3_010))

    cold, warm = machine.invoke(environment), machine.invoke(environment)

    assert (cold.report.duration_us, cold.report.init_us, cold.report.billed_ms) == (3_010, 110_100, 114)
    assert (warm.report.duration_us, warm.report.init_us, warm.report.billed_ms) == (3_010, 0, 4)


def test_at_least_one_millisecond_is_billed(machine: Any) -> None:
    """The granularity is 1 ms, and so is the least bill (documented)."""
    assert machine.invoke(machine.open(lambda e, c: None)).report.billed_ms == 1


def test_two_cold_calls_at_once_have_two_environments(machine: Any) -> None:
    """L15: each has its log stream and its own Init Duration."""
    version = machine.version(COUNTER, init_duration=Constant(50_000))
    environments = [machine.host.open(version) for _ in range(2)]

    attempts = machine.invoke_together(*environments)

    assert len({environment.log_stream for environment in environments}) == 2
    assert [attempt.outcome for attempt in attempts] == [Success('[1, "here"]')] * 2
    assert all("Init Duration: 50.00 ms" in attempt.log for attempt in attempts)
    for environment in environments:
        environment.close()


def test_globals_survive_from_one_invocation_to_the_next(machine: Any) -> None:
    """The module runs once for each environment; its globals are neither lost nor shared."""
    one, other = machine.open(COUNTER), machine.open(COUNTER)

    counts = [json.loads(machine.invoke(where).outcome.payload)[0] for where in (one, one, other, one)]

    assert counts == [1, 2, 1, 3]


def test_the_precision_of_decimals_is_that_which_the_module_set(machine: Any) -> None:
    """`decimal` keeps it in a context variable; on AWS the module and all invocations run in one context."""
    environment = machine.open(
        "import decimal\ndecimal.getcontext().prec = 4\ndef handler(e, c):\n    return str(decimal.Decimal(1) / 3)\n"
    )

    results = [machine.invoke(environment).outcome for _ in range(2)]

    assert results == [Success('"0.3333"')] * 2


def test_an_init_may_wait_and_its_waiting_counts(machine: Any) -> None:
    """Virtual time that passes in the module's code adds to the modelled init."""
    environment = machine.open("import time\ntime.sleep(2)\ndef handler(e, c): pass\n", init_duration=Constant(100_000))

    assert machine.invoke(environment).report.init_us == 2_100_000


def test_an_init_of_ten_seconds_is_run_again_inside_the_invocation(machine: Any) -> None:
    """It is stopped at 10 s; the second run counts as part of the invocation (documented), all of it billed."""
    environment = machine.open("import time\ntime.sleep(12)\ndef handler(e, c): return 1\n", timeout_us=60_000_000)

    attempt = machine.invoke(environment)

    assert attempt.outcome == Success("1")
    assert (attempt.report.duration_us, attempt.report.init_us, attempt.report.billed_ms) == (12_000_000, 0, 22_000)
    assert "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n" in machine.logged()


def test_a_suppressed_init_is_bounded_by_the_timeout(machine: Any) -> None:
    """What takes too long to load times out in the invocation, at 10 s plus the timeout."""
    environment = machine.open("import time\ntime.sleep(12)\n")

    attempt = machine.invoke(environment)

    assert attempt.outcome.payload == TIMED_OUT % "3.00"
    assert machine.clock.now_us == 13_000_000


def test_an_init_that_fails_once_may_succeed_in_the_invocation(machine: Any) -> None:
    """The module is run again in a new process; only `/tmp` is left of the first."""
    code = (
        "import os\n"
        "if not os.path.exists('/tmp/tried'):\n"
        "    open('/tmp/tried', 'w').close()\n"
        "    raise RuntimeError('first time')\n"
        "def handler(e, c): return 'ok'\n"
    )
    environment = machine.open(code, init_duration=Constant(20_000))

    attempt = machine.invoke(environment)

    assert attempt.outcome == Success('"ok"')
    assert (attempt.report.duration_us, attempt.report.init_us, attempt.report.billed_ms) == (20_000, 0, 40)
    assert [entry.detail["phase"] for entry in machine.entries("init failed")] == ["init"]


def test_after_a_failed_init_the_next_invocation_tries_again(machine: Any) -> None:
    """The init phase happens once; afterwards every invocation begins with a suppressed one until one succeeds."""
    environment = machine.open("raise ValueError('never')\n")

    machine.invoke(environment)
    machine.invoke(environment)

    assert [entry.detail["phase"] for entry in machine.entries("init failed")] == ["init", "invoke", "invoke"]


def test_provisioned_environments_are_initialised_ahead(machine: Any) -> None:
    """Their invocations show no Init Duration, and INIT_REPORT is always logged (documented)."""
    environment = machine.open(COUNTER, "provisioned-concurrency", init_duration=Constant(50_000))

    is_ready = machine.prepare(environment)
    attempt = machine.invoke(environment)

    assert is_ready
    assert (attempt.report.init_us, attempt.report.billed_ms) == (0, 1)
    assert "INIT_REPORT Init Duration: 50.00 ms\tPhase: init\n" in machine.logged()


def test_a_provisioned_environment_whose_init_fails_is_not_ready(machine: Any) -> None:
    """Provisioning then fails as a whole; that is for the fleet to decide."""
    assert not machine.prepare(machine.open("raise ValueError\n", "provisioned-concurrency"))


def test_a_provisioned_init_has_more_time(machine: Any) -> None:
    """130 s, or the function's timeout if that is longer (documented)."""
    environment = machine.open("import time\ntime.sleep(120)\ndef handler(e, c): pass\n", "provisioned-concurrency")

    assert machine.prepare(environment)


# --- timeouts and resets -----------------------------------------------------------------------------------


def test_a_timeout_comes_at_the_deadline_and_loses_the_memory(machine: Any) -> None:
    """L12: at 1.00 s the payload of a timeout; then globals are new, and what lay in `/tmp` is there (recorded)."""
    environment = machine.open(COUNTER, timeout_us=1_000_000)

    timed_out = machine.invoke(environment, 2)
    ended_us = machine.clock.now_us
    after = machine.invoke(environment)

    assert timed_out.outcome.payload == TIMED_OUT % "1.00"
    assert (ended_us, timed_out.report.duration_us, timed_out.report.billed_ms) == (1_000_000, 1_000_000, 1_000)
    assert after.outcome == Success('[1, "here"]')
    assert after.report.init_us == 0


@pytest.mark.parametrize(("span_us", "is_success"), [(999_999, True), (1_000_000, False)], ids=["just", "exactly"])
def test_what_ends_at_the_deadline_is_a_timeout(machine: Any, span_us: int, is_success: bool) -> None:
    """An answer must be there before the deadline."""
    environment = machine.open(lambda e, c: None, timeout_us=1_000_000, duration=Constant(span_us))

    assert isinstance(machine.invoke(environment).outcome, Success) is is_success


def test_modelled_duration_comes_after_the_code(machine: Any) -> None:
    """Side effects happen although the timeout loses the answer."""
    seen: list[int] = []
    environment = machine.open(
        lambda e, c: seen.append(c.get_remaining_time_in_millis()), timeout_us=1_000_000, duration=Constant(5_000_000)
    )

    attempt = machine.invoke(environment)

    assert seen == [1_000]
    assert attempt.outcome.error_type == "Sandbox.Timedout"


def test_waiting_adds_to_the_modelled_duration(machine: Any) -> None:
    """Virtual time that passes inside the handler is spent first."""
    environment = machine.open(COUNTER, duration=Constant(20_000))

    assert machine.invoke(environment, 1.5).report.duration_us == 1_520_000


def test_a_waiting_handler_leaves_no_timer_behind(machine: Any) -> None:
    """The run is idle when the handler is done, not at the deadline that did not matter."""
    machine.invoke(machine.open(COUNTER, timeout_us=900_000_000), 1)

    assert machine.clock.now_us == 1_000_000


def test_what_a_killed_handler_still_writes_is_not_seen(machine: Any) -> None:
    """AWS kills the process: no `finally` of it reaches the log."""
    code = (
        "import time\ndef handler(e, c):\n    try:\n        time.sleep(9)\n    finally:\n        print('last words')\n"
    )

    attempt = machine.invoke(machine.open(code))

    assert "last words" not in attempt.log


@pytest.mark.parametrize(
    "exits",
    [
        pytest.param("threading.Thread(target=os._exit, args=(3,)).start()", id="in a thread"),
        pytest.param("ThreadPoolExecutor().submit(os._exit, 3)", id="in a pool"),
        pytest.param("asyncio.run(asyncio.to_thread(os._exit, 3))", id="beside a loop"),
        pytest.param("os._exit(3)", id="where an exception would be caught"),
    ],
)
def test_whoever_exits_the_process_is_gone(machine: Any, exits: str) -> None:
    """`os._exit` in any thread ends the process: no code of it goes on, none is heard any more."""
    environment = machine.open(
        "import asyncio, os, threading, time\nfrom concurrent.futures import ThreadPoolExecutor\n"
        f"def handler(e, c):\n    try:\n        {exits}\n        time.sleep(1)\n"
        "    except BaseException as error:\n        print('alive', error)\n    return 'alive'\n"
    )

    attempt = machine.invoke(environment)

    assert attempt.outcome.message.endswith("Runtime exited with error: exit status 3")
    assert "alive" not in attempt.log


def test_an_exception_resets_nothing(machine: Any) -> None:
    """The environment stays warm after a plain exception (documented)."""
    environment = machine.open(
        "n = []\ndef handler(e, c):\n    n.append(1)\n    if e: raise KeyError(e)\n    return len(n)\n"
    )

    machine.invoke(environment, 1)

    assert machine.invoke(environment).outcome == Success("2")


def test_a_handler_that_never_waits_is_a_timeout(machine: Any) -> None:
    """The guard stops it by the wall clock; in virtual time it ends at its deadline, and the run goes on."""
    environment = machine.open("def handler(e, c):\n    while e: pass\n    return 'fine'\n")

    with Guard(machine.strands, guard_s=0.05):
        stuck = machine.invoke(environment, 1)
    after = machine.invoke(environment, 0)

    assert stuck.outcome.payload == TIMED_OUT % "3.00"
    assert stuck.report.duration_us == 3_000_000
    assert len(machine.entries("stuck")) == 1
    assert after.outcome == Success('"fine"')


def test_background_threads_freeze_between_invocations(machine: Any) -> None:
    """A thread sleeps on while its environment is frozen, and goes on with the next invocation (documented)."""
    code = (
        "import threading, time\n"
        "ticks = []\n"
        "def tick():\n"
        "    while True:\n"
        "        time.sleep(1); ticks.append(round(time.time()) % 86400)\n"
        "def handler(e, c):\n"
        "    if e == 'start': threading.Thread(target=tick, daemon=True).start()\n"
        "    time.sleep(1.5)\n"
        "    return ticks\n"
    )
    environment = machine.open(code)

    first = machine.invoke(environment, "start")
    machine.loop.run_until(100_000_000)
    second = machine.invoke(environment)

    assert first.outcome == Success("[1]")
    assert second.outcome == Success("[1, 100, 101]")


# --- faults ------------------------------------------------------------------------------------------------


def test_an_error_on_purpose_looks_as_if_the_handler_had_raised(machine: Any) -> None:
    """The handler does not run; payload, log and bill are those of an exception without frames."""
    environment = machine.open(COUNTER)

    attempt = machine.invoke(environment, fault=ErrorFault(error_type="Boom", message="on purpose", latency_us=250_000))

    assert json.loads(attempt.outcome.payload) == {
        "errorMessage": "on purpose",
        "errorType": "Boom",
        "requestId": REQUEST_ID,
        "stackTrace": [],
    }
    assert attempt.report.duration_us == 250_000
    assert "[ERROR] Boom: on purpose\n" in attempt.log
    assert machine.invoke(environment).outcome == Success('[1, "here"]')


def test_a_crash_on_purpose_comes_after_the_work(machine: Any) -> None:
    """What the handler wrote is there, its result is lost, and the next invocation finds a new process."""
    environment = machine.open("n = []\ndef handler(e, c):\n    n.append(1)\n    print('booked')\n    return len(n)\n")

    attempt = machine.invoke(environment, fault=CrashFault(latency_us=100_000))

    assert json.loads(attempt.outcome.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {REQUEST_ID} Error: Runtime exited with error: signal: killed",
    }
    assert "booked\n" in attempt.log
    assert attempt.report.duration_us >= 100_000
    assert machine.invoke(environment).outcome == Success("1")


def test_latency_on_purpose_adds_to_the_duration(machine: Any) -> None:
    """It may make a timeout of a success."""
    environment = machine.open(COUNTER, duration=Constant(10_000))

    slow = machine.invoke(environment, fault=LatencyFault(latency_us=500_000))
    too_slow = machine.invoke(environment, fault=LatencyFault(latency_us=5_000_000))

    assert slow.report.duration_us == 510_000
    assert too_slow.outcome.error_type == "Sandbox.Timedout"


# --- what user code sees -----------------------------------------------------------------------------------


def test_the_context_tells_who_and_how_long(machine: Any) -> None:
    """Every attribute of AWS's context object, with AWS's types (recorded)."""
    code = (
        "import time\n"
        "def handler(event, context):\n"
        "    time.sleep(0.25)\n"
        "    return [context.get_remaining_time_in_millis(), repr(context)]\n"
    )
    environment = machine.open(code)

    left_ms, text = json.loads(machine.invoke(environment, qualifier="$LATEST").outcome.payload)

    assert left_ms == 2_750
    assert text == (
        f"LambdaContext([aws_request_id={REQUEST_ID},log_group_name=/aws/lambda/f,"
        f"log_stream_name={environment.log_stream},function_name=f,memory_limit_in_mb=128,function_version=$LATEST,"
        f"invoked_function_arn={ARN}:$LATEST,client_context=None,"
        "identity=CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None]),tenant_id=None])"
    )


def test_user_code_sees_lambdas_variables_and_its_own(machine: Any) -> None:
    """The variables of AWS's Python runtime; the timeout is not among them (recorded)."""
    environment = machine.open(
        "import os\ndef handler(e, c): return dict(os.environ)\n", environment={"TABLE": "orders"}, memory_mb=512
    )

    seen = json.loads(machine.invoke(environment).outcome.payload)

    expected = {
        "_HANDLER": "app.handler",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_STREAM_NAME": environment.log_stream,
        "LAMBDA_TASK_ROOT": "/var/task",
        "TABLE": "orders",
        "TZ": ":UTC",
        "_X_AMZN_TRACE_ID": "Root=1-6955b900-0f5b7f0f7a113f2d6f0e8a0c;Parent=4e8d9c8f46204000;Sampled=0",
    }
    assert {name: seen.get(name) for name in expected} == expected


def test_calls_to_aws_are_made_on_the_functions_behalf(machine: Any) -> None:
    """What a handler sends carries the chain that it stands in, one turn longer, under its own trace header."""
    environment = machine.open(lambda e, c: None)

    attempt = machine.invoke(environment, lineage=Lineage({"f": 2}, 0, "Root=1-a-b;Parent=c;Sampled=1"))

    caller = environment.process.surroundings.who_calls()
    (started,) = machine.entries("started")
    assert (caller.arn, caller.cause) == (ARN, started.number)
    assert caller.lineage == Lineage({"f": 3}, started.number, attempt.trace_header)
    assert attempt.trace_header == "Root=1-a-b;Parent=4e8d9c8f46204000;Sampled=1"


# --- the trace ---------------------------------------------------------------------------------------------


def test_the_trace_tells_an_invocation_from_cause_to_bill(machine: Any) -> None:
    """Each entry names the one that led to it; billed milliseconds add up for each function."""
    environment = machine.open('def handler(e, c):\n    print("hello")\n    return 1\n', init_duration=Constant(80_000))

    attempt = machine.invoke(environment)

    story = [(entry.kind, entry.cause, entry.value) for entry in machine.trace.entries()]
    assert story == [
        ("cold start", 0, 1),
        ("logged", 1, 0),
        ("initialised", 1, 80_000),
        ("started", 1, 1),
        ("logged", 4, 0),
        ("succeeded", 4, 0),
        ("reported", 6, 80),
    ]
    assert attempt.entry == 6
    assert machine.trace.total("reported", "function f") == 80


def test_measured_durations_are_announced_as_such(machine: Any) -> None:
    """They make two runs differ, and the trace says so once."""
    version = machine.version(lambda e, c: sum(range(10_000)), duration=Measured())
    environments = [machine.host.open(version), machine.host.open(version)]

    attempts = machine.invoke_together(*environments)

    assert len(machine.entries("not deterministic")) == 1
    assert all(attempt.report.duration_us > 0 for attempt in attempts)


def test_each_environment_draws_durations_of_its_own(machine: Any, tmp_path: Path) -> None:
    """Luck is drawn from a stream for each environment: what one does leaves the others as they are."""
    alone = type(machine)(tmp_path)
    version = machine.version(lambda e, c: None, duration=Uniform(1_000, 900_000))
    first, second, by_itself = machine.host.open(version), machine.host.open(version), alone.host.open(version)

    among_others = [machine.invoke(where).report.duration_us for where in (first, second, first, second)]
    undisturbed = [alone.invoke(by_itself).report.duration_us for _ in range(2)]

    assert among_others[0::2] == undisturbed
    assert among_others[1::2] != undisturbed
    alone.loop.close()
    alone.trace.close()


# --- expiry ------------------------------------------------------------------------------------------------


def test_an_idle_environment_expires_after_ten_minutes(machine: Any) -> None:
    """Counted from the end of its last invocation (unconfirmed; a setting)."""
    environment = machine.open(COUNTER)
    machine.invoke(environment, 1)

    assert environment.expires_us == 601_000_000


def test_even_a_busy_environment_gets_too_old(machine: Any) -> None:
    """After 14 hours it is given up at the end of an invocation (unconfirmed; a setting)."""
    environment = machine.open(COUNTER)
    machine.loop.run_until(14 * 3_600_000_000 - 1_000_000)
    machine.invoke(environment)

    assert environment.expires_us == 14 * 3_600_000_000


def test_a_closed_environment_leaves_no_files(machine: Any) -> None:
    """`/tmp` is given back with the environment."""
    environment = machine.open(COUNTER)
    machine.invoke(environment)

    environment.close()

    assert list((machine.folder / "environments").iterdir()) == []
