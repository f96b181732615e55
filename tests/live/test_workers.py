"""Does user code in a process of its own look as it does on Lambda?"""

import asyncio
import base64
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

import pytest
from msgspec.structs import replace

from eventsim.live.loop import LiveLoop
from eventsim.live.worker_process import WorkerProcess
from eventsim.live.zygote_process import ZygoteProcess
from tests.live.workplace import Workplace


class Outcome:
    """What an invocation gave."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.error = result.get("FunctionError")
        self.payload = json.loads(result["Payload"])
        self.log = base64.b64decode(result["LogResult"]).decode()


class Place(Workplace):
    """A world whose handlers run in workers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(sdk_pause_s=0, folder=folder)
        self.folder = folder

    def wait_for_forks(self, *, has_sdk: bool = False) -> None:
        """Wait until workers are forked, from a process that has imported the SDK or from one that has not."""

        async def wait() -> None:
            async with asyncio.timeout(20):
                while self.workers.zygote is None or self.workers.zygote.has_sdk is not has_sdk:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

        self.loop.run_until_complete(wait())

    def write(self, text: str, name: str = "app.py") -> None:
        """Write a file of the function's code."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    def add(self, text: str, **settings: Any) -> None:
        """Add the function `f` with this code."""
        self.write(text)
        self.world.add_function("f", **{"handler": "app.handler", "timeout": "5 s", **settings})

    def invoke(self, event: Any = None, **more: str) -> Outcome:
        """Invoke it and wait."""
        return Outcome(self.ask(Payload=json.dumps(event).encode(), **more))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A world, and a folder for code; its workers are forked."""
    place = Place(tmp_path)
    place.workers.open()
    place.wait_for_forks()
    yield place
    place.close()


@pytest.fixture
def place_without_forks(tmp_path: Path) -> Iterator[Place]:
    """The same where a process is started for each environment."""
    place = Place(tmp_path)
    yield place
    place.close()


def test_a_handler_gets_event_and_context(place: Place) -> None:
    """Globals survive from one invocation to the next; the context counts down."""
    place.add("""
        count = 0
        def handler(event, context):
            global count
            count += 1
            left_ms = context.get_remaining_time_in_millis()
            return [event, count, 0 < left_ms <= 5000, context.function_name]
    """)

    first, second = place.invoke({"n": 2**70}), place.invoke("é")

    assert first.payload == [{"n": 2**70}, 1, True, "f"]
    assert second.payload == ["é", 2, True, "f"]


def test_it_is_the_same_without_forks(place_without_forks: Place) -> None:
    """Not every machine has them."""
    place_without_forks.add("""
        import os
        def handler(event, context):
            print("written")
            return [event, os.getpid() == os.getsid(0)]
    """)

    outcome = place_without_forks.invoke("é")

    assert outcome.payload == ["é", True]
    assert "written\n" in outcome.log


def test_handlers_start_processes(place: Place) -> None:
    """`Process` and `Pipe` work as on Lambda, and what children print is in the log."""
    place.add("""
        from multiprocessing import Pipe, Process

        def child(end, number):
            print("child", number)
            end.send([number])

        def handler(event, context):
            ours, theirs = Pipe()
            process = Process(target=child, args=(theirs, 3))
            process.start()
            process.join()
            return [ours.recv()[0], process.exitcode]
    """)

    outcome = place.invoke()

    assert outcome.payload == [3, 0]
    assert "child 3\n" in outcome.log


def test_processes_have_no_locks(place: Place) -> None:
    """Lambda has no shared memory, so what is made of semaphores in it fails."""
    place.add("""
        import concurrent.futures, functools, multiprocessing
        from multiprocessing.shared_memory import SharedMemory

        def told(make):
            try:
                return str(make())
            except OSError as error:
                return str(error)

        def handler(event, context):
            of_processes = (multiprocessing.Lock, multiprocessing.Queue, multiprocessing.Pool)
            shared = functools.partial(SharedMemory, create=True, size=1)
            return [told(make) for make in (*of_processes, concurrent.futures.ProcessPoolExecutor, shared)]
    """)

    assert place.invoke().payload == ["[Errno 38] Function not implemented"] * 5


