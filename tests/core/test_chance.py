"""Can one have the same luck again?"""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim.chance import Chance, Tape, TapedChance

DRAWS: dict[str, Callable[[Chance], Any]] = {
    "uuids": lambda chance: [uuid() for uuid in [chance.uuids("a")] for _ in range(3)],
    "hex ids": lambda chance: [hex_id() for hex_id in [chance.hex_ids(8, "a")] for _ in range(3)],
    "choices": lambda chance: chance.stream("a").choices("xyz", k=5),
    "numbers": lambda chance: [chance.stream("a").randint(0, 9), chance.stream("b").random()],
    "bits": lambda chance: [chance.stream("a").getrandbits(1) for _ in range(9)],
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_tape_changes_nothing_and_repeats_everything(draw: Callable[[Chance], Any]) -> None:
    """Taped luck is that of the seed; the same tape gives the same luck under another seed."""
    tape, other = Tape(), Tape()
    tape.drawn = []

    first = draw(TapedChance(1, tape))
    other.rewind(tape.drawn)
    again = draw(TapedChance(2, other))

    assert first == again == draw(Chance(1))
    assert draw(TapedChance(2, other)) == draw(Chance(2))


def test_what_was_on_the_tape_does_not_come_again() -> None:
    """Also with the same seed."""
    tape = Tape()
    tape.rewind(["first", "second"])
    uuid = TapedChance(1, tape).uuids("a")

    drawn = [uuid() for _ in range(3)]

    assert drawn[:2] == ["first", "second"]
    assert drawn[2] == [each() for each in [Chance(1).uuids("a")] for _ in range(3)][2]
