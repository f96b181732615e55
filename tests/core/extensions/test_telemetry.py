"""What are extensions told of their environment?"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim.report.function_log import function_logs
from eventsim.trace import Entry

TELLS = "[say(json.dumps(each)) for each in seen]"
AT_ONCE = "buffering={'timeoutMs': 25}"


class Told:
    """A run of a function, and what an extension beside it was told."""

    def __init__(self, extension: Callable[..., str], *events: Any, log_format: str = "Text", **variables: str) -> None:
        variables = {"AT_INIT": "listen()", "ON_SHUTDOWN": TELLS, **variables}
        with SyncSimulation(seed=1) as self.world:
            layer, settings = extension("one"), {"environment": variables, "log_format": log_format}
            self.world.add_function("f", handler=_work, layers=[layer], timeout="3 s", **settings)
            for event in events:
                parameters = {"FunctionName": "f", "Payload": json.dumps(event).encode()}
                self.world.request("lambda", "Invoke", parameters)
                self.world.until_idle()
        self.entries: list[Entry] = list(self.world.trace.entries(["logged"]))
        self.log = [line.strip() for line in function_logs(self.world.trace, self.world.clock)]
        self.digest = self.world.digest()
        self.world.trace.close()

    def printed(self) -> list[Any]:
        """Return what the extension has printed, without its name."""
        texts = [entry.detail["text"] for entry in self.entries]
        return [json.loads(text.partition(" ")[2]) for text in texts if text.startswith("one ")]

    def records(self, kind: str) -> list[Any]:
        """Return what it was told of one kind."""
        return [event["record"] for event in self.printed() if event["type"] == kind]


def _work(event: Any, _context: Any) -> str:
    if event == "fail":
        raise ValueError
    print("works on", event)
    return "done"


def test_a_subscriber_is_told_what_happens(extension: Callable[..., str]) -> None:
    """From the beginning, in order, each with its instant."""
    told = Told(extension, "this")

    assert [event["type"] for event in told.printed()] == [
        "platform.initStart",
        "platform.telemetrySubscription",
        "platform.extension",
        "platform.initRuntimeDone",
        "platform.initReport",
        "platform.start",
        "function",
        "platform.runtimeDone",
        "platform.report",
    ]
    assert told.printed()[5]["time"] == "2026-01-01T00:00:00.100Z"
    assert told.records("function") == ["works on this\n"]
    assert told.records("platform.extension") == [{"name": "one", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}]
    (done,), (report,) = told.records("platform.runtimeDone"), told.records("platform.report")
    assert (done["status"], done["metrics"]) == ("success", {"durationMs": 1.0, "producedBytes": 6})
    assert report["metrics"]["billedDurationMs"] == 101


def test_the_log_tells_of_subscribers(extension: Callable[..., str]) -> None:
    """One line for each subscription."""
    told = Told(extension, "this")

    assert "TELEMETRY  Name: one  State: Subscribed  Types: [Platform, Function, Extension]" in told.log


def test_a_subscriber_is_told_of_what_it_wants(extension: Callable[..., str]) -> None:
    """Streams that it has not named are not for it."""
    told = Told(
        extension, "this", AT_INIT="listen(types=['function', 'extension'])", ON_INVOKE="print('beside', flush=True)"
    )

    assert sorted(event["type"] for event in told.printed()) == ["extension", "function"]


def test_a_failure_is_told_of(extension: Callable[..., str]) -> None:
    """With its status and the kind of error."""
    told = Told(extension, "fail")

    (done,) = told.records("platform.runtimeDone")
    assert (done["status"], done["errorType"]) == ("failure", "ValueError")


def test_an_extension_may_wait_for_the_end_of_the_handler(extension: Callable[..., str]) -> None:
    """It is told as soon as its buffer is due; until then the environment is busy, and billed."""
    told = Told(
        extension,
        "this",
        AT_INIT=f"listen({AT_ONCE})",
        ON_INVOKE="wait_for('platform.runtimeDone'); print('has seen the end', flush=True)",
        ON_SHUTDOWN="",
    )

    report = next(line for line in told.log if line.startswith("REPORT"))
    assert "Duration: 25.00 ms  Billed Duration: 125 ms" in report
    assert "has seen the end" in told.log


def test_nothing_is_brought_while_an_environment_rests(extension: Callable[..., str]) -> None:
    """The report comes with the next invocation: the extension has slept meanwhile."""
    told = Told(
        extension,
        1,
        2,
        AT_INIT=f"listen(types=['platform'], {AT_ONCE})",
        ON_INVOKE="wait_for('platform.runtimeDone'); say(json.dumps([each['type'] for each in seen])); seen.clear()",
        ON_SHUTDOWN="",
    )

    first, second = told.printed()
    assert (first[-1], second[0]) == ("platform.runtimeDone", "platform.report")


def test_two_runs_with_subscribers_are_equal(extension: Callable[..., str]) -> None:
    """What has become due at rest is told when nobody is busy with the event, so one thing comes after the other."""
    extension("two")
    variables = {"AT_INIT": f"listen({AT_ONCE})", "ON_TELEMETRY": "say(len(batch))", "ON_INVOKE": "say('works')"}

    digests = {Told(extension, 1, "fail", 2, ON_SHUTDOWN="", **variables).digest for _ in range(3)}

    assert len(digests) == 1


def test_what_nobody_takes_is_lost(extension: Callable[..., str]) -> None:
    """Of which the next batch tells."""
    told = Told(
        extension,
        "this",
        AT_INIT=f"listen(types=['platform'], {AT_ONCE})",
        ON_TELEMETRY="assert len(seen) > len(batch), 'the first batch'",
        ON_INVOKE="sleep(1_000_000)",
    )

    (lost,) = told.records("platform.logsDropped")
    assert lost["reason"] == "the subscriber did not answer"
    assert lost["droppedRecords"] > 0


def test_the_older_api_tells_less(extension: Callable[..., str]) -> None:
    """It knows of no init."""
    told = Told(extension, "this", API="/2020-08-15/logs", AT_INIT="listen(schemaVersion='2021-03-18')")

    assert [event["type"] for event in told.printed()] == [
        "platform.logsSubscription",
        "platform.extension",
        "platform.start",
        "function",
        "platform.runtimeDone",
        "platform.report",
    ]
    assert "LOGS  Name: one  State: Subscribed  Types: [Platform, Function, Extension]" in told.log


@pytest.mark.parametrize(
    ("wish", "status", "words"),
    [
        ("schemaVersion='2020-01-01'", 400, "schemaVersion should be one of"),
        ("types=[]", 400, "length >= 1"),
        ("types=['else']", 400, "Invalid enum value"),
        ("buffering={'timeoutMs': 24}", 400, ">= 25"),
        ("buffering={'maxItems': 999}", 400, ">= 1000"),
        ("buffering={'maxBytes': 1048577}", 400, "<= 1048576"),
    ],
    ids=["schema", "no stream", "stream", "timeout", "items", "bytes"],
)
def test_a_subscription_that_makes_no_sense_is_refused(
    extension: Callable[..., str], wish: str, status: int, words: str
) -> None:
    """With a validation error that says why."""
    at_init = f"answer, why = listen({wish}); say(json.dumps([answer.status, json.loads(why)]))"

    ((told, error),) = Told(extension, "this", AT_INIT=at_init).printed()

    assert (told, error["errorType"]) == (status, "ValidationError")
    assert words in error["errorMessage"]


@pytest.mark.parametrize(
    ("destination", "status", "words"),
    [
        ({"protocol": "HTTP", "URI": "http://example.com:80"}, 400, "should be http://sandbox.localdomain:PORT"),
        ({"protocol": "TCP", "URI": "http://sandbox:80"}, 501, "a destination by TCP with JSON is not simulated"),
    ],
    ids=["elsewhere", "TCP"],
)
def test_a_destination_is_a_port_of_the_environment(
    extension: Callable[..., str], destination: dict[str, str], status: int, words: str
) -> None:
    """What AWS has and is not simulated is refused by name."""
    wish = f"{{'schemaVersion': '2022-12-13', 'types': ['platform'], 'destination': {destination}}}"
    asks = f"ask('PUT', '/2022-07-01/telemetry', {wish}, **own)"
    at_init = f"answer, why = {asks}; say(json.dumps([answer.status, json.loads(why)]))"

    ((told, error),) = Told(extension, "this", AT_INIT=at_init).printed()

    assert told == status
    assert words in error["errorMessage"]


def test_functions_that_log_json_are_told_of_as_objects(extension: Callable[..., str]) -> None:
    """What they print is still a text."""
    told = Told(extension, "fail", log_format="JSON", AT_INIT="listen(types=['function'])")

    (record,) = told.records("function")
    assert (record["level"], record["errorType"]) == ("ERROR", "ValueError")
