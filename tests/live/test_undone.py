"""Does a server tell which changes of clients it has not, because the scenario says otherwise?"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from eventsim.live.loop import LiveLoop
from eventsim.live.remote_process import Workers
from eventsim.live.worlds import LiveWorld

FUNCTION = {"FunctionName": "work"}


@contextmanager
def served(path: Path) -> Iterator[LiveWorld]:
    """Open the world of a server whose scenario has a function and a mapping."""
    with closing(LiveLoop()) as loop:
        workers = Workers(loop, "http://127.0.0.1:1")
        world = LiveWorld(loop=loop, workers=workers, account_id="000000000000", database=path)
        world.open()
        world.add_source("queues", "jobs")
        world.add_function("work", handler=lambda event, context: None)
        world.add_mapping(source="jobs", function="work")
        world.call("lambda", "PutFunctionConcurrency", {**FUNCTION, "ReservedConcurrentExecutions": 9})
        world.restore()
        try:
            yield world
        finally:
            loop.run_until_complete(world.close_sources())
            world.close()
            world.trace.close()


def test_changes_of_what_the_scenario_has_are_told_as_undone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By name and by operation, once; not what the scenario itself has set."""
    path = tmp_path / "state.db"
    with served(path) as world:
        answer: Any = world.call("lambda", "ListEventSourceMappings", {})
        (mapping,) = answer["EventSourceMappings"]
        for seconds in (8, 9):
            world.call("lambda", "UpdateFunctionConfiguration", {**FUNCTION, "Timeout": seconds})
        world.call("lambda", "PutFunctionConcurrency", {**FUNCTION, "ReservedConcurrentExecutions": 5})
        world.call("lambda", "UpdateEventSourceMapping", {"UUID": mapping["UUID"], "BatchSize": 3})
        world.call("lambda", "CreateAlias", {**FUNCTION, "Name": "live", "FunctionVersion": "$LATEST"})

    with served(path):
        first = [record.getMessage() for record in caplog.records]
    caplog.clear()
    with served(path):
        second = caplog.records

    assert len(first) == 2
    assert first[0].startswith(
        "what UpdateFunctionConfiguration, PutFunctionConcurrency, CreateAlias changed of the function work is undone"
    )
    assert first[1].startswith("what UpdateEventSourceMapping changed of the mapping ")
    assert not second
