"""Do reports speak of kinds of entry that somebody records?"""

import re
from pathlib import Path

from eventsim.report.usage import KINDS as COUNTED
from eventsim.report.vocabulary import QUIET, STAYS_BEGIN, STAYS_END, TROUBLES

ROOT = Path(__file__).parent.parent.parent
ROOMS = (ROOT / "eventsim", ROOT / "sources")


def recorded_kinds() -> set[str]:
    """Return the kinds that the code registers: `kind("sent", …)`."""
    return {
        name
        for room in ROOMS
        for path in room.rglob("*.py")
        for name in re.findall(r"\bkind\(\s*\"([a-z -]+)\"", path.read_text())
    }


def test_every_kind_that_a_report_knows_is_recorded_somewhere() -> None:
    """A kind that was renamed would silently vanish from summaries."""
    known = {*TROUBLES, *QUIET, *COUNTED, *STAYS_BEGIN, *STAYS_END}

    assert known - recorded_kinds() == set()
