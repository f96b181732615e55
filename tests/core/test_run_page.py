"""Is a run a page that a browser can show, whatever the run holds?"""

import json
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from eventsim.report.run_page import WIDTH_MIN, positions, run_page
from eventsim.report.saved import Heading
from eventsim.report.timeline import timeline
from tests.core.test_report_story import S, Tale

EVIL = "<script>alert('1')</script> & \"more\""


@pytest.fixture
def tale() -> Tale:
    """A message with an evil name ends as a dead letter, half a minute after an invocation failed."""
    tale = Tale()
    sent = tale.happens(0, "sent", "{subject} was sent to {place}", "message m1", f"queue {EVIL}")
    tale.happens(0, "started", "{subject} starts", "invocation i1", "function f", cause=sent)
    tale.happens(S, "failed", "{subject} fails: {message}", "invocation i1", "function f", detail={"message": EVIL})
    tale.happens(31 * S, "dead-lettered", "{subject} moved", "message m1", f"queue {EVIL}", detail={"to": EVIL})
    return tale


def page_of(tale: Tale, **part: int) -> str:
    """Return the page of a run."""
    heading = Heading(scenario=EVIL, seed=7, digest="d1", entries=len(tale.trace), kinds=list(tale.trace.kinds))
    return run_page(heading, tale.trace, timeline(tale.trace, **part))


def tracks_of(page: str) -> ET.Element:
    """Return the picture, read as strictly as XML is."""
    found = re.search(r'<svg id="tracks".*?</svg>', page, re.DOTALL)
    assert found is not None
    return ET.fromstring(found[0])


def data_of(page: str) -> dict[str, list[object]]:
    """Return what the script is given."""
    found = re.search(r'<script type="application/json" id="run">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, list[object]] = json.loads(found[1])
    return data


def test_nothing_of_a_run_becomes_part_of_the_page(tale: Tale) -> None:
    """A message is anybody's text."""
    page = page_of(tale)

    assert "<script>alert" not in page
    assert page.count("</script>") == 2  # the data, and the script


def test_the_page_asks_nobody_for_anything(tale: Tale) -> None:
    """It is shown without a network, and from a mail."""
    page = page_of(tale)

    assert "default-src 'none'" in page
    assert re.findall(r"(?:src|href)=|@import|url\((?!#)|https?:", page) == []


def test_every_entry_stands_in_words(tale: Tale) -> None:
    """With its instant, and the number of its cause."""
    data = data_of(page_of(tale))

    assert data["instants"] == ["00:00:00.000", "00:00:01.000", "00:00:31.000"]
    assert data["entries"][1] == [2, 0, "invocation i1", "function f", 1, 0, 0, "invocation i1 starts"]
    assert data["entries"][2] == [3, 1, "invocation i1", "function f", 0, 1, 0, f"invocation i1 fails: {EVIL}"]


def test_stays_and_marks_know_their_entries(tale: Tale) -> None:
    """Whoever clicks on one is told of them."""
    picture = tracks_of(page_of(tale))

    assert [each.get("data-n") for each in picture.iter("rect") if "stay" in str(each.get("class"))] == ["1 4", "2 3"]
    assert [each.get("data-n") for each in picture.iter("circle")] == ["1", "4", "2", "3"]


def test_whoever_is_on_the_page_is_found_by_name_alone() -> None:
    """Also where the kind of thing is said in two words, and a name has words of its own."""
    tale = Tale()
    tale.happens(0, "execution started", "{subject} starts", "execution refund:e1", "state machine refund")
    tale.happens(0, "logged", "{subject} logged", "object in/my file", "log group /aws/lambda/f")

    assert data_of(page_of(tale))["names"] == [
        ["refund:e1", "execution refund:e1"],
        ["refund", "state machine refund"],
        ["in/my file", "object in/my file"],
        ["/aws/lambda/f", "log group /aws/lambda/f"],
    ]


def test_a_bar_bears_the_name_without_the_kind() -> None:
    """However many words the kind has."""
    tale = Tale()
    tale.happens(0, "queued", "{subject} was queued", "state machine refund", "rule r")
    tale.happens(S, "succeeded", "{subject} succeeded", "state machine refund", "rule r")

    texts = tracks_of(page_of(tale)).iter("text")

    assert [text.text for text in texts if text.get("class") == "who"] == ["refund"]


def test_jumps_of_the_clock_are_told(tale: Tale) -> None:
    """The half minute in which nothing happened."""
    assert "+30 s" in [text.text for text in tracks_of(page_of(tale)).iter("text")]


def test_what_went_wrong_stands_at_the_top(tale: Tale) -> None:
    """Also when it is not in the part that is shown."""
    assert "1 × function f: " in page_of(tale, since_us=31 * S)


def test_a_part_says_that_it_is_one(tale: Tale) -> None:
    """And how to ask for another."""
    page = page_of(tale, until_us=S)

    assert "3 entries of 4, 00:00:00.000 to 00:00:01.000 (<code>since</code>" in page


def test_a_part_in_which_nothing_happened_is_no_run_in_which_nothing_did(tale: Tale) -> None:
    """It names no instants, and how to ask for another part."""
    page = page_of(tale, since_us=86_400 * S)

    assert "0 entries of 4 (<code>since</code> and <code>until</code> choose another part)" in page
    assert "Nothing happened in this part of the run." in page


def test_a_run_in_which_nothing_happened_has_a_page() -> None:
    """It says so."""
    page = page_of(Tale())

    assert "Nothing happened." in page
    assert data_of(page) == {"instants": [], "xs": [], "names": [], "counts": [], "entries": []}


def test_columns_are_the_farther_apart_the_longer_the_jump() -> None:
    """A millisecond can be seen, and a day does not push all else out of sight."""
    xs = positions([0, 1_000, 61 * S, 86_400 * S])
    gaps = [after - before for before, after in pairwise(xs)]

    assert gaps == sorted(gaps)
    assert gaps[-1] < 8 * gaps[0]
    assert xs[-1] < WIDTH_MIN
