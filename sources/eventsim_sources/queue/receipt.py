"""What is written on a receipt handle, and is a given text one of this queue's?

A handle names its queue, its message and the receive it came from; all three are needed to judge it, and none is
stored. It looks like AWS's (`AQEB` and base64 letters) and nobody should read it, but two can be told apart.
"""

from eventsim_sources.queue.errors import receipt_handle_invalid

_MARK = "AQEB"


class Receipts:
    """The handles of one queue, told from any other queue's by a token drawn at its creation."""

    def __init__(self, token: str) -> None:
        self.prefix = f"{_MARK}{token}+"

    def write(self, number: int, receive_count: int) -> str:
        """Write the handle of a delivery."""
        return f"{self.prefix}{number}/{receive_count}"

    def read(self, handle: str) -> tuple[int, int]:
        """Read the number and the receive count of a delivery from its handle.

        Raises:
            ApiError: It is garbage, or another queue's.
        """
        if handle.startswith(self.prefix):
            number, _, receive_count = handle[len(self.prefix) :].partition("/")
            try:
                return int(number), int(receive_count)
            except ValueError:
                pass
        raise receipt_handle_invalid(handle)
