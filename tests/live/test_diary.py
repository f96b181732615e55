"""Does a call that is carried out again get what it got at first?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eventsim import ApiError, Request
from eventsim.chance import Tape, TapedChance
from eventsim.clock import Clock
from eventsim.live.diary import Diary
from eventsim.live.lines import LineFile
from eventsim.live.loop import LiveLoop

PARAMETERS: dict[str, Any] = {
    "Text": "ä \ud800 \n",
    "Blob": b"\x00\xff",
    "Date": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
    "List": [1, 2.5, None, True, {"Blob": b""}],
    "Map": {"$bytes": "no mark", "$date": {"$pairs": []}},
}


class Room:
    """A world with one operation, which notes what it got; each has its own luck."""

    def __init__(self, loop: LiveLoop, path: Path, seed: int) -> None:
        tape = Tape()
        self.clock = Clock(loop, loop.began_at)
        self._uuid = TapedChance(seed, tape).uuids("a")
        self.seen: list[tuple[Any, ...]] = []
        self.diary = Diary(LineFile(path), clock=self.clock, tape=tape, standing_at=loop.standing_at)
        self.operations = self.diary.over(
            {"Make": self._make, "List": self._make, "Publish": self._make}, but=["Publish"]
        )

    def call(self, service: str, operation: str, parameters: Any, *, region: str, is_checked: bool = True) -> object:
        """Carry out an operation."""
        request = Request(service=service, operation=operation, parameters=parameters, region=region)
        return self.operations[operation](request)

    def _make(self, request: Request) -> dict[str, object]:
        if request.parameters.get("Fails"):
            raise ApiError("Refused", "it is refused")
        self.seen.append((request.parameters, request.region, self.clock.date(), self._uuid()))
        return {}


@pytest.fixture
def loop() -> Iterator[LiveLoop]:
    """A loop that ends with the test."""
    loop = LiveLoop()
    yield loop
    loop.close()


def test_a_call_has_its_parameters_its_instant_and_its_luck_again(loop: LiveLoop, tmp_path: Path) -> None:
    """Whatever JSON has no words for, and whatever looks like a mark of ours."""
    first, second = (Room(loop, tmp_path / "calls", seed) for seed in (1, 2))
    first.diary.resume(first.call)
    first.call("s", "Make", PARAMETERS, region="eu-west-1")

    second.diary.resume(second.call)

    assert second.seen == first.seen


def test_what_reads_fails_or_is_left_out_is_not_carried_out_again(loop: LiveLoop, tmp_path: Path) -> None:
    """Only what made or changed something that shall last."""
    first, second = (Room(loop, tmp_path / "calls", seed) for seed in (1, 2))
    first.diary.resume(first.call)
    for operation in ("List", "Publish"):
        first.call("s", operation, {}, region="r")
    with pytest.raises(ApiError, match="it is refused"):
        first.call("s", "Make", {"Fails": True}, region="r")

    second.diary.resume(second.call)

    assert second.seen == []


def test_what_is_done_before_a_server_goes_on_is_not_kept(loop: LiveLoop, tmp_path: Path) -> None:
    """It is the scenario's, which does it anew."""
    first, second = (Room(loop, tmp_path / "calls", seed) for seed in (1, 2))
    first.call("s", "Make", {}, region="r")
    first.diary.resume(first.call)

    second.diary.resume(second.call)

    assert (len(first.seen), second.seen) == (1, [])
