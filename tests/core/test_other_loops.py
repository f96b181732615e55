"""Which event loops cannot run in a strand?"""

import asyncio
import time
from types import ModuleType
from typing import Any

import pytest

from eventsim.handler.interpose import Interposition
from eventsim.handler.other_loops import swaps_of_gevent, swaps_of_trio, swaps_of_uvloop


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
