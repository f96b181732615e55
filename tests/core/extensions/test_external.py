"""How do programs in the `extensions` folder of a layer run beside a function?"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from eventsim import FunctionFailed, SyncSimulation
from eventsim.report.function_log import function_logs

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"
SENDS = f"aws('SendMessage', QueueUrl='{QUEUE}', MessageBody=event['eventType'])"


class Beside:
    """A world with the function `f`, beside which an extension runs that does what it is told by variables."""

    def __init__(self, world: SyncSimulation, extension: Callable[..., str]) -> None:
        self.world = world
        self._extension = extension
        world.add_source("queues", "jobs")

    def add(self, *names: str, handler: Any = None, layer: str = "", **variables: str) -> None:
        """Add the function."""
        settings: Any = {"handler": handler or _work, "timeout": "3 s", "environment": variables}
        self.world.add_function("f", layers=[layer or self._extension(*(names or ("one",)))], **settings)

    def start(self, event: Any) -> None:
        """Have it run soon."""
        parameters = {"FunctionName": "f", "InvocationType": "Event", "Payload": json.dumps(event).encode()}
        self.world.request("lambda", "Invoke", parameters)

    def tail(self, event: Any = None) -> list[str]:
        """Invoke it, and return the lines of the log that the caller gets."""
        client = boto3.client("lambda", region_name="us-east-1")
        answer = client.invoke(FunctionName="f", Payload=json.dumps(event), LogType="Tail")
        return base64.b64decode(answer["LogResult"]).decode().splitlines()

    def log(self) -> list[str]:
        """Return all lines that are in the log of the function."""
        return [line.strip() for line in function_logs(self.world.trace, self.world.clock)]

    def printed(self) -> list[str]:
        """Return what extensions have printed."""
        texts = [entry.detail["text"].strip() for entry in self.world.trace.entries(["logged"])]
        return [text for text in texts if text.startswith(("one ", "two "))]


def _work(event: Any, _context: Any) -> Any:
    import time

    if event == "fail":
        raise ValueError
    time.sleep(event or 0)  # noqa: TID251 - user code may
    return "done"


@pytest.fixture
def beside(world: SyncSimulation, extension: Callable[..., str]) -> Beside:
    """Return the world."""
    return Beside(world, extension)


def test_an_extension_gets_the_invocations(beside: Beside) -> None:
    """It registers before the handler is loaded, and is told who, until when, and under which trace."""
    beside.add(AT_INIT="say(told.decode())", ON_INVOKE="say(json.dumps(event))")

    beside.world.invoke("f")

    about, told = (json.loads(line.partition(" ")[2]) for line in beside.printed())
    assert about == {"functionName": "f", "functionVersion": "$LATEST", "handler": "_work"}
    assert sorted(told) == ["deadlineMs", "eventType", "invokedFunctionArn", "requestId", "tracing"]
    assert (told["eventType"], told["tracing"]["type"]) == ("INVOKE", "X-Amzn-Trace-Id")
    assert told["deadlineMs"] == beside.world.clock.start_epoch_us // 1000 + 100 + 3000
    assert told["invokedFunctionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:f"


def test_the_log_tells_of_extensions(beside: Beside) -> None:
    """Once for each environment, when all are ready; what they print stands among what the handler prints."""
    beside.add("one", "two", EVENTS="INVOKE", ON_INVOKE="say('works')")

    tail = beside.tail()

    log = beside.log()
    assert "EXTENSION  Name: one  State: Ready  Events: [INVOKE]" in log
    assert "EXTENSION  Name: two  State: Ready  Events: [INVOKE]" in log
    assert tail[1:3] == ["one works", "two works"]
    assert tail[-1].startswith("REPORT")


def test_who_wants_no_invocations_is_told_of_none(extension: Callable[..., str]) -> None:
    """It is told of the end."""
    with SyncSimulation(seed=1) as simulation:
        beside = Beside(simulation, extension)
        beside.add(EVENTS="SHUTDOWN", ON_INVOKE="say('works')")
        simulation.invoke("f")

    assert beside.printed() == ["one ends: spindown"]
    simulation.trace.close()


def test_an_extension_has_the_variables_of_the_function_but_not_of_its_runtime(beside: Beside) -> None:
    """As documented; and it begins where its layer lies."""
    beside.add(AT_INIT="say(json.dumps([dict(os.environ), os.getcwd()]))", COLOUR="blue")

    beside.world.invoke("f")

    variables, folder = json.loads(beside.printed()[0].partition(" ")[2])
    assert (variables["COLOUR"], variables["AWS_LAMBDA_FUNCTION_NAME"]) == ("blue", "f")
    assert {"_HANDLER", "LAMBDA_TASK_ROOT", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_STREAM_NAME"}.isdisjoint(variables)
    assert Path(folder).name == "layer"


def test_calls_to_aws_are_the_functions(beside: Beside) -> None:
    """They come in the function's name, at the instant at which they are made."""
    beside.add(ON_INVOKE=SENDS)

    beside.world.invoke("f")

    assert beside.world.numbers("queues", "jobs")["visible"] == 1
    assert beside.world.now_s == 0.101


