"""How much lies in a bucket? What CloudWatch tells of it once a day; pure.

All versions count, not the newest alone, and the parts of uploads under way; delete markers count as objects
(documented).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from eventsim_sources.bucket.multipart import Upload
from eventsim_sources.bucket.version import ObjectVersion, Version

ALL_TYPES: Final = "AllStorageTypes"
_CLASSES: Final[Mapping[str, str]] = {
    "StandardStorage": "STANDARD",
    "StandardIAStorage": "STANDARD_IA",
    "OneZoneIAStorage": "ONEZONE_IA",
    "ReducedRedundancyStorage": "REDUCED_REDUNDANCY",
    "IntelligentTieringFAStorage": "INTELLIGENT_TIERING",
    "GlacierInstantRetrievalStorage": "GLACIER_IR",
    "GlacierStorage": "GLACIER",
    "DeepArchiveStorage": "DEEP_ARCHIVE",
}
"""`StorageType` → storage class."""


class Stored:
    """What lies in a bucket.

    Args:
        uploads: those under way.
    """

    def __init__(self, versions: Iterable[Version], uploads: Sequence[Upload]) -> None:
        self._versions = list(versions)
        self._uploads = uploads

    def count(self, storage_type: str) -> float | None:
        """Return how many objects there are; they are told for all types together."""
        if storage_type != ALL_TYPES:
            return None
        return len(self._versions) + sum(len(upload.parts) for upload in self._uploads)

    def size_bytes(self, storage_type: str) -> float | None:
        """Return how many bytes lie in a storage class, None if there is nothing."""
        wanted = _CLASSES.get(storage_type)
        objects = [
            each.size_bytes
            for each in self._versions
            if isinstance(each, ObjectVersion) and each.storage_class == wanted
        ]
        parts = [
            part.size_bytes
            for upload in self._uploads
            if upload.properties.get("StorageClass", "STANDARD") == wanted
            for part in upload.parts.values()
        ]
        return sum([*objects, *parts]) or None
