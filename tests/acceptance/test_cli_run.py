"""Does `eventsim run` show what came of a run, and say by its exit code whether all was well?"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import until

Command = Callable[..., "subprocess.CompletedProcess[str]"]

MENDED = """\
functions:
  hello: {handler: app.helo}
workload:
  - invoke: {function: hello, event: {name: you}, type: asynchronous}
  - at: 10 s
    call:
      service: lambda
      operation: UpdateFunctionConfiguration
      parameters: {FunctionName: hello, Handler: app.hello}
"""


def test_a_run_shows_log_result_report_and_metrics(eventsim_process: Command) -> None:
    """What a first user looks for."""
    done = eventsim_process("run", "hello.yaml")

    assert done.returncode == 0
    assert done.stderr == ""
    for part in ("hello, you", "REPORT RequestId: ", 'result: {"hello": "you"}', "invocations", "digest "):
        assert part in done.stdout


def test_piped_output_is_the_same_every_time(eventsim_process: Command) -> None:
    """No wall-clock time in it: it can be recorded and compared."""
    first = eventsim_process("run", "orders.yaml", PYTHONHASHSEED="1")
    second = eventsim_process("run", "orders.yaml", PYTHONHASHSEED="2")

    assert first.stdout == second.stdout


def test_garbage_is_collected_in_a_run_as_ever(eventsim_process: Command, folder: Path) -> None:
    """Only while the command itself is imported there is nothing to look for."""
    (folder / "app.py").write_text("import gc\n\ndef hello(event, context):\n    return gc.isenabled()\n")

    done = eventsim_process("run", "hello.yaml")

    assert "result: true" in done.stdout


def test_json_is_one_object_and_nothing_else(eventsim: Command) -> None:
    """For programs."""
    done = eventsim("run", "orders.yaml", "--json", "--seed", "7")

    found = json.loads(done.stdout)
    assert (found["scenario"], found["seed"]) == ("orders", 7)
    assert found["queues"]["orders"]["dead_lettered"] == 1
    assert found["functions"]["charge"]["errors"] == 3
    assert found["cost_usd"] > 0


def test_an_expectation_that_fails_is_exit_code_1(eventsim: Command, folder: Path) -> None:
    """With the reason."""
    with (folder / "hello.yaml").open("a") as file:
        file.write("  - function hello has 3 invocations\n")

    done = eventsim("run", "hello.yaml")

    assert done.returncode == 1
    assert "FAILED  function hello has 3 invocations – but it has 1" in done.stdout


def test_until_ends_a_run(eventsim: Command) -> None:
    """At that instant of virtual time."""
    found = json.loads(eventsim("run", "orders.yaml", "--json", "--until", "70 s").stdout)

    assert found["virtual_s"] == 70
    assert found["functions"]["charge"]["invocations"] == 3


def test_a_setting_may_be_replaced(eventsim: Command) -> None:
    """By its dotted key, as YAML."""
    found = json.loads(
        eventsim("run", "orders.yaml", "--json", "--set", "queues.orders.visibility_timeout=10 s").stdout
    )

    assert found["virtual_s"] == pytest.approx(35)


def test_twice_runs_in_two_processes_and_finds_them_equal(eventsim_process: Command) -> None:
    """The guarantee of determinism, checked on the user's own scenario."""
    done = eventsim_process("run", "orders.yaml", "--twice")

    assert done.returncode == 0
    assert done.stdout.startswith("orders: twice the same, ")


def test_twice_shows_the_first_difference(eventsim_process: Command, folder: Path) -> None:
    """A handler can find something that differs between processes: here, their number."""
    (folder / "app.py").write_text(
        "import os\n\ndef hello(event, context):\n    return open('/proc/self/stat').read()\n"
    )

    done = eventsim_process("run", "hello.yaml", "--twice")

    assert done.returncode == 1
    assert "The first difference is in line " in done.stderr


def test_a_trace_is_written(eventsim: Command, folder: Path) -> None:
    """The heading says whose it is; every line is an object."""
    digest = json.loads(eventsim("run", "orders.yaml", "--json", "--trace", "run.jsonl").stdout)["digest"]

    heading, *entries = map(json.loads, (folder / "run.jsonl").read_text().splitlines())
    assert heading["digest"] == digest
    assert heading["entries"] == len(entries)


