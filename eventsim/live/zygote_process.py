"""How does the server have workers forked? The process that does it, asked and answered over a socket."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Protocol

from eventsim.live import zygote
from eventsim.live.zygote import BEAR, BURY, NUMBER, WITH_SDK

PYTHON = (sys.executable, "-P", "-X", "utf8")
"""How user code is run: in UTF-8 wherever the server was started, as Lambda's locale has it."""
_ANSWER_S = 10.0
"""A fork takes a millisecond; if it takes so long, the machine is in trouble, and processes are started one by one."""


class Child(Protocol):
    """A process that is ours to end; `subprocess.Popen` is one."""

    pid: int

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended: its exit status, or minus the signal that killed it."""


class ZygoteProcess:
    """The process that forks workers.

    Args:
        ready: told once it can fork.
        has_sdk: whether it imports the SDK first.

    Attributes:
        is_ready: whether it can fork now.
        has_sdk: whether its children find the SDK imported.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, ready: "Callable[[ZygoteProcess], object]", *, has_sdk: bool = False
    ) -> None:
        self.is_ready = False
        self.has_sdk = has_sdk
        self._loop = loop
        self._ready = ready
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [*PYTHON, "-m", zygote.__name__, str(theirs.fileno()), *([WITH_SDK] if has_sdk else [])],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        finally:
            theirs.close()
        self._control.settimeout(_ANSWER_S)
        loop.add_reader(self._control, self._begin)

    def bear(self, connection: int, output: int) -> Child | None:
        """Fork a worker with this socket and this pipe, None if that cannot be done now."""
        if not self.is_ready:
            return None
        try:
            socket.send_fds(self._control, [BEAR], [connection, output])
            return _Forked(self, self._answer())
        except OSError:
            self._give_up()
            return None

    def bury(self, pid: int) -> int:
        """Return how a child ended that has ended; the same as by its own death if nobody can tell any more."""
        try:
            self._control.send(BURY + NUMBER.pack(pid))
            return self._answer()
        except OSError:
            self._give_up()
            return -signal.SIGKILL

    def close(self) -> None:
        """End it, and with it all that it has borne."""
        self._give_up()

    def _begin(self) -> None:
        self._loop.remove_reader(self._control)
        try:
            self._answer()
        except OSError:
            self._give_up()
        else:
            self.is_ready = True
            self._ready(self)

    def _answer(self) -> int:
        packet = self._control.recv(NUMBER.size)
        if len(packet) != NUMBER.size:
            raise ConnectionError("the process that forks has ended")
        number: int = NUMBER.unpack(packet)[0]
        return number

    def _give_up(self) -> None:
        """Fork no more."""
        self.is_ready = False
        with contextlib.suppress(ValueError):
            self._loop.remove_reader(self._control)
        self._control.close()
        self._popen.kill()
        self._popen.wait()


class _Forked:
    """A worker that was forked."""

    def __init__(self, parent: ZygoteProcess, pid: int) -> None:
        self.pid = pid
        self._parent = parent
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:  # noqa: ARG002 - as Popen's; it is over, or about to be
        """Return how it ended."""
        if self._status is None:
            self._status = self._parent.bury(self.pid)
        return self._status


def can_fork() -> bool:
    """Tell whether this machine has what it takes: forks, and processes that one can watch which are not one's own."""
    return hasattr(os, "fork") and hasattr(os, "pidfd_open") and hasattr(socket, "SOCK_SEQPACKET")
