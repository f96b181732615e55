"""What happens in a process for user code? AWS's runtime in little: take an order, run the handler, answer.

The process belongs to one environment from its first order on, and is killed with it. It may block, crash and exit as
it likes: the server sees the end of the process and says what Lambda says.
"""

import _multiprocessing  # type: ignore[import-not-found]  # typeshed does not know it
import _posixshmem  # type: ignore[import-not-found]  # same
import importlib.util
import io
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from eventsim.calls.import_watch import ImportWatch
from eventsim.environment.bootstrap import Bootstrap
from eventsim.environment.context import LambdaContext
from eventsim.environment.error_object import ErrorObject, SourcePaths
from eventsim.environment.logs import runtime_handler, runtime_level
from eventsim.environment.marshaller import Marshaller
from eventsim.environment.runtime_module import NAME, RUNTIME
from eventsim.environment.variables import TRACE_HEADER
from eventsim.front_door import is_of_aws, leads_to_front_door
from eventsim.function.function import FunctionVersion
from eventsim.handler.modules import RUNTIME_MODULES
from eventsim.handler.process import NoSemaphore, no_shared_memory
from eventsim.handler.surroundings import LOOPBACK
from eventsim.live.message import (
    Answered,
    Erred,
    Frames,
    Invoke,
    Load,
    Loaded,
    Logged,
    Report,
    Wrote,
    decode_order,
    frame,
    to_bytes,
)
from eventsim.orphans import die_with_parent
from eventsim.outcome import Failure, Success

_READ_BYTES = 1 << 18
SDK_PARTS: set[str] = set()
"""Packages that came with the SDK, if it was imported before this process was forked."""
_HTTPS_PORT: Final = 443


class Line:
    """The socket to the server. Threads of user code may print at the same time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._owner = os.getpid()

    @property
    def is_ours(self) -> bool:
        """Whether this is the process that the server knows, and not a fork of it."""
        return os.getpid() == self._owner

    def send(self, report: Report) -> None:
        """Tell the server."""
        with self._lock:
            self._connection.sendall(frame(report))

    def orders(self) -> Iterator[Any]:
        """Yield one order after another, until the server is gone."""
        frames = Frames()
        while data := self._connection.recv(_READ_BYTES):
            for content in frames.feed(data):
                yield decode_order(content)


class Stream:
    """Takes whole log events, as the runtime's logging handler gives them."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def emit(self, event: str) -> None:
        """Take one event."""
        if self._line.is_ours:
            self._line.send(Logged(event.encode()))
        else:
            os.write(1, event.encode())


class _Output(io.RawIOBase):
    """Where `sys.stdout` and `sys.stderr` write: to the server at once, as AWS's runtime does not buffer either."""

    def __init__(self, line: Line, descriptor: int) -> None:
        self._line = line
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any) -> int:
        content = bytes(data)
        if not self._line.is_ours:
            return os.write(self._descriptor, content)
        self._line.send(Wrote(content))
        return len(content)


