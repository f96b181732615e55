"""What do the server and a worker process say to each other? Messages in MessagePack, each behind its length."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.environment.error_object import ErrorObject

LENGTH_BYTES = 4


class Load(Struct, frozen=True, kw_only=True, tag=True):
    """Become the process of a function: take its settings, import its handler.

    Attributes:
        code: the folder of the code, as the file system has its name, which need not be text.
        layers: folders whose `python` folder is importable, as the file system has their names.
        environ: all environment variables, values in UTF-8, or as the file system has what they name.
        extension_ports: port of an extension → where the server answers for it.
    """

    function: str
    version: str
    function_arn: str
    handler: str
    runtime: str
    code: bytes
    layers: list[bytes]
    log_format: str
    application_log_level: str
    environ: dict[str, bytes]
    extension_ports: dict[int, int] = {}


class Invoke(Struct, frozen=True, kw_only=True, tag=True):
    """Run the handler for one event.

    Attributes:
        event: as JSON.
        client_context: as JSON, "null" for none.
        trace_header: what stands in `_X_AMZN_TRACE_ID`.
        tenant_id: the tenant for whom it runs, "" for none.
    """

    request_id: str
    invoked_function_arn: str
    deadline_epoch_ms: int
    trace_header: str
    event: str
    client_context: str = "null"
    tenant_id: str = ""


class Wrote(Struct, frozen=True, tag=True):
    """User code printed this."""

    text: bytes


class Logged(Struct, frozen=True, tag=True):
    """User code logged this: one event, however many lines it has."""

    text: bytes


class Erred(Struct, frozen=True, tag=True):
    """User code did not handle this error."""

    error: ErrorObject


class Loaded(Struct, frozen=True, tag=True):
    """The handler is there, or its module raised."""

    error: ErrorObject | None


class Answered(Struct, frozen=True, kw_only=True, tag=True):
    """The handler has ended.

    Attributes:
        payload: the result, or the error object, as JSON.
        error_type: "" for a success.
        has_threads: whether threads of user code go on.
    """

    payload: bytes
    error_type: str = ""
    message: bytes = b""
    has_threads: bool = False


Order = Load | Invoke
Report = Wrote | Logged | Erred | Loaded | Answered

_encode = msgspec.msgpack.Encoder().encode
_decode_order = msgspec.msgpack.Decoder(Order).decode
_decode_report = msgspec.msgpack.Decoder(Report).decode


def frame(message: Order | Report) -> bytes:
    """Return a message as it goes over the socket."""
    content = _encode(message)
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


class Frames:
    """Cuts what comes from a socket into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes and yield every message that is whole now."""
        buffer = self._buffer
        buffer += data
        begin = 0
        while len(buffer) - begin >= LENGTH_BYTES:
            end = begin + LENGTH_BYTES + int.from_bytes(buffer[begin : begin + LENGTH_BYTES], "big")
            if len(buffer) < end:
                break
            yield bytes(buffer[begin + LENGTH_BYTES : end])
            begin = end
        del buffer[:begin]


def decode_order(content: bytes) -> Any:
    """Return what the server wants."""
    return _decode_order(content)


def decode_report(content: bytes) -> Any:
    """Return what a worker tells."""
    return _decode_report(content)


def to_bytes(text: str) -> bytes:
    """Encode a text that may hold halves of surrogate pairs, as JSON's escapes make them."""
    return text.encode("utf-8", "surrogatepass")


def to_text(content: bytes) -> str:
    """Decode it again."""
    return content.decode("utf-8", "surrogatepass")
