"""Which environment variables does user code see? Its function's, and none of the machine's."""

import errno
import functools
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import current


class _Environ(MutableMapping[str, str]):
    """`os.environ`: the environment's own variables inside a strand, the process's outside."""

    def __init__(self, original: MutableMapping[str, str]) -> None:
        self.__wrapped__ = original

    def _variables(self) -> MutableMapping[str, str]:
        surroundings = current()
        return self.__wrapped__ if surroundings is None else surroundings.environ

    def __getitem__(self, name: str) -> str:
        return self._variables()[_text(name)]

    def __setitem__(self, name: str, value: str) -> None:
        name = _text(name)
        if not name or "=" in name:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._variables()[name] = _text(value)

    def __delitem__(self, name: str) -> None:
        del self._variables()[_text(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._variables()))

    def __len__(self) -> int:
        return len(self._variables())

    def __repr__(self) -> str:
        return f"environ({dict(self._variables())!r})"

    def copy(self) -> dict[str, str]:
        """Return the variables as a plain dictionary."""
        return dict(self._variables())

    def __or__(self, other: Mapping[str, str]) -> dict[str, str]:
        return dict(self) | dict(other)

    def __ror__(self, other: Mapping[str, str]) -> dict[str, str]:
        return dict(other) | dict(self)

    def __ior__(self, other: Mapping[str, str]) -> "_Environ":
        self.update(other)
        return self


class _EnvironBytes(MutableMapping[bytes, bytes]):
    """`os.environb`: the same variables as bytes."""

    def __init__(self, original: MutableMapping[bytes, bytes]) -> None:
        self.__wrapped__ = original

    def __getitem__(self, name: bytes) -> bytes:
        return os.fsencode(os.environ[os.fsdecode(name)])

    def __setitem__(self, name: bytes, value: bytes) -> None:
        os.environ[os.fsdecode(name)] = os.fsdecode(value)

    def __delitem__(self, name: bytes) -> None:
        del os.environ[os.fsdecode(name)]

    def __iter__(self) -> Iterator[bytes]:
        return iter([os.fsencode(name) for name in os.environ])

    def __len__(self) -> int:
        return len(os.environ)


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"str expected, not {type(value).__name__}")
    return value


def _putenv(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """What bypasses `os.environ` is not seen in it, but by programs that are started."""

    @functools.wraps(original)
    def putenv(name: Any, value: Any, /) -> None:
        surroundings = current()
        if surroundings is None:
            original(name, value)
        else:
            surroundings.environ[os.fsdecode(name)] = os.fsdecode(value)

    return putenv


def _unsetenv(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(original)
    def unsetenv(name: Any, /) -> None:
        surroundings = current()
        if surroundings is None:
            original(name)
        else:
            surroundings.environ.pop(os.fsdecode(name), None)

    return unsetenv


SWAPS = (
    Swap(os, "environ", _Environ),
    *(Swap(os, name, _EnvironBytes) for name in ("environb",) if hasattr(os, name)),
    Swap(os, "putenv", _putenv),
    Swap(os, "unsetenv", _unsetenv),
)
