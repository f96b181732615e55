"""What of the pipes between processes of user code? They are real, and whoever waits for one waits in virtual time.

Only one process runs at a time, so a pipe changes only while somebody runs. Whoever waits looks again before time
passes, if anybody has run; a pipe that holds no more lets its writer wait as well.
"""

import functools
import os
import select
import selectors
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.paths import place
from eventsim.handler.strand import Strand, Wake
from eventsim.handler.surroundings import current
from eventsim.quantity import wait_us

_READABLE = select.POLLIN | select.POLLPRI
_MASKS = {
    selectors.EVENT_READ: _READABLE,
    selectors.EVENT_WRITE: select.POLLOUT,
    selectors.EVENT_READ | selectors.EVENT_WRITE: _READABLE | select.POLLOUT,
}
_Inode = tuple[int, int]
_INODES_MIN = 64


def descriptors() -> Iterator[int]:
    """Yield all open descriptors of this process above those of its output."""
    folder = Path("/proc/self/fd") if sys.platform == "linux" else Path("/dev/fd")
    yield from (number for number in sorted(int(each.name) for each in folder.iterdir()) if number > 2)


class Pipes:
    """The pipes that one environment has made."""

    def __init__(self) -> None:
        self._inodes: set[_Inode] = set()
        self._inodes_max = _INODES_MIN

    def add(self, ends: Iterable[int]) -> None:
        """Remember the ends of a new one; those that are closed are forgotten now and then."""
        self._inodes.update(filter(None, map(_inode, ends)))
        if len(self._inodes) > self._inodes_max:
            with strand.outside():
                self._inodes &= {inode for inode in map(_inode, descriptors()) if inode}
            self._inodes_max = _INODES_MIN + 2 * len(self._inodes)

    def has(self, descriptor: int) -> bool:
        """Tell whether a descriptor is an end of one of them."""
        return bool(self._inodes) and _inode(descriptor) in self._inodes


def _inode(descriptor: int) -> _Inode | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def pipes_of(crew: strand.Crew) -> Pipes:
    """Return the pipes of an environment."""
    if crew.pipes is None:
        crew.pipes = Pipes()
    pipes: Pipes = crew.pipes
    return pipes


def _is_pipe(descriptor: int) -> bool:
    """Tell whether it is a pipe of the environment whose code runs."""
    running = strand.current()
    return running is not None and running.crew.pipes is not None and running.crew.pipes.has(descriptor)


# --- waiting -----------------------------------------------------------------------------------------------


class _Look:
    """One wait for descriptors."""

    def __init__(self, wake: Wake, events: Mapping[int, int]) -> None:
        self._wake = wake
        self._events = events

    def look(self) -> bool:
        """Wake the strand if one of them is ready."""
        ready = _ready(self._events)
        return bool(ready) and self._wake(ready)


def _ready(events: Mapping[int, int]) -> list[int]:
    poll = select.poll()
    for descriptor, mask in events.items():
        poll.register(descriptor, mask)
    found = {descriptor for descriptor, _ in poll.poll(0)}
    return [descriptor for descriptor in events if descriptor in found]


def wait_for(running: Strand, events: Mapping[int, int], until_us: int | None) -> list[int]:
    """Let the current strand wait until one of some descriptors is ready, or until an instant; return who is ready."""
    strands = running.strands
    ready = _ready(events)
    if ready or (until_us is not None and until_us <= strands.clock.now_us):
        return ready
    wake = Wake(running)
    look = _Look(wake, events)
    strands.look_on(look)
    try:
        return wake.wait(until_us) or _ready(events)
    finally:
        strands.look_away(look)


def _read(descriptor: int, size: int, /) -> bytes:
    return os.read(descriptor, size)  # as it is now, while it is wrapped


def _write(descriptor: int, data: Any, /) -> int:
    """Write what there is room for. Nobody else runs meanwhile, so nobody sees that it does not block."""
    running = strand.current()
    if running is None or not _is_pipe(descriptor):
        return os.write(descriptor, data)
    while True:
        wait_for(running, {descriptor: select.POLLOUT}, None)
        with strand.outside():
            os.set_blocking(descriptor, False)
            try:
                return os.write(descriptor, data)
            except BlockingIOError:
                pass
            finally:
                os.set_blocking(descriptor, True)


# --- what is wrapped ---------------------------------------------------------------------------------------


