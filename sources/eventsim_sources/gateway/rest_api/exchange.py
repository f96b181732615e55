"""What went to an integration and what came back? The lines that the log of a trial has of it, in AWS's words."""

from collections.abc import Mapping

from eventsim import Clock

_SHOWN_MAX = 1000
"""How much of a text a line of a log shows; AWS says `[TRUNCATED]` behind it."""

_CONFIGURATION = "Execution failed due to configuration error: "
MALFORMED = f"{_CONFIGURATION}Malformed Lambda proxy response"
NOT_PERMITTED = f"{_CONFIGURATION}Invalid permissions on Lambda function"
NO_STATUS = f"{_CONFIGURATION}statusCode should be an integer which defined in request template"
TIMED_OUT = "Execution failed due to a timeout error"


def customer_error(message: str) -> str:
    """Return what a log says of a function that has failed."""
    return f"Lambda execution failed with status 200 due to customer function error: {message}."


def no_match(status: str) -> str:
    """Return what a log says where no response is for what an integration has answered."""
    return (
        f"{_CONFIGURATION}No match for output mapping and no default output mapping configured. "
        f"Endpoint Response Status Code: {status}"
    )


class Exchange:
    """What one trial has asked and got."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent_ms = 0
        self.lines: list[str] = []

    def sent(self, uri: str, headers: Mapping[str, str], body: str | bytes) -> None:
        """Take note of a request to an integration."""
        self._sent_ms = self._clock.epoch_ms()
        self.lines += [
            f"Endpoint request URI: {uri}",
            f"Endpoint request headers: {as_java(headers)}",
            f"Endpoint request body after transformations: {cut(body)}",
            f"Sending request to {uri}",
        ]

    def received(self, status: int, headers: Mapping[str, str], body: str | bytes) -> None:
        """Take note of its response."""
        latency_ms = self._clock.epoch_ms() - self._sent_ms
        self.lines += [
            f"Received response. Status: {status}, Integration latency: {latency_ms} ms",
            f"Endpoint response headers: {as_java(headers)}",
            f"Endpoint response body before transformations: {cut(body)}",
        ]


def as_java(given: Mapping[str, str]) -> str:
    """Return a map as Java prints it."""
    return cut("{" + ", ".join(f"{name}={value}" for name, value in given.items()) + "}")


def cut(text: str | bytes) -> str:
    """Return as much of a text as a line shows."""
    shown = text if isinstance(text, str) else text.decode(errors="replace")
    return shown if len(shown) <= _SHOWN_MAX else f"{shown[:_SHOWN_MAX]} [TRUNCATED]"
