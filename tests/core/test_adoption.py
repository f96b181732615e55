"""Which modules bound a name before the run?"""

import gc
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from unittest.mock import ANY

import pytest

from eventsim.handler.adoption import adopted
from eventsim.handler.interpose import Interposition, Swap


def _original() -> str:
    return "original"


def _wrapped(original: object) -> object:
    def wrapper() -> str:
        return "wrapper"

    wrapper.__wrapped__ = original  # type: ignore[attr-defined]
    return wrapper


@pytest.fixture
def importer() -> Iterator[ModuleType]:
    """A module of the user's that says `from library import function as renamed`."""
    module = ModuleType("a_module_of_the_user")
    module.__file__ = "a_module_of_the_user.py"
    module.renamed = _original  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_names_bound_before_are_swapped_for_the_run(importer: ModuleType) -> None:
    """Under whatever name, and only while the table is installed."""
    library = SimpleNamespace(function=_original)
    table = [Swap(library, "function", _wrapped)]

    with Interposition(table), Interposition(adopted(table)):
        during = importer.renamed()

    assert (during, importer.renamed()) == ("wrapper", "original")


def test_a_name_that_is_bound_between_two_runs_is_swapped_in_the_second(importer: ModuleType) -> None:
    """A test that patched the name gives the original back: the next run finds it."""
    library = SimpleNamespace(function=_original)
    table = [Swap(library, "function", _wrapped)]
    importer.renamed = lambda: "patched"  # type: ignore[attr-defined]
    with Interposition(table), Interposition(adopted(table)):
        first = importer.renamed()

    importer.renamed = _original  # type: ignore[attr-defined]
    with Interposition(table), Interposition(adopted(table)):
        second = importer.renamed()

    assert (first, second) == ("patched", "wrapper")


def test_a_name_in_the_place_of_one_that_is_gone_is_swapped(importer: ModuleType) -> None:
    """Nothing else has changed between the two runs: the module holds as many names, and the same objects."""
    library = SimpleNamespace(function=_original)
    table = [Swap(library, "function", _wrapped)]
    with Interposition(table), Interposition(adopted(table)):
        first = importer.renamed()

    del importer.renamed
    importer.named_anew = _original  # type: ignore[attr-defined]
    with Interposition(table), Interposition(adopted(table)):
        second = importer.named_anew()

    assert (first, second, importer.named_anew()) == ("wrapper", "wrapper", "original")


def test_what_a_value_takes_for_equal_does_not_matter(importer: ModuleType) -> None:
    """Whatever stood there before, and however it compares: the next run finds the original in its place."""
    library = SimpleNamespace(function=_original)
    table = [Swap(library, "function", _wrapped)]
    importer.renamed = ANY  # type: ignore[attr-defined]
    with Interposition(table):
        adopted(table)

    importer.renamed = _original  # type: ignore[attr-defined]
    with Interposition(table), Interposition(adopted(table)):
        found = importer.renamed()

    assert found == "wrapper"


def test_pythons_own_modules_are_swapped_in_every_run() -> None:
    """They are looked through once; a run beside another one, or after it, swaps the same names in them."""
    table = [Swap(time, "monotonic", _wrapped)]

    def is_swapped() -> bool:
        with Interposition(table), Interposition(adopted(table)):
            return subprocess._time is time.monotonic  # type: ignore[attr-defined]  # it keeps the function under this name

    with Interposition(table), Interposition(adopted(table)):
        beside = is_swapped()
    after = is_swapped()

    assert (beside, after) == (True, True)
    assert subprocess._time is time.monotonic  # type: ignore[attr-defined]


def test_two_runs_at_once_share_what_is_adopted(importer: ModuleType) -> None:
    """The first that ends does not take the wrapper away from the other."""
    library = SimpleNamespace(function=_original)
    table = [Swap(library, "function", _wrapped)]
    first, second = Interposition(table), Interposition(table)
    first.install()
    first_adopted = Interposition(adopted(table))
    first_adopted.install()
    second.install()
    second_adopted = Interposition(adopted(table))
    second_adopted.install()

    first_adopted.remove()
    first.remove()
    meanwhile = importer.renamed()
    second_adopted.remove()
    second.remove()

    assert (meanwhile, importer.renamed()) == ("wrapper", "original")


def test_modules_may_come_meanwhile() -> None:
    """Garbage is collected while they are looked through, which lets other threads import."""
    names = (f"a_module_that_came_{number}" for number in itertools.count())
    came: list[str] = []

    def come(phase: str, _told: object) -> None:
        if phase == "stop":
            came.append(next(names))
            sys.modules[came[-1]] = ModuleType(came[-1])

    was = gc.get_threshold()
    pairs = [(number, number) for number in range(5_000)]  # Python has none left that it could give again
    gc.callbacks.append(come)
    gc.set_threshold(1)
    try:
        assert adopted([]) == []
    finally:
        gc.set_threshold(*was)
        gc.callbacks.remove(come)
        for name in came:
            del sys.modules[name]
    assert came
    assert len(pairs) == 5_000


def test_what_is_no_module_is_left_alone(importer: ModuleType) -> None:
    """Somebody may put anything where modules are kept, also what has no hash."""
    library = SimpleNamespace(function=_original)
    table = [Swap(library, "function", _wrapped)]
    sys.modules["no_module_at_all"] = SimpleNamespace(__file__="no_module.py", renamed=_original)  # type: ignore[assignment]

    try:
        with Interposition(table):
            rows = adopted(table)
    finally:
        del sys.modules["no_module_at_all"]

    assert importer in [row.owner for row in rows]
    assert {type(row.owner) for row in rows} == {ModuleType}


def test_eventsims_own_names_stay_real() -> None:
    """Whoever measures the run means the real clock."""
    import eventsim.handler.strand as own

    library = SimpleNamespace(function=own.current)
    table = [Swap(library, "function", _wrapped)]

    with Interposition(table):
        rows = adopted(table)

    assert own not in [row.owner for row in rows]