def test_each_tenant_has_processes_of_its_own(place: Place) -> None:
    """The context names the tenant, and so do log records."""
    place.add(
        """
        import logging, os
        def handler(event, context):
            logging.warning("here")
            return [context.tenant_id, os.getpid()]
        """,
        tenant_isolation=True,
        log_format="JSON",
    )

    outcomes = [place.invoke(TenantId=tenant) for tenant in ("blue", "green", "blue")]

    tenants, processes = zip(*(outcome.payload for outcome in outcomes), strict=True)
    assert tenants == ("blue", "green", "blue")
    assert processes[0] == processes[2] != processes[1]
    assert outcomes[1].log.count('"tenantId": "green"') == 1


def test_environments_share_nothing(place: Place) -> None:
    """Each has a session, modules and random numbers of its own, though all are forked from one process."""
    place.add("""
        import os, random, uuid
        seen = [random.random(), str(uuid.uuid4())]
        def handler(event, context):
            return [os.getpid(), os.getpid() == os.getsid(0), *seen]
    """)

    first = place.invoke().payload
    place.world.dispatch.configure(replace(place.world.functions["f"], versions={}))
    place.world.dispatch.configure(place.world.functions["f"])
    second = place.invoke().payload

    assert (first[1], second[1]) == (True, True)
    assert not set(first[2:]) & set(second[2:])
    assert first[0] != second[0]


def test_an_exception_is_reported_as_the_runtime_reports_it(place: Place) -> None:
    """Type, message and a stack trace with AWS's paths; the environment lives on."""
    place.add("""
        def handler(event, context):
            raise ValueError("bad")
    """)

    outcome = place.invoke()

    assert outcome.error == "Unhandled"
    assert outcome.payload["errorType"] == "ValueError"
    assert outcome.payload["stackTrace"] == [
        '  File "/var/task/app.py", line 3, in handler\n    raise ValueError("bad")\n'
    ]
    assert "[ERROR] ValueError: bad" in outcome.log


def test_what_is_written_and_logged_stands_in_the_log(place: Place) -> None:
    """Prints, records of `logging`, and what a program writes to the process's own output."""
    place.add("""
        import logging, subprocess, sys
        def handler(event, context):
            print("printed")
            print("not ended", end="", file=sys.stderr)
            logging.warning("one record\\nof two lines")
            subprocess.run(["echo", "from a program"], check=True)
    """)

    log = place.invoke().log

    assert "printed\n" in log
    assert "not ended\n[WARNING]\t" in log
    assert "one record\nof two lines" in log
    assert "from a program\n" in log
    assert log.startswith("START RequestId: ")


def test_code_that_takes_too_long_is_killed(place: Place) -> None:
    """The timeout is the function's; the process is gone with all that it knew, and the next one starts anew."""
    place.add(
        """
        import os, time
        count = 0
        def handler(event, context):
            global count
            count += 1
            if event:
                time.sleep(60)
            return [count, os.getpid()]
    """,
        timeout="1 s",
    )

    before = place.invoke()
    outcome = place.invoke("sleep")
    after = place.invoke()

    assert outcome.payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert "Duration: 1000.00 ms" in outcome.log
    assert before.payload[0] == after.payload[0] == 1
    assert before.payload[1] != after.payload[1]


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("sys.exit(3)", "exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "signal: killed"),
        ("raise KeyboardInterrupt", "signal: interrupt"),
    ],
    ids=["exit", "silent exit", "killed", "interrupted"],
)
def test_a_process_that_ends_is_an_exit_error(place: Place, statement: str, text: str) -> None:
    """Crashing user code touches nobody else; what it had printed is in the log."""
    place.add(f"""
        import os, sys
        def handler(event, context):
            print("last words")
            if event:
                {statement}
    """)

    outcome = place.invoke(1)

    assert outcome.payload["errorType"] == "Runtime.ExitError"
    assert text in outcome.payload["errorMessage"]
    assert "last words" in outcome.log
    assert place.invoke().error is None