def _os_read(original: Callable[[int, int], bytes]) -> Callable[[int, int], bytes]:
    @functools.wraps(original)
    def read(descriptor: int, size: int, /) -> bytes:
        running = strand.current()
        if running is not None and _is_pipe(descriptor):
            wait_for(running, {descriptor: _READABLE}, None)
        return original(descriptor, size)

    return read


def _pipe(original: Callable[..., tuple[int, int]]) -> Callable[..., tuple[int, int]]:
    @functools.wraps(original)
    def pipe(*flags: int) -> tuple[int, int]:
        ends = original(*flags)
        running = strand.current()
        if running is not None:
            pipes_of(running.crew).add(ends)
        return ends

    return pipe


def _socketpair(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def socketpair(*args: Any, **kwargs: Any) -> Any:
        ends = original(*args, **kwargs)
        running = strand.current()
        if running is not None:
            pipes_of(running.crew).add(end.fileno() for end in ends)
        return ends

    return socketpair


def _bind(original: Callable[[socket.socket, Any], None]) -> Callable[[socket.socket, Any], None]:
    @functools.wraps(original)
    def bind(self: socket.socket, address: Any, /) -> None:
        original(self, real_address(self, address))
        adopt(self)

    return bind


def _accept(original: Callable[[socket.socket], Any]) -> Callable[[socket.socket], Any]:
    @functools.wraps(original)
    def accept(self: socket.socket) -> Any:
        running = strand.current()
        if running is not None and self.gettimeout() is None and _is_pipe(self.fileno()):
            wait_for(running, {self.fileno(): _READABLE}, None)
        connection, address = original(self)
        adopt(connection)
        return connection, address

    return accept


def real_address(connection: socket.socket, address: Any) -> Any:
    """Return the machine's name for the address of a Unix socket."""
    surroundings = current()
    if surroundings is None or connection.family != socket.AF_UNIX or not isinstance(address, str):
        return address
    return place(surroundings, address).path if address.startswith("/") else address


def adopt(connection: socket.socket) -> None:
    """Take a Unix socket of user code for a pipe."""
    running = strand.current()
    if running is not None and connection.family == socket.AF_UNIX:
        pipes_of(running.crew).add([connection.fileno()])


def _select(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Wrap what `wait` of `multiprocessing.connection` is made of, for who bound that before the run.

    It asks again until time has passed, so some passes.
    """

    @functools.wraps(original)
    def select(self: selectors.PollSelector, timeout: float | None = None) -> list[Any]:
        running = strand.current()
        files = cast("Mapping[int, selectors.SelectorKey]", self.get_map())
        if running is None or not files or not all(map(_is_pipe, files)):
            return original(self, timeout)
        events = {number: _MASKS[key.events] for number, key in files.items()}
        until_us = None if timeout is None else running.strands.clock.now_us + wait_us(max(timeout, 0))
        if not wait_for(running, events, until_us):
            strand.sleep_us(1)
        return original(self, 0)

    return select


def swaps_of_connections(connection: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `multiprocessing.connection` has been imported."""
    kind = connection.__dict__["Connection"]
    return [
        Swap(kind, "_recv", _with(_read)),
        Swap(kind, "_send", _with(_write)),
        Swap(connection, "wait", _wait),
    ]


def _with(step: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap a method that reads or writes piece by piece."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def piecewise(self: Any, content: Any, *others: Any) -> Any:
            return original(self, content, *others) if strand.current() is None else original(self, content, step)

        return piecewise

    return make


def _wait(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    @functools.wraps(original)
    def wait(object_list: Iterable[Any], timeout: float | None = None) -> list[Any]:
        running = strand.current()
        objects = {each if isinstance(each, int) else each.fileno(): each for each in object_list}
        if running is None or not all(map(_is_pipe, objects)):
            return original(list(objects.values()), timeout)
        until_us = None if timeout is None else running.strands.clock.now_us + wait_us(max(timeout, 0))
        ready = wait_for(running, dict.fromkeys(objects, _READABLE), until_us)
        return [objects[descriptor] for descriptor in ready]

    return wait


SWAPS = (
    Swap(os, "read", _os_read),
    Swap(selectors.PollSelector, "select", _select),
    *(Swap(os, name, _pipe) for name in ("pipe", "pipe2") if hasattr(os, name)),
    Swap(socket, "socketpair", _socketpair),
    Swap(socket.socket, "bind", _bind),
    Swap(socket.socket, "accept", _accept),
)
