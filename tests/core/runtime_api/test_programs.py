"""How do functions run that are programs? As AWS's custom runtimes, in virtual time."""

import base64
import json
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eventsim import ConfigurationError, FunctionFailed, RunError, SyncSimulation
from eventsim.runtime_api.line import PRINTED_BYTES_MAX, PRINTED_MAX
from tests import sdk
from tests.live.test_http2 import DATA, END, WHOLE, ask, frame, frames_in

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """A world with a queue."""
    with SyncSimulation(seed=1, guard_s=0.3) as simulation:
        simulation.add_source("queues", "jobs")
        yield simulation


@pytest.fixture
def invoke(world: SyncSimulation, program: Callable[..., Path]) -> Callable[..., Any]:
    """Return what has the function `f`, a program, do something; it returns payload, kind of error, and log."""
    world.add_function("f", code=str(program()), runtime="provided.al2023", timeout=30)

    def invoke(do: str = "") -> tuple[Any, str | None, str]:
        client = sdk.client("lambda")
        answer = client.invoke(FunctionName="f", Payload=json.dumps({"do": do}), LogType="Tail")
        log = base64.b64decode(answer["LogResult"]).decode()
        return json.loads(answer["Payload"].read()), answer.get("FunctionError"), log

    return invoke


def test_a_program_answers_events(invoke: Any) -> None:
    """One after the other, in one process, which remembers."""
    first = invoke("result = events")
    second = invoke("result = [events, event['do'][:6], 'ö']")

    assert first[:2] == (1, None)
    assert second[:2] == ([2, "result", "ö"], None)
    assert "Init Duration: 100.00 ms" in first[2]
    assert "Init Duration" not in second[2]


def test_the_cause_of_an_error_may_be_a_long_header(invoke: Any) -> None:
    """AWS's clients tell it for X-Ray, with every frame, as long as it is shorter than a mebibyte."""
    post = "ask(f'/2018-06-01/runtime/invocation/{request_id}/error', b'{\"errorType\": \"Deep\"}', **headers)"
    header = "headers = {'Lambda-Runtime-Function-XRay-Error-Cause': 'x' * 1_000_000}"

    failed = invoke(f"{header}; print({post}[0].status); result = None")

    assert (failed[0], failed[1]) == ({"errorType": "Deep"}, "Unhandled")


def test_a_folder_is_named_from_the_root(program: Callable[..., Path]) -> None:
    """Also where a scenario is called by a relative path: the program begins within that folder."""
    folder = program()
    with SyncSimulation(folder=os.path.relpath(folder.parent)) as simulation:
        simulation.add_function("f", code=folder.name, runtime="provided.al2023")

        told = simulation.invoke("f", {"do": "result = [os.environ['LAMBDA_TASK_ROOT'], os.getcwd()]"})
    simulation.trace.close()

    assert told == [str(folder)] * 2


def test_what_a_program_prints_is_in_the_log(invoke: Any) -> None:
    """Between START and END, and there before the answer is."""
    _, _, log = invoke("print('one'); print('two', file=sys.stderr); sys.stdout.flush()")

    start, *lines, end, report = log.strip().splitlines()
    assert (start[:5], end[:3], report[:6]) == ("START", "END", "REPORT")
    assert sorted(lines) == ["one", "two"]


SENDS = """
import socket
where = os.environ['_AWS_XRAY_DAEMON_ADDRESS'], int(os.environ['_AWS_XRAY_DAEMON_PORT'])
trace, parent = [part.partition('=')[2] for part in os.environ['_X_AMZN_TRACE_ID'].split(';')][:2]
document = {'name': 'work', 'id': 'a' * 16, 'trace_id': trace, 'parent_id': parent, 'type': 'subsegment'}
document |= {'start_time': 1, 'end_time': 2}
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
    own.sendto(b'{"format":"json","version":1}\\n' + json.dumps(document).encode(), where)
result = parent
"""


def test_what_a_program_sends_to_the_daemon_reaches_x_ray(world: SyncSimulation, invoke: Any) -> None:
    """Its daemon is a port of this machine; what it has sent is there when it has answered."""
    trace_id = "1-6955b900-a006649127e371903a2de979"
    sends = SENDS.replace("os.environ['_X_AMZN_TRACE_ID']", f"'Root={trace_id};Parent={'b' * 16}'")

    assert invoke(sends)[0] == "b" * 16

    trace = world.segments.trace(trace_id)
    assert trace is not None
    assert [each["name"] for each in trace.documents()] == ["work"]


