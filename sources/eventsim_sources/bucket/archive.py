"""Can an object be read, or does it lie in an archive? When a copy of it is restored, and for how long; pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from eventsim_sources.bucket.lifetime import DAY_S, midnight_after
from eventsim_sources.bucket.version import ObjectVersion

ARCHIVES: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects are restored before they are read."""

HOUR_S: Final = 3600
RESTORE_S: Final[Mapping[tuple[str, str], int]] = {
    ("GLACIER", "Expedited"): 5 * 60,
    ("GLACIER", "Standard"): 5 * HOUR_S,
    ("GLACIER", "Bulk"): 12 * HOUR_S,
    ("DEEP_ARCHIVE", "Standard"): 12 * HOUR_S,
    ("DEEP_ARCHIVE", "Bulk"): 48 * HOUR_S,
}
"""Storage class and tier → how long a restore takes: the longest that AWS documents as typical."""


def is_archived(version: ObjectVersion) -> bool:
    """Tell whether an object's class is an archive."""
    return version.storage_class in ARCHIVES


def is_readable(version: ObjectVersion, now_s: int) -> bool:
    """Tell whether an object can be read: it lies in no archive, or a copy of it is there."""
    restore = version.restore
    return not is_archived(version) or (restore is not None and restore.ready_s <= now_s < restore.expires_s)


def is_under_way(version: ObjectVersion, now_s: int) -> bool:
    """Tell whether a restore is going on."""
    return version.restore is not None and now_s < version.restore.ready_s


def restore_header(version: ObjectVersion, now_s: int) -> str:
    """Return what `x-amz-restore` says, "" for nothing."""
    if is_under_way(version, now_s):
        return 'ongoing-request="true"'
    if version.restore is None or not is_readable(version, now_s):
        return ""
    expires = datetime.fromtimestamp(version.restore.expires_s, UTC)
    return f'ongoing-request="false", expiry-date="{format_datetime(expires, usegmt=True)}"'


def expiry_s(ready_s: int, days: int) -> int:
    """Return when a restored copy goes: the first midnight after so many days (documented)."""
    return midnight_after(ready_s + days * DAY_S)
