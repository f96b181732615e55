"""How does one build a world and wait in it? In code, with coroutines or without."""

import asyncio
import functools
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from eventsim import (
    ConfigurationError,
    FunctionFailed,
    NotOpen,
    Simulation,
    SyncSimulation,
    VirtualLoop,
    WouldBlock,
    WrongLoop,
    WrongThread,
)
from tests import sdk


def run(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def keep(event: Any, context: Any) -> str:
    time.sleep(2)  # noqa: TID251 - a handler sleeps in virtual time
    return str(event["Records"][0]["body"])


HANDLER_OF_A_ZONE = """
import time

def handler(event, context):
    time.sleep(1)
    return time.localtime().tm_hour
"""


def build(simulation: Simulation | SyncSimulation) -> None:
    simulation.add_function("keep", handler=keep)
    simulation.add_mapping(source="work", function="keep", batch_size=1)
    simulation.add_source("queues", "work", dead_letter={"queue": "dead", "max_receive_count": 2})
    simulation.add_source("queues", "dead")


def test_parts_may_be_added_in_any_order() -> None:
    """Names are looked up when something first happens, so a mapping may come before its queue."""
    with SyncSimulation() as simulation:
        build(simulation)

        simulation.send("work", "hello")
        simulation.until_idle()

        assert simulation.sources("queues")["work"].summary()["deleted"] == 1


@pytest.mark.parametrize(
    "queue",
    ["work", "https://sqs.us-east-1.amazonaws.com/123456789012/work", "arn:aws:sqs:us-east-1:123456789012:work"],
)
def test_a_queue_has_a_name_a_url_and_an_arn(queue: str) -> None:
    """A stack's outputs are URLs and ARNs."""
    with SyncSimulation() as simulation:
        build(simulation)

        simulation.send(queue, "hello")

        assert simulation.numbers("queues", "work")["sent"] == 1


def test_what_is_sent_to_a_queue_that_was_deleted_is_not_lost_in_silence() -> None:
    """However it was called before."""
    with SyncSimulation() as simulation:
        build(simulation)
        url = "https://sqs.us-east-1.amazonaws.com/123456789012/work"
        simulation.send(url, "hello")
        simulation.request("sqs", "DeleteQueue", {"QueueUrl": url})

        with pytest.raises(ConfigurationError, match="there is no queue"):
            simulation.send(url, "hello")


def test_time_passes_as_told() -> None:
    """`advance` stops between events; `until_idle` goes to the end."""
    with SyncSimulation() as simulation:
        build(simulation)
        simulation.send("work", "hello")

        simulation.advance("1 s")
        halfway = simulation.function_numbers("keep")["invocations"], simulation.sources("queues")["work"].summary()
        simulation.until_idle()

        assert halfway[0] == 1
        assert halfway[1]["in_flight"] == 1
        assert simulation.sources("queues")["work"].summary()["in_flight"] == 0


def test_the_shortest_wait_before_a_retry_takes_a_microsecond() -> None:
    """An SDK's jitter may be less than half of one."""
    with SyncSimulation() as simulation:

        def handler(event: Any, context: Any) -> int:
            began_us = simulation.clock.now_us
            simulation.sleep(4e-7)
            return simulation.clock.now_us - began_us

        simulation.add_function("f", handler=handler)

        assert simulation.invoke("f") == 1


def test_coroutines_wait_in_the_same_world() -> None:
    """The asynchronous form has the same methods; what takes time is awaited. Both runs have one digest."""

    async def main() -> str:
        async with Simulation(seed=9) as simulation:
            build(simulation)
            simulation.send("work", "hello")
            await simulation.until_idle()
            return simulation.digest()

    with SyncSimulation(seed=9) as simulation:
        build(simulation)
        simulation.send("work", "hello")
        simulation.until_idle()
        digest = simulation.digest()

    assert run(main) == digest


def test_nothing_happens_outside_of_the_block() -> None:
    """Before it a sleep would be real and boto3 would ask AWS; after it the run is over."""
    simulation = SyncSimulation()
    simulation.add_function("keep", handler=keep)

    with pytest.raises(NotOpen, match="runs inside its block"):
        simulation.invoke("keep")
    with simulation:
        simulation.advance("1 s")
    with pytest.raises(NotOpen):
        simulation.until_idle()


@pytest.mark.parametrize("handler", [lambda event, context: event["n"], "readings.count"])
def test_a_handler_may_follow_the_name(tmp_path: Path, handler: Any) -> None:
    """A callable or a path, without the word `handler`."""
    (tmp_path / "readings.py").write_text("def count(event, context):\n    return event['n']\n")

    with SyncSimulation(folder=tmp_path) as simulation:
        simulation.add_function("count", handler)

        assert simulation.invoke("count", {"n": 3}) == 3


def test_a_topic_is_published_to_by_its_name() -> None:
    """As a queue is sent to: with text, or with data that becomes JSON."""
    with SyncSimulation() as simulation:
        simulation.add_source("queues", "news")
        simulation.add_source("topics", "all", subscriptions=[{"queue": "news", "raw": True}])

        simulation.publish("all", {"id": 1}, subject="one")
        simulation.until_idle()

        assert simulation.request("sqs", "ReceiveMessage", {"QueueUrl": "news"})["Messages"][0]["Body"] == '{"id": 1}'  # type: ignore[index]  # it is there


def test_a_body_may_be_data() -> None:
    """As in a scenario, it becomes JSON."""
    with SyncSimulation() as simulation:
        simulation.add_source("queues", "work")

        simulation.send("work", {"id": 1})

        assert simulation.request("sqs", "ReceiveMessage", {"QueueUrl": "work"})["Messages"][0]["Body"] == '{"id": 1}'  # type: ignore[index]  # it is there


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        pytest.param(
            lambda world: world.add_function("f", handler=keep, memry=1),
            "functions.f has no setting `memry`; did you mean `memory`?",
            id="a function's setting",
        ),
        pytest.param(
            lambda world: world.request("sqs", "send_message", {}),
            "sqs has no operation 'send_message'; did you mean `SendMessage`?",
            id="an operation",
        ),
        pytest.param(
            lambda world: world.numbers("queues", "wrok"),
            "there is no 'wrok' among the queues; did you mean `work`?",
            id="a queue's numbers",
        ),
        pytest.param(
            lambda world: world.numbers("queue", "work"),
            "there is no section 'queue'; did you mean `queues`?",
            id="a section",
        ),
        pytest.param(
            lambda world: world.numbers("topics", "news"),
            "there is no 'news' among the topics; there are none at all",
            id="a topic where there are none",
        ),
        pytest.param(
            lambda world: (world.add_fault(function="kept", error="Nope"), world.until_idle()),
            "there is no function 'kept'; did you mean `keep`?",
            id="a fault's function",
        ),
        pytest.param(
            lambda world: (world.add_mapping(source="work", function="kept"), world.until_idle()),
            "there is no function 'kept'; did you mean `keep`?",
            id="a mapping's function",
        ),
        pytest.param(
            lambda world: world.http("POST", "https://shop.example/orders", body={"id": 1}),  # type: ignore[arg-type]
            "the body of a request is text or bytes, not a dict; `json=` takes data",
            id="a body",
        ),
    ],
)
def test_a_slip_of_the_pen_is_pointed_out(mistake: Callable[[SyncSimulation], None], says: str) -> None:
    """With the name that was probably meant."""
    with SyncSimulation() as simulation:
        build(simulation)

        with pytest.raises(ConfigurationError) as refused:
            mistake(simulation)

        assert str(refused.value) == says


