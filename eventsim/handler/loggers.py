"""How is `logging` configured? For each environment by itself: what one sets, the others do not see.

Loggers are shared by the process, since libraries keep theirs in globals. What is configured on them is not: while a
run lasts, these attributes are properties that keep one value for each environment. A new environment starts with
Python's defaults, and with the null handlers that libraries give their loggers. One whose handler is an object of the
process, and was configured with it, starts with the process's levels.

Attributes that user code invents are each environment's own, too: Powertools marks loggers that it has configured.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import Surroundings, current, keeping

_DEFAULTS: dict[str, Callable[[], Any]] = {
    "handlers": list,
    "filters": list,
    "level": lambda: logging.NOTSET,
    "propagate": lambda: True,
    "disabled": lambda: False,
}


def _default(surroundings: Surroundings | None, logger: Any, name: str) -> Any:
    if name == "handlers":
        return [handler for handler in logger.__dict__.get(name, ()) if type(handler) is logging.NullHandler]
    if surroundings is not None and not surroundings.modules.folders and name in logger.__dict__:
        return logger.__dict__[name]
    if name == "level" and logger is logging.root:
        return logging.WARNING
    return _DEFAULTS[name]()


def _of_environment(name: str) -> Callable[[object], property]:
    """Make an attribute of loggers one of logger and environment."""

    def make(_: object) -> property:
        def values(logger: Any) -> tuple[Surroundings | None, dict[Any, Any], Any]:
            surroundings = keeping()
            if surroundings is None:
                return None, logger.__dict__, name
            return surroundings, surroundings.logging, (logger, name)

        def read(logger: Any) -> Any:
            surroundings, kept, key = values(logger)
            try:
                return kept[key]
            except KeyError:
                return kept.setdefault(key, _default(surroundings, logger, name))

        def write(logger: Any, value: Any) -> None:
            surroundings, kept, key = values(logger)
            kept[key] = value
            if surroundings is not None:
                surroundings.log_answers.clear()
                if name not in logger.__dict__:
                    logger.__dict__[name] = _DEFAULTS[name]()  # it outlives the environment that made it

        return property(read, write)

    return make


def _is_enabled_for(original: Callable[..., bool]) -> Callable[..., bool]:
    """Remember the answers of each environment by themselves; a logger remembers one for all.

    Libraries ask this at every step of their own, so the usual case is spelled out.
    """

    @functools.wraps(original)
    def isEnabledFor(self: logging.Logger, level: int) -> bool:  # noqa: N802 - the library's name
        surroundings = current()
        if surroundings is None or surroundings.library_luck is not None:
            return original(self, level)
        answers = surroundings.log_answers
        answer = answers.get((self, level))
        if answer is None:
            answer = answers[self, level] = not self.disabled and level >= self.getEffectiveLevel()
        return answer and level > self.manager.disable

    return isEnabledFor


def _disable(original: property) -> property:
    """`logging.disable` silences the environment that calls it, and nobody else."""

    def read(manager: Any) -> Any:
        surroundings = keeping()
        if surroundings is None:
            return original.__get__(manager)
        default = logging.NOTSET if surroundings.modules.folders else original.__get__(manager)
        return surroundings.logging.get((manager, "disable"), default)

    def write(manager: Any, level: int) -> None:
        surroundings = keeping()
        if surroundings is None:
            original.__set__(manager, level)
        else:
            surroundings.logging[manager, "disable"] = logging._checkLevel(level)  # type: ignore[attr-defined]  # private

    return property(read, write)


_NOTHING = object()
_OWN_NAMES = {*vars(logging.Logger("of nobody")), "parent"}
"""What every logger has: `logging` itself sets these."""


def _keeps_invented(logger: object, name: str) -> Surroundings | None:
    """Return the environment that keeps an attribute which `logging` does not know, if one does."""
    if name in _OWN_NAMES or type(logger) not in (logging.Logger, logging.RootLogger):
        return None
    return keeping()


def _setattr(original: Callable[[Any, str, Any], None]) -> Callable[[Any, str, Any], None]:
    def __setattr__(self: logging.Logger, name: str, value: Any) -> None:  # noqa: N807 - Python's name
        surroundings = _keeps_invented(self, name)
        if surroundings is None:
            original(self, name, value)
        else:
            surroundings.logging[self, name] = value

    return __setattr__


def _getattr(_: object) -> Callable[[Any, str], Any]:
    """Find what is not on the logger itself."""

    def __getattr__(self: logging.Logger, name: str) -> Any:  # noqa: N807 - Python's name
        surroundings = _keeps_invented(self, name)
        if surroundings is not None and (self, name) in surroundings.logging:
            return surroundings.logging[self, name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    return __getattr__


def _delattr(original: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def __delattr__(self: logging.Logger, name: str) -> None:  # noqa: N807 - Python's name
        surroundings = _keeps_invented(self, name)
        if surroundings is None or surroundings.logging.pop((self, name), _NOTHING) is _NOTHING:
            original(self, name)

    return __delattr__


SWAPS = (
    *(Swap(logging.Logger, name, _of_environment(name)) for name in _DEFAULTS),
    Swap(logging.Logger, "__setattr__", _setattr),
    Swap(logging.Logger, "__getattr__", _getattr),
    Swap(logging.Logger, "__delattr__", _delattr),
    Swap(logging.Logger, "isEnabledFor", _is_enabled_for),
    Swap(logging.Manager, "disable", _disable),
)
