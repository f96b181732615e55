"""Which event loops cannot run in a strand?"""

import asyncio
import time
from types import ModuleType
from typing import Any

import pytest

from eventsim.handler.interpose import Interposition
from eventsim.handler.other_loops import swaps_of_gevent, swaps_of_nest_asyncio, swaps_of_trio, swaps_of_uvloop


def test_loops_of_the_machines_time_are_refused_by_name(user_process: Any) -> None:
    """They would wait for real, or for ever; outside of handlers they are as they were."""
    monkey, trio = ModuleType("gevent.monkey"), ModuleType("trio")
    monkey.patch_all = lambda: "patched"  # type: ignore[attr-defined]  # a stand-in
    trio.run = lambda: "run"  # type: ignore[attr-defined]  # same

    with Interposition([*swaps_of_gevent(monkey), *swaps_of_trio(trio)]):
        with pytest.raises(NotImplementedError, match=r"gevent waits in the machine's time.*Use asyncio"):
            user_process.inside(lambda: monkey.patch_all())
        with pytest.raises(NotImplementedError, match="trio waits"):
            user_process.inside(lambda: trio.run())

        assert (monkey.patch_all(), trio.run()) == ("patched", "run")


def test_asyncios_loop_stands_in_for_uvloop(user_process: Any) -> None:
    """It is the same, only faster; what a handler installs is not the process's."""
    uvloop = ModuleType("uvloop")
    uvloop.install = uvloop.new_event_loop = uvloop.run = lambda *_: "real"  # type: ignore[attr-defined]  # a stand-in

    def handler() -> float:
        uvloop.install()
        begun_s = time.time()  # noqa: TID251 - as user code does
        uvloop.run(asyncio.sleep(5))
        uvloop.new_event_loop().run_until_complete(asyncio.sleep(5))
        return time.time() - begun_s  # noqa: TID251 - as user code does

    with Interposition(swaps_of_uvloop(uvloop)):
        assert user_process.inside(handler) == 10
        assert uvloop.install() == "real"


def test_loops_nest_where_nest_asyncio_was_applied(user_process: Any) -> None:
    """Whatever runs beside the outer code goes on while the inner one waits."""
    nest_asyncio = ModuleType("nest_asyncio")
    nest_asyncio.apply = lambda *_: "real"  # type: ignore[attr-defined]  # a stand-in
    told: list[tuple[str, float]] = []

    async def tell(what: str, delay_s: float) -> str:
        await asyncio.sleep(delay_s)
        told.append((what, asyncio.get_running_loop().time()))
        return what

    def in_the_old_way() -> str:
        return asyncio.run(tell("by run", 2)) + asyncio.get_event_loop().run_until_complete(tell(" by the loop", 2))

    async def main() -> tuple[str, str]:
        beside = asyncio.create_task(tell("beside", 3))
        return in_the_old_way(), await beside

    def handler() -> object:
        nest_asyncio.apply()
        return [asyncio.run(main()) for _ in range(2)]

    with Interposition(swaps_of_nest_asyncio(nest_asyncio)):
        answers = user_process.inside(handler)
        assert nest_asyncio.apply() == "real"

    assert answers == [("by run by the loop", "beside")] * 2
    assert told[:3] == [("by run", 2), ("beside", 3), (" by the loop", 4)]


def test_loops_do_not_nest_elsewhere(user_process: Any) -> None:
    """That one environment applied it is nothing to another."""
    nest_asyncio = ModuleType("nest_asyncio")
    nest_asyncio.apply = None  # type: ignore[attr-defined]  # a stand-in

    async def main() -> None:
        asyncio.get_running_loop().run_until_complete(asyncio.get_running_loop().create_future())

    with Interposition(swaps_of_nest_asyncio(nest_asyncio)):
        user_process.inside(lambda: nest_asyncio.apply(), user_process.environment("one"))
        with pytest.raises(RuntimeError, match="already running"):
            user_process.inside(lambda: asyncio.run(main()), user_process.environment("two"))
