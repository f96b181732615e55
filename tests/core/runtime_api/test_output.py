"""Where does one log event of a program end?"""

from eventsim.runtime_api.output import Output, Printed


def framed(text: str) -> bytes:
    """Return an event as AWS's runtimes frame it."""
    content = text.encode()
    return b"\xa5\x5a\x00\x03" + len(content).to_bytes(4, "big") + b"\0" * 8 + content


def test_a_frame_is_an_event_whatever_lines_it_has() -> None:
    """It may come in pieces."""
    data, output = framed("one\ntwo\n") + framed("three"), Output()

    printed = [each for start in range(0, len(data), 5) for each in output.feed(data[start : start + 5])]

    assert printed == [Printed("one\ntwo\n", is_event=True), Printed("three", is_event=True)]


def test_text_and_frames_come_in_the_order_in_which_they_were_printed() -> None:
    """Both come by one pipe."""
    output = Output()

    printed = list(output.feed(b"before\n" + framed("between") + b"after\n"))

    assert printed == [Printed("before\n"), Printed("between", is_event=True), Printed("after\n")]


def test_what_is_no_whole_frame_is_not_lost() -> None:
    """It is read as text at the end."""
    output = Output()

    assert [*output.feed(framed("cut")[:10]), *output.rest()] == [Printed("\ufffdZ\x00\x03\x00\x00\x00\x03\x00\x00")]


def test_a_character_may_come_in_two_pieces() -> None:
    """It is shown as one; half of one at the end is shown as what it is."""
    output = Output()

    printed = [*output.feed(b"caf\xc3"), *output.feed(b"\xa9\nbl\xc3\xa5"), *output.feed(b"\n\xe2\x82"), *output.rest()]

    assert "".join(each.text for each in printed) == "café\nblå\n\ufffd"
