"""Which event loops cannot run in a strand?"""

from types import ModuleType
from typing import Any

import pytest

from eventsim.handler.interpose import Interposition
from eventsim.handler.other_loops import swaps_of_gevent, swaps_of_trio


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