def test_many_log_lines_are_shown_on_request(eventsim: Command, folder: Path) -> None:
    """A run keeps them to itself otherwise, and says how many there are."""
    text = (folder / "hello.yaml").read_text().replace("- invoke", "- times: 100\n    invoke")
    (folder / "hello.yaml").write_text(text)

    short, long = eventsim("run", "hello.yaml"), eventsim("run", "hello.yaml", "--logs")

    assert "START RequestId" not in short.stdout
    assert "log lines: --logs shows them" in short.stdout
    assert long.stdout.count("START RequestId") == 100


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["nowhere.yaml"], 2, "cannot read the scenario", id="no file"),
        pytest.param(["x" * 300], 2, "cannot read the scenario: File name too long", id="no name for a file"),
        pytest.param(["app.py"], 2, "app.py", id="not a scenario"),
        pytest.param(["hello.yaml", "--until", "soon"], 2, "is not a span of time", id="no duration"),
        pytest.param(["hello.yaml", "--seed", "x"], 2, "invalid int value", id="no seed"),
        pytest.param(["hello.yaml", "--set", "seed"], 2, "is not KEY=VALUE", id="no setting"),
        pytest.param(["hello.yaml", "--set", "prices.lamda_request=1"], 2, "did you mean", id="no price"),
        pytest.param(["hello.yaml", "--set", "functions.hello.memori=1"], 2, "memori", id="no key"),
        pytest.param(["hello.yaml", "--trace", "no/where"], 2, "cannot write the trace", id="no folder for the trace"),
        pytest.param(["hello.yaml", "--trace", "/dev/full"], 4, "No space left on device", id="a full disk"),
        pytest.param(["hello.yaml", "--db", "no/where"], 2, "there is no folder", id="no folder for the database"),
        pytest.param(["hello.yaml", "--db", "app.py"], 2, "file is not a database", id="not a database"),
        pytest.param(["hello.yaml", "--db", "."], 2, "Is a directory", id="a folder as database"),
    ],
)
def test_bad_input_is_told_in_a_sentence(eventsim: Command, arguments: list[str], code: int, says: str) -> None:
    """Never a traceback, and the exit code says whose fault it is."""
    done = eventsim("run", *arguments)

    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    """`eventsim run … | head -1` stays quiet."""
    command = f"{sys.executable} -m eventsim run hello.yaml | true"

    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, timeout=60, check=False)

    assert done.stderr == b""


def test_a_reader_that_goes_away_before_a_complaint_changes_no_exit_code(eventsim: Command) -> None:
    """`eventsim run … 2>&1 | head -1` fails for its own reason."""
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "w") as gone, contextlib.redirect_stderr(gone):
        done = eventsim("run", "nowhere.yaml")

    assert done.returncode == 2


def test_a_stream_that_is_closed_leads_nowhere(folder: Path) -> None:
    """What would be printed does not end in a file that happens to be opened next."""
    command = f"{sys.executable} -m eventsim run hello.yaml --trace run.jsonl <&- >&- 2>&-"

    done = subprocess.run(["sh", "-c", command], cwd=folder, timeout=60, check=False)

    assert done.returncode == 0
    assert (folder / "run.jsonl").read_bytes().startswith(b"{")


def test_a_terminal_without_unicode_is_no_error(eventsim_process: Command) -> None:
    """What it cannot show becomes a question mark."""
    done = eventsim_process("run", "orders.yaml", PYTHONIOENCODING="ascii")

    assert done.returncode == 0


def test_a_function_that_never_began_is_told_with_what_may_be_meant(eventsim: Command, folder: Path) -> None:
    """The run is fine all the same: it shows what AWS would do, and a scenario may mean to."""
    (folder / "misspelt.yaml").write_text(MENDED.partition("  - at:")[0])

    done = eventsim("run", "misspelt.yaml")

    assert done.returncode == 0
    assert "Runtime.HandlerNotFound: Handler 'helo' missing on module 'app'" in " ".join(done.stdout.split())
    assert done.stderr.startswith("eventsim: misspelt.yaml:2:20: `functions.hello.handler`: Runtime.HandlerNotFound: ")
    assert "missing on module 'app'; did you mean `hello`?\n" in done.stderr


def test_a_function_that_began_at_last_is_none_that_never_did(eventsim: Command, folder: Path) -> None:
    """What its code lacked at first, a call mended; the summary tells of the failures."""
    (folder / "mended.yaml").write_text(MENDED)

    done = eventsim("run", "mended.yaml")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Handler 'helo' missing" in done.stdout


def test_ctrl_c_ends_a_run_and_leaves_nothing_half_written(folder: Path) -> None:
    """Exit code 130, and one line that tells how far it came."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "eventsim", "run", "for_ever.yaml", "--trace", "run.jsonl"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    until(lambda: list(folder.glob(".run.jsonl.*")))
    for _ in range(2):  # the folder shows that the run is about to begin; a moment later it has
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(signal.SIGINT)

    _, complaint = process.communicate(timeout=30)

    assert process.returncode == 130
    assert complaint.startswith("eventsim: interrupted after ")
    assert complaint.endswith("nothing was written\n")
    assert not list(folder.glob("*run.jsonl*"))
