"""How is a worker born in a moment? A process that has imported the runtime once, and forks for each environment.

The server asks, one request at a time:

    BEAR, with the worker's socket and the pipe of its output    → the process id
    BURY, with a process id that has ended                       → its wait status

A child is a worker as if it had been started by itself: a session of its own, killed with us, and with the server.
No code of any function is ever imported here. The SDK may be: most functions need it, and it takes longer than all
else. A function that brings a part of it along gets the whole afresh (`worker.py`).
"""

import contextlib
import gc
import os
import signal
import socket
import struct
import sys

from eventsim.live import worker
from eventsim.orphans import die_with_parent

BEAR, BURY = b"b", b"u"
WITH_SDK = "--with-sdk"
NUMBER = struct.Struct("<q")
"""A process id, a status."""
READY = NUMBER.pack(0)

_SDK = "boto3"


class Zygote:
    """The process that forks.

    Args:
        control: the socket on which the server asks; one request is one packet.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pid = os.getpid()

    def run(self) -> socket.socket | None:
        """Do as asked. Return None when the server is gone, and in each child its socket."""
        gc.freeze()  # children need not copy what stays for good
        self._control.send(READY)
        while True:
            request, descriptors, _, _ = socket.recv_fds(self._control, 1 + NUMBER.size, 2)
            match request[:1]:
                case b"":
                    return None
                case b"b":
                    child = os.fork()
                    if child == 0:
                        return self._leave(*descriptors)
                    for each in descriptors:
                        os.close(each)
                    self._control.send(NUMBER.pack(child))
                case b"u":
                    _, status = os.waitpid(NUMBER.unpack(request[1:])[0], 0)
                    self._control.send(NUMBER.pack(os.waitstatus_to_exitcode(status)))

    def _leave(self, connection: int, output: int) -> socket.socket:
        """Become a worker."""
        os.setsid()
        die_with_parent()
        if os.getppid() != self._pid:
            os._exit(1)  # our parent has ended before it could take us along
        self._control.close()
        for number in (1, 2):
            os.dup2(output, number)
        os.close(output)
        gc.unfreeze()
        return socket.socket(fileno=connection)


def _import_sdk() -> None:
    """Import the SDK, if it is installed, and know what came with it."""
    before = set(sys.modules)
    with contextlib.suppress(ImportError):
        __import__(_SDK)
    came = {name.partition(".")[0] for name in set(sys.modules) - before}
    worker.SDK_PARTS.update(came - sys.stdlib_module_names)


def main() -> None:
    """Run on the socket whose number is the first argument; the second may ask for the SDK."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    if WITH_SDK in sys.argv:
        _import_sdk()
    connection = Zygote(control).run()
    if connection is not None:
        worker.Worker(connection).run()


if __name__ == "__main__":
    main()