def test_the_caller_does_not_wait_for_extensions(beside: Beside) -> None:
    """The environment does: it is busy, and billed, until they ask for the next event."""
    beside.add(ON_INVOKE="sleep(1_500_000)")

    tail = beside.tail()
    answered_s = beside.world.now_s
    beside.world.until_idle()

    assert (answered_s, beside.world.now_s) == (0.101, 1.6)
    assert [line.split(" ")[0] for line in tail] == ["START"]
    report = next(line for line in beside.log() if line.startswith("REPORT"))
    assert "Duration: 1500.00 ms  Billed Duration: 1600 ms" in report


def test_an_environment_with_busy_extensions_takes_no_invocation(beside: Beside) -> None:
    """The next one finds another, or a new one."""
    beside.add(ON_INVOKE="sleep(1_500_000)")

    beside.world.invoke("f")
    beside.world.invoke("f")
    beside.world.until_idle()
    beside.world.invoke("f")

    assert beside.world.function_numbers("f")["cold_starts"] == 2


def test_a_mapping_does_not_wait_for_extensions(beside: Beside) -> None:
    """Its messages are deleted when the handler is done."""
    beside.add(handler=lambda _event, _context: None, ON_INVOKE="sleep(2_000_000)")
    beside.world.add_mapping(source="jobs", function="f", batch_size=1)

    beside.world.send("jobs", "{}")
    beside.world.advance("1 s")

    assert beside.world.numbers("queues", "jobs")["in_flight"] == 0
    assert not beside.world.trace.count("reported")


def test_an_extension_that_takes_too_long_is_a_timeout_after_the_answer(beside: Beside) -> None:
    """Whoever asked has the result; the report tells of the timeout, and the environment begins anew."""
    beside.add(ON_INVOKE="sleep(60_000_000)")

    assert beside.world.invoke("f") == "done"
    beside.world.until_idle()

    report = next(line for line in beside.log() if line.startswith("REPORT"))
    assert "Duration: 3000.00 ms" in report
    assert "Status: timeout" in report
    assert beside.world.trace.count("reset") == 1


@pytest.mark.parametrize(
    "does",
    ["time.sleep(600)", "while True: pass", "while True: os.write(1, b'y' * 65_536)", "os.kill(os.getpid(), 19)"],
    ids=["sleeps", "computes", "prints", "stops"],
)
def test_an_extension_that_hangs_hangs_nobody(extension: Callable[..., str], does: str) -> None:
    """After some real time without a word time passes, to the function's deadline."""
    with SyncSimulation(seed=1, guard_s=0.2) as simulation:
        beside = Beside(simulation, extension)
        settings: Any = {"timeout": "1 s", "environment": {"ON_INVOKE": does}}
        simulation.add_function("f", handler=_work, layers=[extension("one")], **settings)

        assert simulation.invoke("f") == "done"
        simulation.until_idle()

    assert any("Status: timeout" in line for line in beside.log())
    simulation.trace.close()


