"""In which time zone is local time? In UTC, unless the function's variable `TZ` names another.

The C library has one time zone for the process. So each environment's is set when it is entered, if it differs from the
one that was entered last; hardly any does.
"""

import os
import time

from eventsim.handler import strand

UTC = "UTC"


class process:  # noqa: N801 - there is one
    """What is set in the process, which is a fact of the process and not of a simulation."""

    zone: str | None = None


def enter_zone(zone: str) -> None:
    """Let local time be that of an environment; costs nothing if it is already."""
    if zone != process.zone:
        set_zone(zone)


def set_zone(zone: str | None) -> None:
    """Set the process's time zone, or leave it to the machine."""
    with strand.outside():
        if zone is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = zone
        time.tzset()
    process.zone = zone


def zone_of(environ: dict[str, str]) -> str:
    """Read the time zone from a function's variables; AWS sets `:UTC` (recorded)."""
    return environ.get("TZ", "").removeprefix(":") or UTC