def test_an_error_reaches_the_caller_as_the_program_describes_it(invoke: Any) -> None:
    """Member by member; the process goes on."""
    failed = invoke("what = 'error'; result = {'errorType': 'Oops', 'errorMessage': 'no', 'trace': ['a line']}")
    after = invoke("result = events")

    assert failed[:2] == ({"errorType": "Oops", "errorMessage": "no", "trace": ["a line"]}, "Unhandled")
    assert after[0] == 2


def test_a_program_that_ends_is_started_anew(invoke: Any) -> None:
    """The invocation fails as on AWS; the next begins with an init inside of it."""
    failed, kind, log = invoke("os._exit(3)")
    after, _, _ = invoke("result = events")

    assert (failed["errorType"], kind) == ("Runtime.ExitError", "Unhandled")
    assert failed["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert "Status: error\tError Type: Runtime.ExitError" in log
    assert after == 1


def test_a_program_that_ends_after_its_answer_has_answered(invoke: Any) -> None:
    """Its environment begins anew with the next event."""
    ending = "ask(f'/2018-06-01/runtime/invocation/{request_id}/response', b'7'); os._exit(0)"

    assert invoke(ending)[0] == 7
    assert invoke("result = events")[0] == 1


def test_time_passes_while_a_program_waits_for_it(world: SyncSimulation, invoke: Any) -> None:
    """All that waits at the same time waits together, and nothing else takes any time but the modelled duration."""
    began_us = world.clock.now_us

    result, _, log = invoke("a = []; together(*[lambda: a.append(sleep(5_000_000))] * 3); result = len(set(a))")

    assert result == 1
    assert "\tDuration: 5001.00 ms" in log
    assert world.clock.now_us - began_us == 5_101_000


def test_a_program_calls_aws(world: SyncSimulation, invoke: Any) -> None:
    """Over its own endpoint; what waits there waits in virtual time, and the story knows who called."""
    sent, _, _ = invoke(f"result = aws('SendMessage', QueueUrl='{QUEUE}', MessageBody='hello')")
    received, _, _ = invoke(f"result = aws('ReceiveMessage', QueueUrl='{QUEUE}', WaitTimeSeconds=20)")
    nothing, _, log = invoke(f"result = aws('ReceiveMessage', QueueUrl='{QUEUE}', WaitTimeSeconds=20)")

    entries = list(world.trace.entries())
    born = next(entry for entry in entries if entry.kind == "sent")
    assert received["Messages"][0]["MessageId"] == sent["MessageId"]
    assert (nothing, "\tDuration: 20001.00 ms" in log) == ({}, True)
    assert entries[entries[born.cause - 1].cause - 1].kind in ("started", "called")


ASK_BY_HTTP2 = """
import socket
from urllib.parse import urlsplit
there = urlsplit(os.environ["AWS_ENDPOINT_URL"])
with socket.create_connection((there.hostname, there.port)) as connection:
    connection.sendall(bytes.fromhex("{asked}"))
    said = b""
    while not said.endswith(bytes.fromhex("{end}")):
        said += connection.recv(4096)
result = said.hex()
"""


def test_a_program_may_speak_http2(invoke: Any) -> None:
    """Over a socket of its own, without TLS; what waits there waits in virtual time, too."""
    signed = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/sqs/aws4_request, Signature=none"
    body = json.dumps({"QueueUrl": QUEUE, "WaitTimeSeconds": 20}).encode()
    request = ask(1, ("authorization", signed), ("x-amz-target", "AmazonSQS.ReceiveMessage"), flags=WHOLE)
    asked = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + request + frame(DATA, END, 1, body)

    said, _, log = invoke(ASK_BY_HTTP2.format(asked=asked.hex(), end=frame(DATA, END, 1).hex()))

    assert [content for kind, _, _, content in frames_in(bytes.fromhex(said)) if kind == DATA] == [b"{}", b""]
    assert "\tDuration: 20001.00 ms" in log


STREAM = """
def pieces():
    yield b"one"
    sleep(1_000_000)
    yield b"two"
headers = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Content-Type": "text/x"}
path = f"/2018-06-01/runtime/invocation/{request_id}/response"
runtime.request("POST", path, pieces(), headers, encode_chunked=True)
runtime.getresponse().read()
"""


def test_a_program_streams(world: SyncSimulation, invoke: Any) -> None:
    """Each piece reaches who wants it at the instant at which it is written."""
    client = sdk.client("lambda")

    stream = client.invoke_with_response_stream(FunctionName="f", Payload=json.dumps({"do": STREAM}))
    heard = [(world.clock.now_us, *event.values()) for event in stream["EventStream"]]

    assert stream["ResponseStreamContentType"] == "text/x"
    assert heard == [(100_000, {"Payload": b"one"}), (1_100_000, {"Payload": b"two"}), (1_101_000, {})]


def test_an_operation_that_nobody_simulates_is_refused_by_name(invoke: Any) -> None:
    """Over the wire the sentence is the message of an error."""
    result, _, _ = invoke("result = aws('DoSomethingElse')")

    assert "UnknownOperation" in json.dumps(result)


def test_pages_in_a_browser_may_not_ask_for_events(invoke: Any) -> None:
    """The port is open to all on this machine; programs do not send what every browser adds."""
    do = "result = ask('/2018-06-01/runtime/invocation/next', **{'Sec-Fetch-Site': 'cross-site'})[0].status"

    assert invoke(do)[0] == 403


def test_a_timeout_ends_the_program_where_it_waits(world: SyncSimulation, invoke: Any) -> None:
    """At the deadline, in virtual time."""
    failed, _, log = invoke("sleep(60_000_000)")

    assert failed["errorType"] == "Sandbox.Timedout"
    assert "\tDuration: 30000.00 ms" in log
    assert invoke("result = events")[0] == 1


def test_a_program_that_never_answers_is_stopped(world: SyncSimulation, program: Callable[..., Path]) -> None:
    """By the wall clock, as virtual time stands still meanwhile; then it is a timeout, and the run goes on."""
    world.add_function("g", code=str(program()), runtime="provided.al2023", timeout=1)
    client = sdk.client("lambda")

    answer = client.invoke(FunctionName="g", Payload=json.dumps({"do": "while True: pass"}))

    assert json.loads(answer["Payload"].read())["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert "stuck" in {entry.kind for entry in world.trace.entries()}


@pytest.mark.parametrize(
    ("at_init", "error_type", "message"),
    [
        pytest.param(
            'ask(\'/2018-06-01/runtime/init/error\', b\'{"errorType": "Bad", "errorMessage": "no"}\'); sys.exit(1)',
            "Bad",
            "no",
            id="that says why",
        ),
        pytest.param("sys.exit(4)", "Runtime.ExitError", "exit status 4", id="that ends"),
    ],
)
def test_an_init_that_fails_is_tried_once_more(
    world: SyncSimulation, program: Callable[..., Path], at_init: str, error_type: str, message: str
) -> None:
    """Inside the invocation, which then fails with what was said."""
    world.add_function("g", code=str(program()), runtime="provided.al2023", environment={"AT_INIT": at_init})
    client = sdk.client("lambda")

    payload = json.loads(client.invoke(FunctionName="g")["Payload"].read())

    assert payload["errorType"] == error_type
    assert payload["errorMessage"].endswith(message)
    assert [entry.kind for entry in world.trace.entries()].count("init failed") == 2


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param(
            {"name": "other"},
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
            id="no program",
        ),
        pytest.param(
            {"mode": 0o644},
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
            id="no executable",
        ),
    ],
)
def test_a_function_without_a_program_fails_by_name(
    world: SyncSimulation, program: Callable[..., Path], written: dict[str, Any], message: str
) -> None:
    """As Lambda says it."""
    world.add_function("g", code=str(program(**written)), runtime="provided.al2")
    client = sdk.client("lambda")

    payload = json.loads(client.invoke(FunctionName="g")["Payload"].read())

    assert payload["errorType"] == "Runtime.InvalidEntrypoint"
    assert payload["errorMessage"].endswith(f"Error: {message}")


