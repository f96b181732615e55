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


class Output:
    """Reads what a program prints, and between it the log events that AWS's runtimes frame.

    A frame has four bytes of a mark, the length in four, the time in eight. No text in UTF-8 begins with the mark.
    """

    def __init__(self) -> None:
        self._data = b""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def feed(self, data: bytes) -> Iterator[Printed]:
        """Yield text, and the events that are whole, in the order in which they were printed."""
        self._data += data
        while self._data:
            start = _start_of_frame(self._data)
            if start:
                text, self._data = self._data[:start], self._data[start:]
                yield Printed(self._decode(text))
            end = _HEAD_BYTES + min(int.from_bytes(self._data[4:8]), _FRAME_BYTES_MAX)
            if len(self._data) < _HEAD_BYTES or len(self._data) < end:
                return
            content, self._data = self._data[_HEAD_BYTES:end], self._data[end:]
            yield Printed(content.decode("utf-8", "replace"), is_event=True)

    def rest(self) -> Iterator[Printed]:
        """Yield what is left at the end, as it is."""
        data, self._data = self._data, b""
        text = self._decode(data, True)
        if text:
            yield Printed(text)


def _start_of_frame(data: bytes) -> int:
    """Return where a frame begins, or may begin if more comes."""
    start = data.find(_MAGIC)
    if start >= 0:
        return start
    beginnings = (len(data) - size for size in (2, 1) if data.endswith(_MAGIC[:size]))
    return next(beginnings, len(data))