class Worker:
    """One process of one environment."""

    def __init__(self, connection: socket.socket) -> None:
        self._line = Line(connection)
        self._stream = Stream(self._line)
        self._bootstrap: Bootstrap | None = None

    def run(self) -> None:
        """Carry out orders until the server is gone."""
        for order in self._line.orders():
            match order:
                case Load():
                    self._line.send(Loaded(self._load(order)))
                case Invoke():
                    self._line.send(self._invoke(order))

    def _load(self, order: Load) -> ErrorObject | None:
        code, layers = os.fsdecode(order.code), [os.fsdecode(layer) for layer in order.layers]
        version = FunctionVersion(
            function=order.function,
            version=order.version,
            function_arn=order.function_arn,
            handler=order.handler,
            code=Path(code),
            runtime=order.runtime,
            layers=tuple(map(Path, layers)),
            log_format=order.log_format,
            application_log_level=order.application_log_level,
        )
        _settle_in(order, code, layers)
        if importlib.util.find_spec(NAME) is None:
            sys.modules[NAME] = RUNTIME
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            raw: Any = _Output(self._line, descriptor)
            setattr(sys, name, io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
        self._bootstrap = bootstrap = Bootstrap(version, Marshaller(order.runtime), SourcePaths(version), self._tell)
        stream: Any = self._stream
        handler = runtime_handler(version, stream, bootstrap)
        return bootstrap.load(importlib.import_module, handler, runtime_level(version))

    def _invoke(self, order: Invoke) -> Answered:
        bootstrap = self._bootstrap
        assert bootstrap is not None, "an environment loads before it invokes"
        bootstrap.request_id = order.request_id
        os.environ[TRACE_HEADER] = order.trace_header
        context = LambdaContext(
            order.request_id,
            order.invoked_function_arn,
            os.environ,
            order.deadline_epoch_ms,
            _epoch_ms,
            self._stream.emit,
            json.loads(order.client_context),
            order.tenant_id or None,
        )
        event = json.loads(order.event)
        outcome = bootstrap.handle(event, context)
        has_threads = threading.active_count() > 1
        match outcome:
            case Success(payload=payload):
                return Answered(payload=to_bytes(payload), has_threads=has_threads)
            case Failure(error_type=error_type, message=message, payload=payload):
                return Answered(
                    payload=to_bytes(payload),
                    error_type=error_type,
                    message=to_bytes(message),
                    has_threads=has_threads,
                )
            case _:
                raise AssertionError("a handler succeeds or fails")

    def _tell(self, error: ErrorObject) -> None:
        self._line.send(Erred(error))


def _settle_in(order: Load, code: str, layers: Iterable[str]) -> None:
    """Take over the environment variables, the folder and the path of a function."""
    os.environ.clear()
    os.environ.update({name: os.fsdecode(value) for name, value in order.environ.items()})
    time.tzset()
    os.chdir(code)
    folders = [code, *(f"{layer}/python" for layer in layers)]
    _make_way(folders)
    sys.path[:0] = folders
    sys.argv[:] = ["/var/runtime/bootstrap.py"]
    _multiprocessing.SemLock = NoSemaphore
    _posixshmem.shm_open = no_shared_memory
    if order.extension_ports:
        for name in ("connect", "connect_ex"):
            setattr(socket.socket, name, _led(getattr(socket.socket, name), order.extension_ports))
    server = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    if server.hostname and server.port:
        _speak_plainly(server.hostname, server.port)


def _led(
    original: Callable[[socket.socket, Any], Any], ports: Mapping[int, int]
) -> Callable[[socket.socket, Any], Any]:
    """Return what connects sockets, those for the ports of extensions to where the server answers for these."""

    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] in LOOPBACK and address[1] in ports:
            address = ("127.0.0.1", ports[address[1]])
        return original(self, address)

    return connect


def _make_way(folders: Iterable[str]) -> None:
    """Forget modules that this file has imported and AWS's runtime has not, where the code brings its own."""
    loaded = {name.partition(".")[0] for name in sys.modules} - RUNTIME_MODULES - {"__main__", "eventsim"}
    own = {name for name in loaded if PathFinder.find_spec(name, list(folders)) is not None}
    if own & SDK_PARTS:
        own |= SDK_PARTS  # its parts must fit each other, as those that a process imports by itself
    for name in list(sys.modules):
        if name.partition(".")[0] in own:
            del sys.modules[name]


def _speak_plainly(server: str, port: int) -> None:
    """Speak HTTP to the server where HTTPS is asked for, at AWS's front doors and at the server itself.

    Functions push to WebSockets at the address that their event names, which is AWS's. Answers of custom resources go
    by HTTPS in many libraries, some of which read no port from the address.
    """
    there = frozenset((*LOOPBACK, server))

    def leads_here(connection: Any) -> bool:
        name = str(connection.host)
        if name in there:
            return connection.port in (_HTTPS_PORT, port)
        return is_of_aws(name) and leads_to_front_door(name, "/")

    def connect_plainly(original: Callable[[Any], None]) -> Callable[[Any], None]:
        def connect(connection: Any) -> None:
            if not leads_here(connection):
                original(connection)
                return
            connection.sock = socket.create_connection((server, port))
            if isinstance(connection.timeout, int | float):
                connection.sock.settimeout(connection.timeout)
            connection.is_verified = True  # urllib3 warns of whom it could not prove

        return connect

    def wrap(module: ModuleType) -> None:
        secure = module.__dict__.get("HTTPSConnection")
        if secure is not None and "connect" in vars(secure):  # the process is this function's own
            secure.connect = connect_plainly(secure.connect)

    ImportWatch(("http.client", "urllib3.connection"), wrap).begin()


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Run a worker on the socket whose number is the first argument."""
    die_with_parent()
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    Worker(connection).run()


if __name__ == "__main__":
    main()