def test_a_program_of_another_machine_fails_by_its_name_on_lambda(world: SyncSimulation, tmp_path: Path) -> None:
    """As one that was built for another architecture."""
    (tmp_path / "bootstrap").write_bytes(b"\x7fELF\0")
    (tmp_path / "bootstrap").chmod(0o755)
    world.add_function("g", code=str(tmp_path), runtime="provided.al2023")

    with pytest.raises(FunctionFailed) as failed:
        world.invoke("g")

    assert failed.value.payload["errorMessage"].endswith("Error: fork/exec /var/task/bootstrap: exec format error")


def test_a_layer_brings_the_program(world: SyncSimulation, program: Callable[..., Path], tmp_path: Path) -> None:
    """The code is then what the program makes of it."""
    (tmp_path / "code").mkdir()
    world.add_function("g", code=str(tmp_path / "code"), runtime="provided.al2023", layers=[str(program())])

    assert world.invoke("g", {"do": "result = os.path.basename(os.getcwd())"}) == "code"


def test_too_many_open_files_are_told_as_such(world: SyncSimulation, invoke: Any, program: Callable[..., Path]) -> None:
    """With what to do about it: a hundred environments need more than many systems allow."""
    invoke()
    world.add_function("g", code=str(program()), runtime="provided.al2023")
    _, most = allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, most))

    try:
        with pytest.raises(RunError, match="too many open files"):
            world.invoke("g")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, allowed)


