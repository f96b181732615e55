"""Do functions from public tutorials run unmodified? They are dropped in as they are; nothing of them is adapted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eventsim import FunctionFailed, SyncSimulation

HERE = Path(__file__).parent.parent / "data" / "tutorials"
PICTURE = (HERE.parent.parent.parent / "scenarios" / "pictures" / "sunset.jpg").read_bytes()


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=11, folder=HERE) as simulation:
        for bucket in ("out", "pages", "pictures-resized"):
            simulation.add_source("buckets", bucket)
        for queue in ("loop", "mail"):
            simulation.add_source("queues", queue)
        yield simulation


def invoke(simulation: SyncSimulation, function: str) -> Any:
    simulation.add_function(function, handler=f"app.{function}", timeout="10 s", memory="512 MB")
    return simulation.invoke(function)


@pytest.mark.parametrize(
    ("function", "result"),
    [
        ("thread_pool", list(range(10))),
        ("asyncio_run", [0, 0, 0]),
        ("work_until_time_is_short", {"rounds": 18, "hour": 0, "memory": "512"}),
        ("page_through", [[3, 3, 1], "x", "https://pages.s3.amazonaws.com/0"]),
        ("run_a_program", "run_a_program\n"),
        ("coroutine", "done"),
        ("catch_a_missing_bucket", "NoSuchBucket"),
    ],
)
def test_it_returns_what_it_does_on_aws(simulation: SyncSimulation, function: str, result: Any) -> None:
    """Threads, event loops, clocks, paginators, waiters and subprocesses work as they are."""
    assert invoke(simulation, function) == result


@pytest.mark.parametrize(
    ("function", "error_type", "message"),
    [
        ("leave", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("leave_at_once", "Runtime.ExitError", "Runtime exited with error: exit status 1"),
        ("return_a_date", "Runtime.MarshalError", "Object of type datetime is not JSON serializable"),
        ("return_too_much", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size (6291556 bytes)"),
        ("put_item", "ResourceNotFoundException", "Requested resource not found"),
        ("send_text", "NotSimulated", "pinpoint-sms-voice-v2.SendTextMessage is not simulated"),
        ("call_the_internet", "URLError", "example.com:443 is outside the simulation"),
        ("forget_a_parameter", "ParamValidationError", 'Missing required parameter in input: "Key"'),
    ],
)
def test_it_fails_as_it_does_on_aws(simulation: SyncSimulation, function: str, error_type: str, message: str) -> None:
    """Code that hangs, exits, returns nonsense or leaves the simulation ends with a clear error; the run goes on."""
    with pytest.raises(FunctionFailed) as failed:
        invoke(simulation, function)

    assert failed.value.payload["errorType"] == error_type
    assert message in failed.value.payload["errorMessage"]
    assert invoke(simulation, "coroutine") == "done"


@pytest.mark.parametrize("function", ["spin", "spin_and_swallow"])
def test_a_function_that_hangs_times_out(function: str) -> None:
    """A guard on the wall clock stops it; in virtual time it has taken as long as it may, and the run goes on."""
    with SyncSimulation(folder=HERE, guard_s=0.2) as simulation:
        simulation.add_function(function, handler=f"hang.{function}", timeout="10 s")

        with pytest.raises(FunctionFailed, match=r"Task timed out after 10\.00 seconds"):
            simulation.invoke(function)

        assert simulation.now_s == pytest.approx(10.1)


def test_the_thumbnail_tutorial_by_way_of_files(simulation: SyncSimulation) -> None:
    """AWS's own tutorial: download to /tmp, resize, upload to a second bucket; the key has a space and a folder."""
    simulation.add_function("thumbnail_by_files", handler="app.thumbnail_by_files", timeout="10 s")
    simulation.add_source("buckets", "pictures", notifications=[{"function": "thumbnail_by_files"}])

    simulation.put("pictures", "my cat/cat 1.jpg", PICTURE)
    simulation.until_idle()

    resized = simulation.read("pictures-resized", "resized-my cat/cat 1.jpg")
    assert resized is not None
    assert 0 < len(resized) < len(PICTURE)
    assert any("2 files in /tmp" in str(entry.detail) for entry in simulation.trace.entries(["logged"]))


def test_the_first_tutorial_of_all(simulation: SyncSimulation) -> None:
    """Print the content type of what was uploaded."""
    simulation.add_function("content_type", handler="app.content_type")
    simulation.add_source("buckets", "uploads", notifications=[{"function": "content_type"}])

    simulation.call("s3", "PutObject", {"Bucket": "uploads", "Key": "a+b.txt", "Body": b"x", "ContentType": "text/x"})
    simulation.until_idle()

    logs = [entry.detail["text"] for entry in simulation.trace.entries(["logged"])]
    assert "Loading function\n" in logs
    assert "CONTENT TYPE: text/x\n" in logs


def test_a_function_calls_another_one(simulation: SyncSimulation) -> None:
    """`lambda.invoke` from a handler waits for the other function, in virtual time."""
    simulation.add_function("return_hello", handler="app.return_hello")

    assert invoke(simulation, "call_another_function") == {"statusCode": 200, "body": '"Hello, Ada!"'}


def test_a_function_that_feeds_itself_is_stopped(simulation: SyncSimulation) -> None:
    """Loop detection refuses the seventeenth turn of a chain through a queue."""
    simulation.add_function("feed_itself", handler="app.feed_itself")
    simulation.add_mapping(source="loop", function="feed_itself")

    simulation.send("loop", "go")
    simulation.advance("5 minutes")

    assert simulation.function_numbers("feed_itself")["invocations"] == 16


def test_a_function_polls_a_queue_itself(simulation: SyncSimulation) -> None:
    """A long poll in a handler returns with what is there, or when its time is up."""
    simulation.send("mail", "hello")

    first = invoke(simulation, "poll_a_queue")
    began_s = simulation.now_s
    second = simulation.invoke("poll_a_queue")

    assert (first, second) == (["hello"], [])
    assert simulation.now_s - began_s == pytest.approx(5.001)


def test_what_nobody_simulates_is_stubbed(simulation: SyncSimulation) -> None:
    """A stub answers for e-mail."""
    simulation.stub("ses", "SendEmail", {"MessageId": "m-1"})

    assert invoke(simulation, "send_email") == "m-1"
