"""How is `logging` configured?"""

import logging
import time
from pathlib import Path
from typing import Any

LIBRARY = logging.getLogger("a_library")


def test_each_environment_configures_logging_for_itself(user_process: Any, tmp_path: Path) -> None:
    """Level and handlers that one sets are unknown to the other and to the process."""
    one, two = (user_process.environment(name, code=tmp_path) for name in ("one", "two"))
    before = (logging.root.level, list(logging.root.handlers))

    def configure() -> object:
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
        logging.getLogger("mine").propagate = False
        return logging.root.level, len(logging.getLogger().handlers)

    def look() -> object:
        return logging.root.level, len(logging.getLogger().handlers), logging.getLogger("mine").propagate

    assert user_process.inside(configure, one) == (logging.DEBUG, 1)
    assert user_process.inside(look, two) == (logging.WARNING, 0, True)
    assert user_process.inside(look, one) == (logging.DEBUG, 1, False)
    assert (logging.root.level, list(logging.root.handlers)) == before


def test_a_library_logs_as_the_environment_says(user_process: Any, tmp_path: Path) -> None:
    """Libraries keep their loggers in globals, shared by all; how loud they are is each environment's affair."""
    loud, quiet = (user_process.environment(name, code=tmp_path) for name in ("loud", "quiet"))

    def configure() -> None:
        logging.basicConfig(format="%(name)s: %(message)s")
        LIBRARY.setLevel(logging.DEBUG)
        LIBRARY.debug("heard")

    user_process.inside(configure, loud)
    user_process.inside(lambda: LIBRARY.debug("not heard"), quiet)

    assert "".join(user_process.written) == "a_library: heard\n"


def test_who_disables_logging_silences_nobody_else(user_process: Any, tmp_path: Path) -> None:
    """`logging.disable` is a setting of the module's; one environment's must not reach the others, nor the process."""
    silent, loud = (user_process.environment(name, code=tmp_path) for name in ("silent", "loud"))

    def warn() -> bool:
        return LIBRARY.isEnabledFor(logging.WARNING)

    user_process.inside(lambda: logging.disable("WARNING"), silent)  # type: ignore[arg-type]  # names will do

    assert [user_process.inside(warn, where) for where in (silent, loud)] == [False, True]
    assert logging.root.manager.disable == logging.NOTSET


def test_records_count_their_time_from_the_beginning_of_the_run(user_process: Any, tmp_path: Path) -> None:
    """What `%(relativeCreated)d` shows must not tell when the simulator was started."""

    def handler() -> None:
        time.sleep(2)
        logging.basicConfig(format="%(relativeCreated)d")
        logging.warning("now")

    user_process.inside(handler, user_process.environment(code=tmp_path))

    assert "".join(user_process.written) == "2000\n"


def test_a_logger_outlives_the_environment_that_made_it(user_process: Any, tmp_path: Path) -> None:
    """The process can use it afterwards, with Python's defaults."""

    def handler() -> None:
        logging.getLogger("made_inside").setLevel(logging.ERROR)

    user_process.inside(handler, user_process.environment(code=tmp_path))

    assert logging.getLogger("made_inside").level == logging.NOTSET
    assert logging.getLogger("made_inside").isEnabledFor(logging.WARNING)


def test_a_handler_of_the_process_logs_at_the_level_set_beside_it(user_process: Any) -> None:
    """A test's module says `logger.setLevel(...)` before the run; its handler is a function of the process."""
    logger = logging.getLogger("beside_the_handler")
    logger.setLevel(logging.INFO)

    user_process.inside(lambda: logger.info("heard"))

    assert user_process.inside(lambda: logger.level) == logging.INFO


def test_what_an_environment_invents_on_a_logger_is_its_own(user_process: Any, tmp_path: Path) -> None:
    """Powertools marks the loggers that it has configured; in a new environment it must begin anew."""
    one, two = (user_process.environment(name, code=tmp_path) for name in ("one", "two"))

    def mark() -> object:
        LIBRARY.is_configured = True  # type: ignore[attr-defined]
        return LIBRARY.is_configured  # type: ignore[attr-defined]

    def look() -> object:
        return hasattr(LIBRARY, "is_configured")

    assert user_process.inside(mark, one) is True
    assert user_process.inside(look, one) is True
    assert user_process.inside(look, two) is False
    assert not hasattr(LIBRARY, "is_configured")


def test_an_invented_attribute_can_be_deleted_again(user_process: Any, tmp_path: Path) -> None:
    """After that it is as if it had never been there."""

    def handler() -> object:
        LIBRARY.for_a_moment = 1  # type: ignore[attr-defined]
        del LIBRARY.for_a_moment  # type: ignore[attr-defined]
        return hasattr(LIBRARY, "for_a_moment")

    assert user_process.inside(handler, user_process.environment(code=tmp_path)) is False
