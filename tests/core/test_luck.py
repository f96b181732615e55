"""Where does user code get its luck?"""

import os
import random
import secrets
import tempfile
import uuid
from random import randint
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from eventsim import SyncSimulation
from eventsim.handler import luck
from eventsim.handler.interpose import Interposition
from eventsim.handler.luck import with_own_memory


def _throw_everything() -> list[object]:
    return [
        random.random(),
        random.randint(1, 10**9),
        random.sample(range(1000), 5),
        random.gauss(0, 1),
        randint(1, 10**9),
        random.Random().random(),
        random.SystemRandom().random(),
        random.SystemRandom().getrandbits(64),
        secrets.token_hex(8),
        secrets.choice(range(10**9)),
        uuid.uuid1(),
        uuid4(),
        os.urandom(8),
        os.getrandom(8),
        tempfile.mktemp(),
        *(vars(uuid)[name]() for name in ("uuid6", "uuid7") if hasattr(uuid, name)),
    ]


def test_the_same_seed_gives_the_same_luck_whatever_happened_before(user_process: Any) -> None:
    """A run is repeated exactly, from every source of luck that Python has."""
    first = user_process.inside(_throw_everything, user_process.environment("one", seed=7))
    random.seed()
    random.random()
    again = user_process.inside(_throw_everything, user_process.environment("one", seed=7))

    assert again == first


def test_environments_and_seeds_differ_in_their_luck(user_process: Any) -> None:
    """Two environments do not throw the same dice, nor do two runs of different seeds."""
    environments = [
        user_process.environment("one", seed=7),
        user_process.environment("two", seed=7),
        user_process.environment("one", seed=8),
    ]

    thrown = user_process.run(*((environment, _throw_everything) for environment in environments))

    for position in range(len(thrown[0])):
        assert len({str(throws[position]) for throws in thrown}) == 3


def test_a_seed_of_the_users_own_is_kept_to_its_environment(user_process: Any) -> None:
    """`random.seed(42)` gives Python's well-known numbers, and does not make UUIDs repeat."""

    def handler() -> tuple[float, float, bool]:
        random.seed(42)
        first, one = random.random(), uuid4()
        random.seed(42)
        again, other = random.random(), uuid4()
        return first, again, one == other

    first, again, is_same_uuid = user_process.inside(handler)

    assert first == again == random.Random(42).random()
    assert not is_same_uuid


def test_the_state_of_random_can_be_taken_and_put_back(user_process: Any) -> None:
    """`getstate` and `setstate` speak of the environment's generator."""

    def handler() -> bool:
        state = random.getstate()
        first = random.random()
        random.setstate(state)
        return random.random() == first

    assert user_process.inside(handler)


_last_number: int | None = None


def _next_number() -> int:
    """Count as `uuid7` does within a millisecond."""
    global _last_number
    _last_number = 0 if _last_number is None else _last_number + 1
    return _last_number


def test_what_a_uuid_must_exceed_is_each_environment_s_own(user_process: Any) -> None:
    """UUIDs that grow (versions 6 and 7, since Python 3.14) do not tell of earlier runs."""
    count = with_own_memory(_next_number)
    _next_number()

    counted = [user_process.inside(lambda: [count(), count()], user_process.environment(name)) for name in "ab"]

    assert counted == [[0, 1], [0, 1]]
    assert count() == 1


def test_uuid1_tells_virtual_time_and_never_repeats(user_process: Any) -> None:
    """Several in one instant of virtual time differ, and grow."""
    made = user_process.inside(lambda: [uuid.uuid1() for _ in range(100)])

    assert len(set(made)) == 100
    assert [one.time for one in made] == sorted(one.time for one in made)
    assert {one.version for one in made} == {1}
    assert made[0].node == made[1].node
    born_s = (made[0].time - 0x01B21DD213814000) / 10**7
    assert born_s == pytest.approx(user_process.clock.start_at.timestamp(), abs=0.001)


def test_outside_a_strand_luck_is_the_machines(user_process: Any) -> None:
    """A simulation neither seeds nor uses up the dice of the process around it."""
    random.seed(5)
    expected = random.random()
    random.seed(5)

    user_process.inside(_throw_everything)

    assert random.random() == expected


class Dice:
    """As numpy's generator behind its functions is: whoever makes one seeds it by what `secrets` gives."""

    def __init__(self) -> None:
        self.seed(NUMPY.bit_generator.randbits(128))

    def seed(self, seed: int) -> None:
        """Begin anew."""
        self._rolled = random.Random(seed)

    def rand(self) -> float:
        """Roll."""
        return self._rolled.random()


NUMPY = ModuleType("numpy.random")
"""A stand-in for numpy."""
NUMPY.bit_generator = ModuleType("numpy.random.bit_generator")  # type: ignore[attr-defined]  # a stand-in
NUMPY.bit_generator.randbits = secrets.randbits
NUMPY.mtrand = ModuleType("numpy.random.mtrand")  # type: ignore[attr-defined]  # same
NUMPY.mtrand._rand = Dice()
NUMPY.rand = NUMPY.mtrand._rand.rand  # type: ignore[attr-defined]  # same
NUMPY.seed = NUMPY.mtrand._rand.seed  # type: ignore[attr-defined]  # same


def test_numpy_rolls_dice_of_the_environment(user_process: Any) -> None:
    """Which it may seed for itself, and for nobody else."""

    def roll() -> tuple[float, float, float]:
        first, fresh = NUMPY.rand(), Dice().rand()
        NUMPY.seed(1)
        return first, fresh, NUMPY.rand()

    swaps = [*luck.swaps_of_bit_generators(NUMPY.bit_generator), *luck.swaps_of_numpy(NUMPY)]
    with Interposition(swaps):
        one, again, other = (user_process.inside(roll, user_process.environment(name)) for name in "aab")

    assert one == again
    assert len({*one, *other}) == 5
    assert one[2] == other[2]


def test_numpy_itself_does_so() -> None:
    """Its functions, its generators, and states without a seed."""
    import numpy

    def handler(event: object, context: object) -> list[float]:
        return [numpy.random.rand(), numpy.random.default_rng().random(), numpy.random.RandomState().rand()]

    def run(seed: int) -> object:
        with SyncSimulation(seed=seed) as simulation:
            simulation.add_function("f", handler=handler)
            return simulation.invoke("f", {})

    assert run(1) == run(1) != run(2)