def test_a_simulation_of_coroutines_needs_a_virtual_loop() -> None:
    """The sentence says what to do instead."""

    async def main() -> None:
        Simulation()

    with pytest.raises(WrongLoop, match=r"SyncSimulation"), asyncio.Runner() as runner:
        runner.run(main())


def test_a_failed_function_tells_where_it_failed() -> None:
    """In a note, which pytest and Python print below the traceback of the test."""

    def charge(event: Any, context: Any) -> Any:
        return event["amount"]

    with SyncSimulation() as simulation:
        simulation.add_function("charge", handler=charge)
        with pytest.raises(FunctionFailed) as failed:
            simulation.invoke("charge")

    assert '", line ' in failed.value.__notes__[0]
    assert failed.value.__notes__[0].endswith('return event["amount"]')


def test_virtual_time_passes_on_one_thread() -> None:
    """Where there are handlers, a call that has to wait is refused on another; the run goes on."""
    with SyncSimulation() as simulation, ThreadPoolExecutor(1) as pool:
        simulation.add_function("hello", handler=lambda event, context: "hi")
        build(simulation)
        for mistake in (
            lambda: simulation.invoke("hello"),
            lambda: sdk.client("lambda").invoke(FunctionName="hello"),
            lambda: simulation.advance("1 s"),
            simulation.until_idle,
        ):
            with pytest.raises(WrongThread, match="eventsim exec"):
                pool.submit(mistake).result()
        sent = pool.submit(simulation.send, "work", "hello").result()

        assert sent is not None
        assert simulation.invoke("hello") == "hi"


