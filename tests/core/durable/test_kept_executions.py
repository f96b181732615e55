"""Do durable executions go on with the next server, whenever the last one ended?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from tests.core.durable.world import ask, history, invocations_s, start, world
from tests.killed import killed


@durable_execution
def waits_and_calls(event: Any, context: DurableContext) -> Any:
    """Wait for an hour, then for a callback, then for another function."""
    context.wait(Duration.from_hours(1))
    context.create_callback(name="approve").result()
    return context.invoke("price", {}, name="price")


@pytest.mark.parametrize("down", [timedelta(minutes=1), timedelta(days=2)], ids=["a minute", "two days"])
def test_a_wait_goes_on_or_is_over_by_now(tmp_path: Path, down: timedelta) -> None:
    """It ends at its time; if that came while no server ran, it ends when one does."""
    with world(waits_and_calls, seconds=864_000, database=tmp_path / "state.db") as first:
        arn = start(first)
        first.advance("10 minutes")
        left = killed(tmp_path / "state.db")
    later = timedelta(minutes=10) + down
    with world(waits_and_calls, seconds=864_000, database=left, later=later) as second:
        second.add_function("price", handler=lambda event, context: 3)
        second.advance("1 h")
        assert history(second, arn)[-2:] == ["WaitSucceeded", "CallbackStarted"]
        assert invocations_s(second) == [max(0, 3_600 - int(later.total_seconds()))]
        callback = ask(second, "GetDurableExecutionHistory", DurableExecutionArn=arn)["Events"][-2]
        callback_id = callback["CallbackStartedDetails"]["CallbackId"]
        ask(second, "SendDurableExecutionCallbackSuccess", CallbackId=callback_id)
        second.until_idle()
        assert ask(second, "GetDurableExecution", DurableExecutionArn=arn)["Result"] == "3"
