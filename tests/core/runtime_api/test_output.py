"""Where does one log event of a program end?"""

from eventsim.runtime_api.output import Frames, Lines, Printed


def framed(text: str) -> bytes:
    """Return an event as AWS's runtimes frame it."""
    content = text.encode()
    return b"\xa5\x5a\x00\x03" + len(content).to_bytes(4, "big") + b"\0" * 8 + content


def test_a_frame_is_an_event_whatever_lines_it_has() -> None:
    """It may come in pieces."""
    data, frames = framed("one\ntwo\n") + framed("three"), Frames()

    printed = [each for start in range(0, len(data), 5) for each in frames.feed(data[start : start + 5])]

    assert printed == [Printed("one\ntwo\n", is_event=True), Printed("three", is_event=True)]


def test_what_is_no_frame_is_not_lost() -> None:
    """Whoever writes plainly into the descriptor is read as plainly."""
    frames = Frames()

    assert list(frames.feed(b"plain text, no frame\n")) == [Printed("plain text, no frame\n")]
    assert [*frames.feed(framed("cut")[:10]), *frames.rest()] == [Printed("\ufffdZ\x00\x03\x00\x00\x00\x03\x00\x00")]


def test_a_character_may_come_in_two_pieces() -> None:
    """It is shown as one; half of one at the end is shown as what it is."""
    lines = Lines()

    printed = [*lines.feed(b"caf\xc3"), *lines.feed(b"\xa9\n\xe2\x82"), *lines.rest()]

    assert "".join(each.text for each in printed) == "café\n\ufffd"
