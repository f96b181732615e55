"""What do the scenarios print? Their recorded outputs, `scenarios/NAME.out`."""

import re
from pathlib import Path

from docs.update.blocks import ROOT, run

SCENARIOS = tuple(sorted((ROOT / "scenarios").glob("*.yaml")))

_DIGEST = re.compile(r"^digest [0-9a-f]{64}\n", re.MULTILINE)


def output_of(scenario: Path) -> str:
    """Return what `eventsim run` prints of a scenario, in this process."""
    return comparable(run(f"eventsim run {scenario.name}", scenario.parent))


def comparable(output: str) -> str:
    """Return an output without its digest.

    The digest covers stack traces, which name lines of Python's own library, and pictures, which Pillow compresses: it
    is equal in every run on one machine, but not with every version of Python and Pillow.
    """
    return _DIGEST.sub("", output)
