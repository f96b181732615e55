"""Which parts become the object? The rules of multipart uploads; pure.

An upload gathers numbered parts; one that comes again replaces the earlier one. `Complete` names the parts in ascending
order, gaps allowed; all but the last must have 5 MiB, which is only checked then. `Abort` forgets everything.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Spool
from eventsim_sources.bucket.checksum import checksum_of
from eventsim_sources.bucket.contents import Data, pieces_of
from eventsim_sources.bucket.errors import invalid_argument, invalid_request, malformed_xml, no_such_upload
from eventsim_sources.bucket.version import Checksum, ObjectVersion, Part

PART_NUMBER_MAX = 10_000
"""Highest part number (documented)."""

PART_BYTES_MIN = 5 * 1024 * 1024
"""Least size of every part but the last (documented)."""


class Upload(Struct, kw_only=True):
    """A multipart upload under way.

    Attributes:
        begun_at: how many changes the bucket had seen when it began.
        checksum_algorithm: what its parts must bear, None for anything.
    """

    upload_id: str
    key: str
    begun_at: int
    initiated_s: int
    properties: Mapping[str, str]
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    checksum_algorithm: str | None = None
    checksum_type: str | None = None
    grants: tuple[dict[str, Any], ...] = ()
    parts: dict[int, Part] = {}
    data: dict[int, Data] = {}

    def keep(self, part: Part, data: Data) -> None:
        """Keep a part, in place of an earlier one of the same number."""
        self.parts[part.number] = part
        self.data[part.number] = data

    def join(self, parts: Sequence[Part]) -> Data:
        """Return the bytes of these parts, one after another."""
        pieces = (piece for part in parts for piece in pieces_of(self.data[part.number]))
        is_large = any(isinstance(self.data[part.number], Spool) for part in parts)
        return Spool.of(pieces) if is_large else b"".join(pieces)


class Uploads:
    """The multipart uploads of one bucket.

    Args:
        new_id: gives one upload id after another.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.new_id = new_id
        self._uploads: dict[str, Upload] = {}
        self._finished: dict[str, ObjectVersion] = {}

    def begin(self, upload: Upload) -> None:
        """Keep a new upload."""
        self._uploads[upload.upload_id] = upload

    def find(self, upload_id: str, key: str) -> Upload:
        """Return an upload under way.

        Raises:
            ApiError: there is none with this id and key.
        """
        upload = self._uploads.get(upload_id)
        if upload is None or upload.key != key:
            raise no_such_upload(upload_id)
        return upload

    def finished(self, upload_id: str, key: str) -> ObjectVersion | None:
        """Return the object that came of an upload, for whoever asks to complete it again."""
        version = self._finished.get(upload_id)
        return version if version is not None and version.key == key else None

    def finish(self, upload: Upload, version: ObjectVersion | None) -> None:
        """Forget an upload's parts: they are an object now, or nothing."""
        del self._uploads[upload.upload_id]
        if version is not None:
            self._finished[upload.upload_id] = version

    def under_way(self) -> list[Upload]:
        """Return the uploads under way, by key and then by age."""
        return sorted(self._uploads.values(), key=lambda upload: upload.key)


def check_part_number(number: int) -> None:
    """See that a part may have this number.

    Raises:
        ApiError: it is out of bounds.
    """
    if not 1 <= number <= PART_NUMBER_MAX:
        message = f"Part number must be an integer between 1 and {PART_NUMBER_MAX}, inclusive"
        raise invalid_argument(message, "partNumber", number)


def choose_parts(upload: Upload, asked: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Return the parts that make up the object.

    Args:
        asked: the members of `CompletedMultipartUpload.Parts`.

    Raises:
        ApiError: none are named, one is not there, or their order or sizes are wrong.
    """
    if not asked:
        raise invalid_request("You must specify at least one part")
    numbers = [each.get("PartNumber") for each in asked]
    if not all(isinstance(number, int) for number in numbers):
        raise malformed_xml()
    for earlier, later in pairwise(asked):
        if earlier["PartNumber"] >= later["PartNumber"]:
            raise ApiError(
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
                fields={"UploadId": upload.upload_id},
            )
    chosen = [_found(upload, each) for each in asked]
    for part in chosen[:-1]:
        if part.size_bytes < PART_BYTES_MIN:
            raise ApiError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                fields={
                    "ETag": part.etag,
                    "MinSizeAllowed": str(PART_BYTES_MIN),
                    "PartNumber": str(part.number),
                    "ProposedSize": str(part.size_bytes),
                },
            )
    return chosen


def check_part_algorithm(upload: Upload, algorithm: str) -> None:
    """See that a part bears the checksum that its upload was begun with.

    Raises:
        ApiError: it bears another.
    """
    expected = upload.checksum_algorithm
    if expected is not None and expected != algorithm:
        raise invalid_request(
            f"Checksum Type mismatch occurred, expected checksum Type: {expected.lower()}, "
            f"actual checksum Type: {algorithm.lower()}"
        )


def check_type(upload: Upload, asked: str | None) -> None:
    """See that `Complete` means the type of checksum with which its upload was begun.

    Raises:
        ApiError: it means another.
    """
    begun = upload.checksum_type or "FULL_OBJECT"
    if asked not in {None, begun}:
        raise invalid_request(
            f"The upload was created using the {begun} checksum mode. The complete request must use the same checksum "
            "mode."
        )


def check_whole(data: Data, kept: Checksum, asked: Mapping[str, Any]) -> None:
    """See that the joined object is what `Complete` says it should be.

    Args:
        kept: the object's checksum: of all its bytes, or of its parts' checksums.

    Raises:
        ApiError: its size or a checksum is another.
    """
    size_bytes = asked.get("MpuObjectSize")
    if size_bytes is not None and size_bytes != len(data):
        raise invalid_request(
            f"The provided 'x-amz-mp-object-size' header value {size_bytes} does not match what was computed: "
            f"{len(data)}"
        )
    for name, value in asked.items():
        algorithm = name.removeprefix("Checksum")
        if algorithm in {name, "Type"}:
            continue
        expected = kept if algorithm == kept.algorithm else checksum_of(data, algorithm)
        if value not in {expected.value, expected.value.partition("-")[0]}:
            raise ApiError("BadDigest", f"The {algorithm.lower()} you specified did not match the calculated checksum.")


def _found(upload: Upload, asked: Mapping[str, Any]) -> Part:
    number, etag = asked["PartNumber"], str(asked.get("ETag", "")).strip('"')
    part = upload.parts.get(number)
    if part is None or part.etag != etag or not _same_checksum(upload, part, asked):
        raise ApiError(
            "InvalidPart",
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
            "specified entity tag may not match the part's entity tag.",
            fields={"UploadId": upload.upload_id, "PartNumber": str(number), "ETag": etag},
        )
    return part


def _same_checksum(upload: Upload, part: Part, asked: Mapping[str, Any]) -> bool:
    given = {name: value for name, value in asked.items() if name.startswith("Checksum")}
    if upload.checksum_type == "COMPOSITE" and not given and upload.checksum_algorithm is not None:
        raise invalid_request(
            f"The upload was created using a {upload.checksum_algorithm.lower()} checksum. The complete request must "
            f"include the checksum for each part. It was missing for part {part.number} in the request."
        )
    return all(
        part.checksum is not None and name == f"Checksum{part.checksum.algorithm}" and value == part.checksum.value
        for name, value in given.items()
    )
