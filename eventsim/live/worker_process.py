"""How does the server reach a worker? Its process, the socket to it, the pipe of its output, and its end."""

import codecs
import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from typing import Any, Protocol

from eventsim.live.loop import LiveLoop
from eventsim.live.message import Answered, Frames, Loaded, Order, decode_report, frame
from eventsim.live.zygote_process import PYTHON, Child, ZygoteProcess

_READ_BYTES = 1 << 18
_END_S = 10.0
"""How long a killed process may take to be gone."""


class Listener(Protocol):
    """Who hears what a worker tells."""

    def told(self, report: Any) -> None:
        """Take one message."""

    def printed(self, text: str) -> None:
        """Take what came over the process's own output, from programs that it runs or from compiled code."""

    def ended(self, status: int) -> None:
        """Take the end of the process: its exit status, or minus the signal that killed it."""


def _started(connection: int, output: int) -> Child:
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        [*PYTHON, "-m", "eventsim.live.worker", str(connection)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[connection],
        start_new_session=True,
    )


class WorkerProcess:
    """A worker process, in its own session, so that it is killed with all that it started.

    Args:
        gone: told when it has ended, whoever was the reason.
        zygote: forks it if it can, which is faster than to start a process.

    Attributes:
        pid: its process id, and that of its process group.
        listener: who hears of it; nobody while it is a spare.
        status: how it ended, None while it runs.
    """

    def __init__(
        self, loop: LiveLoop, gone: "Callable[[WorkerProcess], object]", zygote: ZygoteProcess | None = None
    ) -> None:
        self.listener: Listener | None = None
        self.status: int | None = None
        self._loop = loop
        self._gone = gone
        self._frames = Frames()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._unsent = bytearray()
        self._waits_to_send = False
        self._is_stopped = False
        self._socket, theirs = socket.socketpair()
        self._output, output = os.pipe()
        try:
            forked = None if zygote is None else zygote.bear(theirs.fileno(), output)
            self._child: Child = forked or _started(theirs.fileno(), output)
        finally:
            theirs.close()
            os.close(output)
        self.pid = self._child.pid
        self._socket.setblocking(False)
        os.set_blocking(self._output, False)
        loop.add_reader(self._socket, self._read)
        loop.add_reader(self._output, self._read_output)
        self._pid_descriptor = -1
        self._watch()

    def send(self, order: Order) -> None:
        """Give an order; it goes off as the process takes it."""
        self._resume()
        self._unsent += frame(order)
        self._flush()

    def stop(self) -> None:
        """Let nothing in the process run until the next order."""
        if self.status is None:
            self._is_stopped = True
            self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End the process and all that it started; its listener hears no more."""
        self.listener = None
        if self.status is None:
            self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill it and wait for its end."""
        self.kill()
        if self.status is None:
            self._child.wait(_END_S)
            self._end()

    def _resume(self) -> None:
        if self._is_stopped:
            self._is_stopped = False
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        pid = self._child.pid
        try:
            os.killpg(pid, number)
        except ProcessLookupError:  # it has just been forked and has no group of its own yet
            with contextlib.suppress(ProcessLookupError):  # it has ended, and its watch will tell
                os.kill(pid, number)

    # --- the socket ------------------------------------------------------------------------------------

    def _flush(self) -> None:
        try:
            while self._unsent:
                sent = self._socket.send(self._unsent)
                del self._unsent[:sent]
        except BlockingIOError:
            self._waits_to_send = True
            self._loop.add_writer(self._socket, self._flush)
            return
        except OSError:
            self._unsent.clear()  # it has ended, and its watch will tell
        if self._waits_to_send:
            self._waits_to_send = False
            self._loop.remove_writer(self._socket)

    def _read(self) -> bool:
        """Read once and tell whether there was anything."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self._socket)
            return False
        for content in self._frames.feed(data):
            report = decode_report(content)
            if isinstance(report, Loaded | Answered):
                self._read_output()  # what was printed before is in the pipe already
            if self.listener is not None:
                self.listener.told(report)
        return True

    def _read_output(self) -> None:
        try:
            while data := os.read(self._output, _READ_BYTES):
                if self.listener is not None:
                    self.listener.printed(self._decode(data))
        except BlockingIOError:
            return
        self._loop.remove_reader(self._output)

    # --- the end ---------------------------------------------------------------------------------------

    def _watch(self) -> None:
        if hasattr(os, "pidfd_open"):
            self._pid_descriptor = os.pidfd_open(self._child.pid)
            self._loop.add_reader(self._pid_descriptor, self._end)
        else:
            post = self._loop.hold("the end of a worker").post

            def wait() -> None:
                self._child.wait()
                post(WorkerProcess._end, self)

            threading.Thread(target=wait, name="eventsim worker watch", daemon=True).start()

    def _end(self) -> None:
        """Hear what it said last, then tell of its end."""
        if self.status is not None:
            return
        self.status = status = self._child.wait()
        while self._read():
            pass
        self._read_output()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._loop.remove_reader(self._output)
        if self._pid_descriptor >= 0:
            self._loop.remove_reader(self._pid_descriptor)
            os.close(self._pid_descriptor)
        self._socket.close()
        os.close(self._output)
        self._gone(self)
        if self.listener is not None:
            listener, self.listener = self.listener, None
            listener.ended(status)