@pytest.mark.parametrize(
    ("variables", "error_type", "message"),
    [
        ({"AT_START": "sys.exit(3)"}, "Extension.Crash", "exit status 3"),
        ({"AT_INIT": "sys.exit()"}, "Extension.Crash", "exit code 0"),
        ({"AT_INIT": "os.kill(os.getpid(), 9)"}, "Extension.Crash", "signal: killed"),
        ({"AT_INIT": "fail('init', 'Extension.Config')"}, "Extension.InitError", "no"),
        ({"ON_INVOKE": "sys.exit(3)"}, "Extension.Crash", "exit status 3"),
        ({"ON_INVOKE": "fail('exit', 'Extension.Oops')"}, "Extension.ExitError", "no"),
    ],
    ids=["crash before it registers", "end", "kill", "init error", "crash", "exit error"],
)
def test_an_extension_that_fails_takes_the_environment_with_it(
    beside: Beside, variables: dict[str, str], error_type: str, message: str
) -> None:
    """Whatever the handler does: the invocation fails, and the next begins anew."""
    beside.add(**variables)

    for _ in range(2):
        with pytest.raises(FunctionFailed) as failed:
            beside.world.invoke("f", 1)
        assert failed.value.payload["errorType"] == error_type
        assert str(failed.value).endswith(f"Error: {message}")


def test_an_extension_that_may_not_be_executed_cannot_be_launched(beside: Beside, extension: Any) -> None:
    """Whatever lies in the folder is one (documented)."""
    beside.add(layer=extension("one", mode=0o644))

    with pytest.raises(FunctionFailed, match="fork/exec /opt/extensions/one: permission denied") as failed:
        beside.world.invoke("f")

    assert failed.value.payload["errorType"] == "Extension.LaunchError"
    assert any("Name: one  State: LaunchError  Events: []" in line for line in beside.log())


def test_a_program_for_another_machine_is_told_of(beside: Beside, extension: Any, tmp_path: Path) -> None:
    """Lambda may run it; here it is left out, which the trace says once."""
    layer = extension("one")
    (tmp_path / "layer" / "extensions" / "agent").write_bytes(
        b"\x7fELF\x02\x01\x01" + bytes(11) + b"\xf3\x00" + bytes(44)
    )
    beside.add(layer=layer, ON_INVOKE="say('works')")

    assert beside.world.invoke("f") == "done"
    assert beside.world.invoke("f") == "done"

    (entry,) = beside.world.trace.entries(["accepted without effect"])
    assert (entry.place, entry.detail["parameter"]) == ("function f", "/opt/extensions/agent")
    assert beside.printed() == ["one works"] * 2


def test_init_waits_for_ten_seconds_for_extensions(beside: Beside) -> None:
    """Runtime and extensions share them; then init is run again within the invocation."""
    beside.add(AT_INIT="sleep(60_000_000)")

    with pytest.raises(FunctionFailed, match=r"Task timed out after 3\.00 seconds"):
        beside.world.invoke("f")

    assert beside.world.now_s == 13.0


@pytest.mark.parametrize(
    ("event", "reason", "ended_s"), [(9, "timeout", 3.1), (None, "spindown", 5)], ids=["a timeout", "the end"]
)
def test_an_extension_is_told_why_it_ends(
    extension: Callable[..., str], event: Any, reason: str, ended_s: float
) -> None:
    """It has two seconds, and may still call AWS."""
    with SyncSimulation(seed=1) as simulation:
        beside = Beside(simulation, extension)
        beside.add(ON_SHUTDOWN=f"{SENDS}; say(event['shutdownReason'], event['deadlineMs'])")
        beside.start(event)
        simulation.advance("5 s")

    deadline_ms = simulation.clock.start_epoch_us // 1000 + int(ended_s * 1000) + 2000
    assert beside.printed() == [f"one {reason} {deadline_ms}"]
    assert simulation.trace.count("sent") == 1
    simulation.trace.close()


