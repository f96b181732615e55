"""A world with one durable function and a client of Lambda's, and how its executions are looked at."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from eventsim import SyncSimulation
from eventsim.clock import START_AT

Handler = Callable[[Any, Any], Any]
WORK = "work:$LATEST"


@contextmanager
def world(
    handler: Handler, *, seconds: int = 900, database: Path | None = None, later: timedelta = timedelta(), **more: Any
) -> Iterator[SyncSimulation]:
    """Have a world with the durable function `work`, whose executions last so many seconds at most."""
    with SyncSimulation(seed=1, database=database, start_at=START_AT + later) as simulation:
        simulation.add_source("queues", "dead")
        durable = {"execution_timeout": seconds}
        simulation.add_function("work", handler=handler, durable=durable, dead_letter="dead", **more)
        if database is not None:
            simulation.restore()
            simulation.resume()
        yield simulation


def ask(simulation: SyncSimulation, operation: str, **parameters: Any) -> Any:
    """Carry out an operation of Lambda's."""
    return simulation.call("lambda", operation, parameters)


def start(simulation: SyncSimulation, event: Any = None, **more: Any) -> str:
    """Begin an execution that nobody waits for; return its ARN."""
    payload = json.dumps(event or {}).encode()
    answer = ask(simulation, "Invoke", FunctionName=WORK, InvocationType="Event", Payload=payload, **more)
    return str(answer["DurableExecutionArn"])


def finished(simulation: SyncSimulation, event: Any = None) -> Any:
    """Begin an execution, let everything happen, and return what is told of it."""
    arn = start(simulation, event)
    simulation.until_idle()
    return ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)


def history(simulation: SyncSimulation, arn: str) -> list[str]:
    """Return the types of the events of an execution, without the invocations."""
    events = ask(simulation, "GetDurableExecutionHistory", DurableExecutionArn=arn)["Events"]
    return [event["EventType"] for event in events if event["EventType"] != "InvocationCompleted"]


def invocations_s(simulation: SyncSimulation, function: str = "work") -> list[int]:
    """Return when a function was invoked, in whole seconds of virtual time."""
    entries = simulation.trace.entries(["started"])
    return [entry.at_us // 1_000_000 for entry in entries if entry.place == f"function {function}"]