def test_a_program_does_not_outlive_a_run_that_breaks_off(program: Callable[..., Path], tmp_path: Path) -> None:
    """As by Ctrl-C, while it is at work."""
    interrupt = (
        f"import signal; open({str(tmp_path / 'id')!r}, 'w').write(str(os.getpid()));"
        "os.kill(os.getppid(), signal.SIGINT)\nwhile True: pass"
    )

    def run() -> None:
        with SyncSimulation(seed=1) as world:
            world.add_function("g", code=str(program()), runtime="provided.al2023")
            world.invoke("g", {"do": interrupt})

    with pytest.raises(KeyboardInterrupt):
        run()

    assert not Path("/proc", (tmp_path / "id").read_text()).exists()


def test_two_runs_are_equal(program: Callable[..., Path]) -> None:
    """As long as a program does the same, its run has the same digest."""

    def run() -> str:
        with SyncSimulation(seed=7) as simulation:
            simulation.add_source("queues", "jobs")
            simulation.add_function("f", code=str(program()), runtime="provided.al2023")
            simulation.add_mapping(source="jobs", function="f", batch_size=2)
            for number in range(5):
                simulation.send("jobs", str(number))
            simulation.until_idle()
            return simulation.trace.digest()

    assert run() == run()


def test_a_runtime_that_cannot_run_here_is_refused_by_name(world: SyncSimulation, tmp_path: Path) -> None:
    """With those that can."""
    with pytest.raises(ConfigurationError, match=r"the runtime 'java21' is not simulated: eventsim runs Python"):
        world.add_function("g", code=str(tmp_path), handler="a.B", runtime="java21")


def test_a_program_that_prints_for_ever_is_stopped(world: SyncSimulation, program: Callable[..., Path]) -> None:
    """It has to wait until somebody reads, so neither memory nor the run suffer from it."""
    world.add_function("g", code=str(program()), runtime="provided.al2023", timeout=1)
    client = sdk.client("lambda")

    answer = client.invoke(FunctionName="g", Payload=json.dumps({"do": "while True: os.write(1, b'y' * 65_536)"}))

    assert "Task timed out" in json.loads(answer["Payload"].read())["errorMessage"]
    assert (
        sum(len(entry.detail["text"]) for entry in world.trace.entries(["logged"]))
        < (PRINTED_MAX + 2) * PRINTED_BYTES_MAX
    )


def test_a_program_may_print_much_at_once(world: SyncSimulation, invoke: Any) -> None:
    """More than is kept until somebody takes it: it goes on, and its log is whole."""
    size_bytes = PRINTED_BYTES_MAX * 3 // 2

    result, _, _ = invoke(f"result = os.write(1, b'y' * {size_bytes})")

    logged = [entry.detail["text"] for entry in world.trace.entries(["logged"])]
    assert (result, sum(text.count("y") for text in logged[1:])) == (size_bytes, size_bytes)
