"""Where does one log event of a program end? With the line that is printed, or the frame that a runtime puts it in."""

import codecs
from collections.abc import Iterator

from msgspec import Struct

_HEAD_BYTES = 16
_FRAME_BYTES_MAX = 1 << 24
_MAGIC = b"\xa5\x5a\x00"


class Printed(Struct, frozen=True):
    """What a program has printed.

    Attributes:
        is_event: whether it is one whole log event, whatever lines it has.
    """

    text: str
    is_event: bool = False


class Lines:
    """Reads what a program prints."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def feed(self, data: bytes) -> Iterator[Printed]:
        """Yield it as text."""
        yield Printed(self._decode(data))

    def rest(self) -> Iterator[Printed]:
        """Yield what is left at the end."""
        text = self._decode(b"", True)
        if text:
            yield Printed(text)


class Frames:
    """Reads log events as AWS's runtimes frame them: four bytes of a mark, the length in four, the time in eight."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> Iterator[Printed]:
        """Yield the events that are whole."""
        self._data += data
        while len(self._data) >= _HEAD_BYTES:
            if not self._data.startswith(_MAGIC):
                yield from self.rest()
                return
            end = _HEAD_BYTES + min(int.from_bytes(self._data[4:8]), _FRAME_BYTES_MAX)
            if len(self._data) < end:
                return
            content, self._data = self._data[_HEAD_BYTES:end], self._data[end:]
            yield Printed(content.decode("utf-8", "replace"), is_event=True)

    def rest(self) -> Iterator[Printed]:
        """Yield what is no whole frame, as it is."""
        data, self._data = self._data, b""
        if data:
            yield Printed(data.decode("utf-8", "replace"))
