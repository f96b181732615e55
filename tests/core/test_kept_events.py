"""Does an asynchronous event go on with the next server, whenever the last one ended?"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from eventsim import SyncSimulation
from eventsim.clock import START_AT
from tests import sdk
from tests.killed import killed

MINUTE = timedelta(minutes=1)


def fail(event: Any, context: Any) -> Any:
    """Raise, whatever comes."""
    raise ValueError("no")


@contextmanager
def served(
    path: Path, *, later: timedelta = timedelta(), handler: Callable[[Any, Any], Any] = fail, **settings: Any
) -> Iterator[SyncSimulation]:
    """Have a world go on that begins so much later, with a function and two queues."""
    with SyncSimulation(seed=1, database=path, start_at=START_AT + later) as world, closing(world.trace):
        for queue in ("failed", "dead"):
            world.add_source("queues", queue)
        world.add_function("work", handler=handler, on_failure="failed", dead_letter="dead", **settings)
        world.restore()
        world.resume()
        yield world


def submit(world: SyncSimulation, payload: str = "{}", **more: str) -> str:
    """Invoke the function asynchronously; return the request id."""
    parameters = {"FunctionName": "work", "InvocationType": "Event", "Payload": payload.encode(), **more}
    answer: Any = world.call("lambda", "Invoke", parameters)
    request_id: str = answer["ResponseMetadata"]["RequestId"]
    return request_id


def attempts_s(world: SyncSimulation) -> list[int]:
    """Return when attempts were made, in whole seconds."""
    return [entry.at_us // 1_000_000 for entry in world.trace.entries() if entry.kind == "attempted"]


def received(world: SyncSimulation, queue: str) -> list[Any]:
    """Return the messages in a queue."""
    answer: Any = world.call(
        "sqs",
        "ReceiveMessage",
        {"QueueUrl": queue, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]},
    )
    return list(answer.get("Messages", []))


def test_retries_and_age_go_on(tmp_path: Path) -> None:
    """The second retry comes two minutes after the first; what ends it has the id and the count of all attempts."""
    path = tmp_path / "state.db"
    with served(path) as world:
        request_id = submit(world, '{"n": 1}')
        world.advance("90 s")
        left = killed(path)

    with served(left, later=2 * MINUTE) as world:
        world.advance("2 minutes")
        (record,) = received(world, "failed")
        (letter,) = received(world, "dead")

        assert attempts_s(world) == [60]
        told = json.loads(record["Body"])
        assert (told["requestContext"]["requestId"], told["requestContext"]["condition"]) == (
            request_id,
            "RetriesExhausted",
        )
        assert told["requestContext"]["approximateInvokeCount"] == 3
        assert (told["requestPayload"], told["responsePayload"]["errorMessage"]) == ({"n": 1}, "no")
        assert letter["Body"] == '{"n": 1}'


def test_what_was_due_meanwhile_is_due_at_once(tmp_path: Path) -> None:
    """The first retry was due after a minute; after it the delays are as ever."""
    path = tmp_path / "state.db"
    with served(path) as world:
        submit(world)
        world.advance("30 s")
        left = killed(path)

    with served(left, later=60 * MINUTE) as world:
        world.advance("10 minutes")

        assert attempts_s(world) == [0, 120]


def test_an_attempt_that_was_running_is_made_again(tmp_path: Path) -> None:
    """It uses up no retry, and nobody is told that it began."""
    path = tmp_path / "state.db"
    with served(path, duration="20 s", timeout="60 s") as world:
        request_id = submit(world)
        world.advance("10 s")
        left = killed(path)

    seen = []

    def handler(event: Any, context: Any) -> None:
        seen.append(context.aws_request_id)

    with served(left, later=MINUTE, handler=handler) as world:
        world.advance("10 minutes")

        assert seen == [request_id]
        assert [received(world, queue) for queue in ("failed", "dead")] == [[], []]


def test_an_event_goes_on_for_its_tenant(tmp_path: Path) -> None:
    """The next server knows whom its first attempt was for."""
    path = tmp_path / "state.db"
    with served(path, tenant_isolation=True) as world:
        submit(world, TenantId="blue")
        world.advance("30 s")
        left = killed(path)

    tenants = []
    with served(
        left, later=MINUTE, handler=lambda _, context: tenants.append(context.tenant_id), tenant_isolation=True
    ) as world:
        world.advance("10 minutes")

    assert tenants == ["blue"]


def test_an_event_that_has_grown_too_old_is_given_up(tmp_path: Path) -> None:
    """It is not tried once more; its record tells of the last attempt that there was."""
    path = tmp_path / "state.db"
    with served(path) as world:
        submit(world)
        world.advance("30 s")
        left = killed(path)

    with served(left, later=6 * 60 * MINUTE) as world:
        world.advance("1 s")
        (record,) = received(world, "failed")
        (letter,) = received(world, "dead")

        told = json.loads(record["Body"])
        assert attempts_s(world) == []
        assert (told["requestContext"]["condition"], told["requestContext"]["approximateInvokeCount"]) == (
            "EventAgeExceeded",
            1,
        )
        assert told["responseContext"]["functionError"] == "Unhandled"
        assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_an_event_never_runs_that_has_ended(tmp_path: Path) -> None:
    """Whether it succeeded or was given up: the next server has its record once."""
    path = tmp_path / "state.db"
    with served(path, maximum_retry_attempts=0) as world:
        submit(world)
        world.advance("30 s")
        left = killed(path)

    with served(left, later=MINUTE) as world:
        world.advance("10 minutes")

        assert attempts_s(world) == []
        assert [len(received(world, queue)) for queue in ("failed", "dead")] == [1, 1]


def test_an_event_for_a_function_that_is_gone_is_dropped(tmp_path: Path) -> None:
    """As on AWS when a function is deleted; the trace says so, and it is not kept any longer."""
    path = tmp_path / "state.db"
    with served(path) as world:
        submit(world)
        world.advance("30 s")
        left = killed(path)

    with SyncSimulation(seed=1, database=left, start_at=START_AT + MINUTE) as world, closing(world.trace):
        world.resume()
        world.advance("1 s")
        dropped = [entry for entry in world.trace.entries() if entry.kind == "event dropped"]
        again = killed(left)
    with served(again, later=2 * MINUTE) as world:
        world.advance("10 minutes")

        assert len(dropped) == 1
        assert attempts_s(world) == []


def test_a_chain_goes_on_counting(tmp_path: Path) -> None:
    """Loop detection knows how often the function has run before the server ended."""
    path = tmp_path / "state.db"

    def again(event: Any, context: Any) -> None:
        time.sleep(1)  # noqa: TID251 - user code
        sdk.client("lambda").invoke(FunctionName="work", InvocationType="Event", Payload=b"{}")

    with served(path, handler=again) as world:
        submit(world)
        world.advance("5500 ms")
        left, before = killed(path), len(attempts_s(world))

    with served(left, later=MINUTE, handler=again) as world:
        world.advance("10 minutes")

        stopped = [entry for entry in world.trace.entries() if entry.kind == "recursion stopped"]
        assert (len(stopped), before - 1 + len(attempts_s(world))) == (1, 17)