def test_without_functions_another_thread_may_wait() -> None:
    """As that of a web framework which asks a queue, while the test waits for the framework."""
    with SyncSimulation() as simulation, ThreadPoolExecutor(1) as pool:
        simulation.add_source("queues", "work")
        sqs = sdk.client("sqs")

        found = pool.submit(sqs.receive_message, QueueUrl="work", WaitTimeSeconds=5).result()

        assert "Messages" not in found
        assert simulation.now_s == 5


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that give way to one another as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_simulations_on_several_threads_import_their_handlers_as_alone(tmp_path: Path) -> None:
    """Modules and the time zone are the process's, so one thread after another runs user code."""
    names = "app.py", "money.py"
    for name, text in zip(names, ("import money\nhandler = money.handler", HANDLER_OF_A_ZONE), strict=True):
        (tmp_path / name).write_text(text)

    def hours(zone: str) -> list[int]:
        with SyncSimulation(folder=tmp_path) as simulation:
            for number in range(10):
                simulation.add_function(f"f{number}", handler="app.handler", environment={"TZ": zone})
            return [simulation.invoke(f"f{number}") for number in range(10)]

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(hours, ("UTC", "Asia/Tokyo", "UTC", "Asia/Tokyo")))

    assert told == [[0] * 10, [9] * 10] * 2


def test_a_line_may_be_printed_piece_by_piece() -> None:
    """Two hundred thousand of them are no more work than one, or the handler would be taken for stuck."""

    def dots(event: Any, context: Any) -> None:
        for _ in range(200_000):
            print(".", end="")

    with SyncSimulation() as simulation:
        simulation.add_function("dots", handler=dots)
        simulation.invoke("dots")

        texts = [entry.detail["text"] for entry in simulation.trace.entries() if entry.kind == "logged"]
    assert "." * 200_000 in texts


def test_a_test_that_travels_in_time_goes_on_doing_so() -> None:
    """Handlers have the simulation's dates, the test that surrounds it those that it chose."""

    def year(event: Any, context: Any) -> int:
        return time.gmtime().tm_year

    with time_machine.travel(datetime(1999, 12, 31, tzinfo=UTC)), SyncSimulation() as simulation:
        simulation.add_function("year", handler=year)

        assert simulation.invoke("year") == 2026
        assert time.gmtime().tm_year == 1999


def test_dates_that_somebody_froze_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """freezegun puts its own class in the place of `datetime`, so that nobody else can tell dates."""
    monkeypatch.setitem(sys.modules, "freezegun", sys.modules[__name__])
    monkeypatch.setattr("datetime.datetime", type("FakeDatetime", (datetime,), {}))

    with pytest.raises(ConfigurationError, match=r"freezegun is active.*`start_at`"), SyncSimulation():
        pass


def test_plain_code_works_inside_somebody_elses_running_loop() -> None:
    """A notebook runs a loop of its own; it stands still while virtual time passes, and goes on afterwards."""

    async def main() -> tuple[float, bool]:
        with SyncSimulation() as simulation:
            build(simulation)
            simulation.send("work", "hello")
            simulation.until_idle()
            passed_s = simulation.now_s
        await asyncio.sleep(0)
        return passed_s, not isinstance(asyncio.get_running_loop(), VirtualLoop)

    with asyncio.Runner() as runner:
        passed_s, is_their_own = runner.run(main())

    assert passed_s > 2
    assert is_their_own


