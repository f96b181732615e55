"""Interposition: process-wide wrappers that are gone after the run."""

from types import SimpleNamespace
from typing import Any

import pytest

from eventsim.handler.interpose import Interposition, Swap


def _louder(original: Any) -> Any:
    return lambda: f"{original()}!"


def _refuse(original: Any) -> Any:
    raise ValueError(original)


@pytest.fixture
def place() -> Any:
    """Something with functions."""
    return SimpleNamespace(greet=lambda: "hello", part=lambda: "goodbye")


def test_wrappers_stand_while_installed(place: Any) -> None:
    """Afterwards the very originals are back."""
    original = place.greet

    with Interposition([Swap(place, "greet", _louder)]):
        inside = place.greet()

    assert (inside, place.greet) == ("hello!", original)


def test_two_simulations_share_one_wrapper(place: Any) -> None:
    """The second installs nothing twice; the last one takes it out, whoever began first."""
    first, second = (Interposition([Swap(place, "greet", _louder)]) for _ in range(2))

    first.install()
    second.install()
    both = place.greet()
    first.remove()
    one = place.greet()
    second.remove()

    assert (both, one, place.greet()) == ("hello!", "hello!", "hello")


def test_a_function_is_wrapped_once_for_all_runs(place: Any) -> None:
    """A wrapper holds nothing of a run, so the next run puts the same one in its place."""
    table = [Swap(place, "greet", _louder)]

    with Interposition(table):
        first = place.greet
    with Interposition(table):
        second = place.greet

    assert second is first


def test_another_function_in_the_place_is_wrapped_anew(place: Any) -> None:
    """A test that patches something between two runs finds its own function under the wrapper."""
    table = [Swap(place, "greet", _louder)]
    with Interposition(table):
        place.greet()

    place.greet = lambda: "hi"
    with Interposition(table):
        during = place.greet()

    assert (during, place.greet()) == ("hi!", "hi")


def test_what_comes_and_goes_is_not_kept(place: Any) -> None:
    """A stream, say, is wrapped for each run: nothing holds it when its owner lets go of it."""
    made: list[object] = []

    def wrap(original: object) -> object:
        made.append(original)
        return [original]

    place.stream = ["a stream"]
    table = [Swap(place, "stream", wrap)]

    for _ in range(2):
        with Interposition(table):
            pass

    assert made == [["a stream"], ["a stream"]]


def test_all_or_nothing(place: Any) -> None:
    """If one wrapper cannot be made, none stays."""
    with pytest.raises(ValueError, match="function"):
        Interposition([Swap(place, "greet", _louder), Swap(place, "part", _refuse)]).install()

    assert place.greet() == "hello"


def test_what_others_have_replaced_meanwhile_is_left_to_them(place: Any) -> None:
    """A patch that a test puts over a wrapper is the test's to take away."""
    with Interposition([Swap(place, "greet", _louder)]):
        place.greet = "theirs"

    assert place.greet == "theirs"


def test_an_inherited_attribute_is_inherited_again() -> None:
    """A wrapper on a class that only inherits leaves no copy behind; static methods stay static."""

    class Parent:
        @staticmethod
        def greet() -> str:
            return "hello"

    class Child(Parent):
        pass

    with Interposition([Swap(Child, "greet", lambda original: staticmethod(_louder(original)))]):
        inside = Child().greet()

    assert (inside, "greet" in vars(Child), Child.greet()) == ("hello!", False, "hello")


def test_an_error_in_the_run_takes_the_wrappers_out_too(place: Any) -> None:
    """However a run ends, the process is as before."""
    with pytest.raises(KeyboardInterrupt), Interposition([Swap(place, "greet", _louder)]):
        raise KeyboardInterrupt

    assert place.greet() == "hello"
