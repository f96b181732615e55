"""What does user code see of its process?"""

from typing import Any

from eventsim.handler.surroundings import current


def test_user_code_has_surroundings_and_others_have_none(user_process: Any) -> None:
    """`current()` is the one question that every interposition asks."""
    surroundings = user_process.environment()

    found = user_process.inside(current, surroundings)

    assert found is surroundings
    assert current() is None


def test_tmp_is_made_when_somebody_asks(user_process: Any) -> None:
    """Thousands of environments that never write leave no folders behind."""
    surroundings = user_process.environment()
    user_process.inside(lambda: None, surroundings)
    was_there = surroundings.tmp_path.exists()

    folder = surroundings.tmp

    assert not was_there
    assert surroundings.tmp_path.is_dir()
    assert folder == str(surroundings.tmp_path)


def test_a_reset_environment_keeps_its_tmp(user_process: Any) -> None:
    """Memory is lost and files are not: new surroundings, the same folder (recorded)."""

    def write() -> None:
        with open("/tmp/kept.txt", "w") as file:
            file.write("kept")

    def read() -> str:
        with open("/tmp/kept.txt") as file:
            return file.read()

    user_process.inside(write, user_process.environment("one"))

    assert user_process.inside(read, user_process.environment("one")) == "kept"