def test_a_handler_that_ends_its_process_is_a_failure_to_extensions(beside: Beside) -> None:
    """They are told so, before all begins anew."""
    beside.add(handler=_exit)

    with pytest.raises(FunctionFailed):
        beside.world.invoke("f")
    beside.world.until_idle()

    assert beside.printed() == ["one ends: failure"]


def _exit(_event: Any, _context: Any) -> None:
    import os

    os._exit(3)


def test_an_update_ends_environments_and_their_extensions(beside: Beside) -> None:
    """Those that do not end within two seconds are killed."""
    beside.add(ON_SHUTDOWN="say('goes on'); sleep(60_000_000); say('ends')")
    beside.world.invoke("f")

    beside.world.request("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "MemorySize": 256})
    beside.world.until_idle()

    assert beside.printed() == ["one goes on"]
    assert beside.world.now_s == 2.101


def test_an_environment_that_idled_for_too_long_tells_its_extensions(beside: Beside) -> None:
    """Somebody has to look: a run with idle environments is idle."""
    beside.add(ON_SHUTDOWN="say('ends at', event['deadlineMs'])")
    beside.world.invoke("f")

    beside.world.advance("1 hour")
    beside.world.invoke("f")

    assert len(beside.printed()) == 1


def test_two_runs_with_extensions_are_equal(extension: Callable[..., str]) -> None:
    """Also where several of them call AWS at once."""
    digests = set()
    for _ in range(2):
        with SyncSimulation(seed=1) as simulation:
            beside = Beside(simulation, extension)
            beside.add("one", "two", ON_INVOKE=f"{SENDS}; say('sent')")
            for event in (None, 1, "fail", 9):
                beside.start(event)
            simulation.until_idle()
        digests.add(simulation.trace.digest())
        simulation.trace.close()

    assert len(digests) == 1


def test_an_environment_may_be_provisioned_with_its_extensions(beside: Beside) -> None:
    """They begin with it, ahead of any invocation."""
    beside.add(AT_INIT="say('begins')", ON_INVOKE="say('works')")
    beside.world.request("lambda", "PublishVersion", {"FunctionName": "f"})
    parameters = {"FunctionName": "f", "Qualifier": "1", "ProvisionedConcurrentExecutions": 1}
    beside.world.request("lambda", "PutProvisionedConcurrencyConfig", parameters)

    beside.world.until_idle()
    began = beside.printed()
    beside.world.request("lambda", "Invoke", {"FunctionName": "f", "Qualifier": "1"})

    assert (began, beside.printed()[1:]) == (["one begins"], ["one works"])


def test_the_json_log_tells_of_extensions(world: SyncSimulation, extension: Callable[..., str]) -> None:
    """As a platform event."""
    world.add_function("f", handler=_work, layers=[extension("one")], log_format="JSON")

    world.invoke("f")

    texts = [entry.detail["text"] for entry in world.trace.entries(["logged"])]
    (told,) = [json.loads(text)["record"] for text in texts if '"platform.extension"' in text]
    assert told == {"name": "one", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}


def test_a_program_has_extensions_too(
    world: SyncSimulation, extension: Callable[..., str], program: Callable[..., Path]
) -> None:
    """They are told of its invocations, and why it ends."""
    environment = {"ON_INVOKE": "say('works')"}
    layers = [extension("one")]
    world.add_function(
        "f", code=str(program()), runtime="provided.al2023", layers=layers, environment=environment, timeout="5 s"
    )

    assert world.invoke("f", {"do": "result = sleep(1_000_000)"})
    with pytest.raises(FunctionFailed, match=r"exit status 3"):
        world.invoke("f", {"do": "os._exit(3)"})
    world.until_idle()

    texts = [entry.detail["text"].strip() for entry in world.trace.entries(["logged"])]
    assert [text for text in texts if text.startswith("one ")] == ["one works", "one works", "one ends: failure"]


def test_an_extension_cannot_stand_for_the_runtime(beside: Beside) -> None:
    """Which is told at its own address."""
    beside.add(AT_INIT="say(ask('GET', '/2018-06-01/runtime/invocation/next')[0].status)")

    beside.world.invoke("f")

    assert beside.printed()[0] == "one 501"