def test_a_module_that_does_not_import_says_so(place: Place) -> None:
    """A failed init is tried again inside the invocation, as ever."""
    place.add("import nowhere\n")

    outcome = place.invoke()

    assert outcome.payload["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'nowhere'" in outcome.payload["errorMessage"]


def test_the_environment_is_the_functions_own(place: Place) -> None:
    """Variables, working folder and temporary folder; nothing of the server's own variables comes along."""
    place.add(
        """
        import os, tempfile
        def handler(event, context):
            return {"cwd": os.getcwd(), "tmp": tempfile.gettempdir(), **os.environ}
    """,
        environment={"MINE": "1"},
    )

    seen = place.invoke().payload

    assert seen["MINE"] == "1"
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert seen["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true"
    assert seen["AWS_REGION"] == "us-east-1"
    assert seen["AWS_ACCESS_KEY_ID"] == "000000000000"
    assert seen["cwd"] == seen["LAMBDA_TASK_ROOT"] == str(place.folder)
    assert seen["tmp"] == seen["TMPDIR"] != "/tmp"
    assert "PYTEST_CURRENT_TEST" not in seen


def test_user_code_runs_in_utf8(place: Place) -> None:
    """As on AWS, also where the server was started in a locale that is not: its encoding is not inherited."""
    place.add(
        """
        import os, sys
        def handler(event, context):
            return [sys.flags.utf8_mode, sys.getfilesystemencoding(), os.environ["WORD"]]
    """,
        environment={"WORD": "grün"},
    )

    assert place.invoke().payload == [1, "utf-8", "grün"]


def test_code_may_lie_in_a_folder_whose_name_is_no_utf8(tmp_path: Path) -> None:
    """To the file system names are bytes; a server that was started with another encoding sees every name so."""
    folder = tmp_path / os.fsdecode(b"gr\xf6\xdfe")
    folder.mkdir()
    with contextlib.closing(Place(folder)) as place:
        place.add("""
            import os
            def handler(event, context):
                return os.listdir() == os.listdir(os.environ["LAMBDA_TASK_ROOT"]) == ["app.py"]
        """)

        outcome = place.invoke()

    assert (outcome.payload, outcome.error) == (True, None)


def test_modules_of_the_code_come_first(place: Place) -> None:
    """A module of the function wins over one of its name that the worker has loaded, and layers are importable."""
    place.write("mine = True", "queue.py")
    place.write("mine = True", "msgspec.py")
    place.write("mine = True", "layer/python/of_layer.py")
    place.add(
        """
        import msgspec, of_layer, queue
        def handler(event, context):
            return [msgspec.mine, of_layer.mine, queue.mine]
    """,
        layers=["layer"],
    )

    assert place.invoke().payload == [True, True, True]


def test_a_handler_asks_the_extension_beside_it(place: Place) -> None:
    """At its port on Lambda, which is led to one of the server's: environments share this machine."""
    place.world.add_source("parameters", "vat", value="0.19")
    place.add(
        """
        import json, os, urllib.request
        def handler(event, context):
            url = "http://localhost:2773/systemsmanager/parameters/get?name=vat"
            headers = {"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]}
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                return json.load(answer)["Parameter"]["Value"]
    """,
        layers=["arn:aws:lambda:us-east-1:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:12"],
    )

    assert [place.invoke().payload, place.invoke().payload] == ["0.19", "0.19"]
    assert place.world.numbers("parameters", "vat")["reads"] == 1


def test_a_part_of_the_sdk_that_the_code_brings_is_used_by_all_of_it(place: Place) -> None:
    """As in a process of its own, although the SDK was imported before: its parts must fit each other."""
    place.add("def handler(event, context): return None")
    place.invoke()
    place.wait_for_forks(has_sdk=True)
    place.world.functions.remove("f")
    place.write("mine = True", "jmespath.py")
    place.add("""
        import botocore.waiter, jmespath
        def handler(event, context):
            return [jmespath.mine, botocore.waiter.jmespath.mine]
    """)
    place.world.dispatch.configure(place.world.functions["f"])

    assert place.invoke().payload == [True, True]


def test_the_first_invocation_finds_a_process_that_waits(place: Place) -> None:
    """Whoever asks first waits for the function's own import, and neither for a process nor for the runtime."""
    waiting = _started_by(os.getpid())

    place.add("""
        import os
        def handler(event, context): return os.getpid()
    """)

    assert place.invoke().payload in waiting


def test_threads_freeze_with_the_answer(place: Place) -> None:
    """A thread that outlives an invocation goes on with the next one."""
    place.add("""
        import itertools, threading, time
        steps = 0
        def count():
            global steps
            for steps in itertools.count(1):
                time.sleep(0.001)
        def handler(event, context):
            if event:
                threading.Thread(target=count, daemon=True).start()
                time.sleep(0.02)
            before = steps
            time.sleep(0.02)
            return [before, steps]
    """)

    _, stood_at = place.invoke("start").payload
    place.loop.call_later(0.3, place.loop.stop)
    place.loop.run_forever()
    began_at, ended_at = place.invoke().payload

    assert began_at - stood_at < 100
    assert ended_at > began_at


def test_async_handlers_run_on_a_loop_of_their_process(place: Place) -> None:
    """As in strands, a coroutine is run to its end."""
    place.add("""
        import asyncio
        async def handler(event, context):
            await asyncio.sleep(0.001)
            return "done"
    """)

    assert place.invoke().payload == "done"


def test_big_events_and_results_pass(place: Place) -> None:
    """They go through the socket piece by piece."""
    place.add("def handler(event, context): return event[::-1]")

    assert place.invoke("a" * 3_000_000 + "b").payload == "b" + "a" * 3_000_000


class JustForked:
    """Forks a worker that has not become the leader of its own group yet."""

    def bear(self, _connection: int, _output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["sleep", "60"])


def test_a_worker_can_be_killed_the_moment_it_is_forked() -> None:
    """Nobody waits for it to be on its own."""
    loop = LiveLoop()
    worker = WorkerProcess(loop, lambda _: None, cast("ZygoteProcess", JustForked()))

    worker.close()
    loop.close()

    assert worker.status == -signal.SIGKILL


def test_no_process_is_left_behind(place: Place) -> None:
    """Closing a world ends its workers, and what these have started."""
    place.add("""
        import os, subprocess
        def handler(event, context):
            child = subprocess.Popen(["sleep", "60"])
            return [os.getpid(), child.pid]
    """)
    own, child = place.invoke().payload

    place.world.close()
    place.workers.close()

    assert not Path(f"/proc/{own}").exists()
    assert _has_ended(child)


def _started_by(process_id: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    children = {int(each) for each in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()}
    return children.union(*map(_started_by, children))


def _has_ended(process_id: int) -> bool:
    """Tell whether a process is gone, or waits to be buried by whoever inherits it."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except FileNotFoundError:
        return True


def test_what_the_sdk_sends_from_a_worker_reaches_x_ray(place: Place) -> None:
    """Its daemon is a port of this machine; the packet never leaves it."""
    place.add(
        """
        from aws_xray_sdk.core import xray_recorder

        @xray_recorder.capture("work")
        def handler(event, context):
            xray_recorder.put_annotation("order", event)
        """,
        tracing="Active",
    )

    place.invoke(7)

    (trace,) = place.world.segments.traces()
    (work,) = (each for each in trace.documents() if each["name"] == "work")
    assert (work["type"], work["annotations"]) == ("subsegment", {"order": 7})