def test_boto3_in_a_test_that_would_have_to_wait_says_so() -> None:
    """A coroutine cannot block for a long poll; the sentence names the awaitable way."""

    async def main() -> Any:
        async with Simulation() as simulation:
            simulation.add_source("queues", "work")
            client = sdk.client("sqs")
            url = client.get_queue_url(QueueName="work")["QueueUrl"]
            with pytest.raises(WouldBlock, match=r"simulation\.request"):
                client.receive_message(QueueUrl=url, WaitTimeSeconds=5)
            return await simulation.request("sqs", "ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 5})

    assert run(main) == {}


def test_boto3_in_a_plain_test_waits_in_virtual_time() -> None:
    """Without coroutines a long poll is simply long."""
    with SyncSimulation() as simulation:
        simulation.add_source("queues", "work")
        client = sdk.client("sqs")
        url = client.get_queue_url(QueueName="work")["QueueUrl"]

        answer = client.receive_message(QueueUrl=url, WaitTimeSeconds=20)

        assert "Messages" not in answer
        assert simulation.now_s == 20


def test_two_simulations_do_not_know_of_each_other() -> None:
    """Each has its own clock, luck and resources, even while both are open."""
    with SyncSimulation(seed=1) as first, SyncSimulation(seed=1) as second:
        for simulation in (first, second):
            build(simulation)
        first.send("work", "hello")
        first.until_idle()
        second.send("work", "hello")
        second.until_idle()

        assert first.digest() == second.digest()
        assert first.now_s == second.now_s


@pytest.mark.parametrize("kind", [SyncSimulation, Simulation])
def test_a_handler_has_no_simulation_of_its_own(kind: type[SyncSimulation | Simulation]) -> None:
    """It lives inside of one: another would wrap what is wrapped for it, in time that does not pass."""
    with SyncSimulation() as simulation:
        simulation.add_function("f", handler=lambda event, context: kind())

        with pytest.raises(FunctionFailed, match="a handler cannot have a simulation of its own"):
            simulation.invoke("f")


@pytest.mark.parametrize(
    ("add", "key", "message"),
    [
        pytest.param(
            lambda simulation: simulation.add_function("f", handler="a.b", timeout="2 hours"),
            "functions.f.timeout",
            "less than or equal to 900",
            id="out of AWS's bounds",
        ),
        pytest.param(
            lambda simulation: simulation.add_source("queues", "q", visibility="30 s"),
            "queues.q.visibility",
            "queues.q has no setting `visibility`; did you mean `visibility_timeout`?",
            id="no such setting",
        ),
        pytest.param(
            lambda simulation: simulation.add_source("queue", "q"), "queue", "did you mean `queues`", id="no such kind"
        ),
        pytest.param(
            lambda simulation: [simulation.add_source("queues", "q"), simulation.add_source("queues", "q")],
            "queues.q",
            "there are two queues named 'q'",
            id="twice",
        ),
        pytest.param(
            lambda simulation: [simulation.add_mapping(source="nowhere", function="f"), simulation.until_idle()],
            "mappings.source",
            "there is no 'nowhere' that can be polled",
            id="no such source",
        ),
        pytest.param(lambda simulation: simulation.send("nowhere", "x"), "", "no queue 'nowhere'", id="no such queue"),
    ],
)
def test_mistakes_name_the_setting(add: Callable[[SyncSimulation], object], key: str, message: str) -> None:
    """An error says what is wrong and where."""
    with SyncSimulation() as simulation, pytest.raises(ConfigurationError) as caught:
        add(simulation)

    assert caught.value.key == key
    assert message in str(caught.value)


def test_anything_that_can_be_called_is_a_handler(tmp_path: Path) -> None:
    """An object with `__call__` or a partial, in a world whose folder is named by a text."""

    class Adder:
        def __call__(self, event: Any, context: Any) -> int:
            return int(event) + 1

    with SyncSimulation(folder=str(tmp_path)) as simulation:
        simulation.add_function("object", handler=Adder())
        simulation.add_function("partial", handler=functools.partial(lambda more, event, context: event + more, 2))

        assert (simulation.invoke("object", 1), simulation.invoke("partial", 1)) == (2, 3)
