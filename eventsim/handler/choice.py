"""How can one name be two things? A class for user code in strands, the original for everybody else."""

from collections.abc import Callable
from types import GenericAlias
from typing import Any

from eventsim.handler.strand import current


class Choice:
    """Stands where a class (or a function that makes objects) stood, and passes on to the right one.

    It may be called, subclassed, subscripted and asked by `isinstance`, as the original may.
    """

    def __init__(self, real: Any, green: Any) -> None:
        self._real = real
        self._green = green
        self.__doc__ = real.__doc__
        self.__wrapped__ = real

    def _one(self) -> Any:
        return self._real if current() is None else self._green

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._one()(*args, **kwargs)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._one(),)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, (self._real, self._green))

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, (self._real, self._green))

    def __getitem__(self, parameters: Any) -> Any:
        return GenericAlias(self, parameters)  # type: ignore[arg-type]  # calling it calls this choice

    def __or__(self, other: Any) -> Any:
        return self._real | other

    def __ror__(self, other: Any) -> Any:
        return other | self._real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __repr__(self) -> str:
        return repr(self._real)


def choose(green: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a maker of wrappers: strands get `green`, everybody else the original."""
    return lambda original: Choice(original, green)
