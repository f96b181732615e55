"""One name, two classes."""

from typing import Any

from eventsim.handler.choice import Choice


class Real:
    """What everybody gets."""

    kind = "real"


class Green:
    """What user code in a strand gets."""

    kind = "green"


def test_strands_get_the_green_one_and_everybody_else_the_real_one(handlers: Any) -> None:
    """Calling and subclassing choose at that moment."""
    choice: Any = Choice(Real, Green)

    def kinds() -> tuple[str, str]:
        class Sub(choice):  # type: ignore[misc]  # chosen at run time
            pass

        return choice().kind, Sub.kind

    assert handlers.run(kinds) == [("green", "green")]
    assert kinds() == ("real", "real")


def test_instances_of_both_are_instances(handlers: Any) -> None:
    """`isinstance` and `issubclass` do not care who asks."""
    choice: Any = Choice(Real, Green)

    assert all(isinstance(each, choice) for each in (Real(), Green()))
    assert all(issubclass(each, choice) for each in (Real, Green))
    assert not isinstance("else", choice)


def test_annotations_work_as_with_the_class() -> None:
    """Unions and attributes are the real class's."""
    choice: Any = Choice(Real, Green)

    assert (choice | None, None | choice, choice.kind) == (Real | None, None | Real, "real")


def test_a_subscripted_name_still_chooses(handlers: Any) -> None:
    """`SimpleQueue[int]()` is as good as `SimpleQueue()`."""
    choice: Any = Choice(Real, Green)

    assert handlers.run(lambda: choice[int]().kind) == ["green"]
    assert choice[int]().kind == "real"
