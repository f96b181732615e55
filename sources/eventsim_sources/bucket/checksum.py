"""Are these the bytes that were sent? ETags and checksums; pure."""

import base64
import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from functools import cache

from eventsim import ApiError, Spool
from eventsim_sources.bucket.contents import Data, pieces_of
from eventsim_sources.bucket.errors import invalid_request
from eventsim_sources.bucket.version import Checksum, ObjectVersion, Part

ALGORITHM_DEFAULT = "CRC32"
"""What AWS's SDKs send unless told otherwise. S3's own default for callers that send none is CRC64NVME; it has the same
use and would have to be worked out in Python, so every object without a checksum gets this one."""

_FULL_OBJECT_ALWAYS = frozenset({"CRC64NVME"})
_COMPOSITE_ALWAYS = frozenset({"SHA1", "SHA256"})


def summed_object(
    key: str,
    data: Data,
    modified_s: int,
    *,
    properties: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> ObjectVersion:
    """Return a new object of these bytes, with its ETag and the default checksum."""
    return ObjectVersion(
        key=key,
        etag=etag_of(data),
        size_bytes=len(data),
        modified_s=modified_s,
        properties=properties or {},
        metadata=metadata or {},
        checksum=checksum_of(data, ALGORITHM_DEFAULT),
    )


def etag_of(data: Data) -> str:
    """Return the ETag, without quotes, of an object that came in one piece."""
    return _digest("MD5", data).hex()


def etag_of_parts(etags: Sequence[str]) -> str:
    """Return the ETag of an object that came in parts with these ETags."""
    digest = hashlib.md5(b"".join(bytes.fromhex(etag) for etag in etags), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(etags)}"


def checksum_of(data: Data, algorithm: str) -> Checksum:
    """Return the checksum of some bytes.

    Raises:
        ApiError: the algorithm is unknown, or not simulated.
    """
    return Checksum(algorithm=algorithm, value=base64.b64encode(_digest(algorithm, data)).decode())


def checksum_of_parts(data: Data, parts: Sequence[Part], algorithm: str, type_asked: str | None) -> Checksum:
    """Return the checksum of an object that came in parts: of all its bytes, or of the parts' checksums.

    Raises:
        ApiError: the algorithm cannot have this type.
    """
    type_ = checksum_type(algorithm, type_asked)
    if type_ == "FULL_OBJECT":
        return checksum_of(data, algorithm)
    values = [part.checksum.value for part in parts if part.checksum is not None]
    joined = b"".join(base64.b64decode(value) for value in values)
    value = f"{checksum_of(joined, algorithm).value}-{len(parts)}"
    return Checksum(algorithm=algorithm, value=value, type="COMPOSITE")


def checksum_type(algorithm: str, asked: str | None) -> str:
    """Return the type of a multipart upload's checksum (documented).

    Args:
        algorithm: "" if the upload was begun with none.

    Raises:
        ApiError: there is no such type, or the algorithm cannot have it.
    """
    if asked is not None and not algorithm:
        raise invalid_request(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        )
    if asked not in {None, "COMPOSITE", "FULL_OBJECT"}:
        raise invalid_request("Value for x-amz-checksum-type header is invalid.")
    if asked is None:
        return "FULL_OBJECT" if algorithm in _FULL_OBJECT_ALWAYS else "COMPOSITE"
    forbidden = _COMPOSITE_ALWAYS if asked == "FULL_OBJECT" else _FULL_OBJECT_ALWAYS
    if algorithm in forbidden:
        raise invalid_request(
            f"The {asked} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return asked


def verified(data: Data, parameters: Mapping[str, object]) -> Checksum:
    """Check what a request says of its body, and return the checksum to keep.

    Raises:
        ApiError: the body is not what the request says, or an algorithm is not simulated.
    """
    _check_md5(data, parameters.get("ContentMD5"))
    given = {
        name.removeprefix("Checksum"): str(value)
        for name, value in parameters.items()
        if name.startswith("Checksum") and name not in {"ChecksumAlgorithm", "ChecksumType", "ChecksumMode"}
    }
    if len(given) > 1:
        raise invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    asked = str(parameters.get("ChecksumAlgorithm") or "").upper()
    for algorithm, value in given.items():
        if asked and asked != algorithm:
            raise invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        checksum = checksum_of(data, algorithm)
        if len(_decoded(value)) != len(_decoded(checksum.value)):
            raise invalid_request(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
        if checksum.value != value:
            raise ApiError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
        return checksum
    return checksum_of(data, asked or ALGORITHM_DEFAULT)


def members(checksum: Checksum | None) -> dict[str, str]:
    """Return a checksum as members of an answer."""
    if checksum is None:
        return {}
    return {f"Checksum{checksum.algorithm}": checksum.value, "ChecksumType": checksum.type}


def _check_md5(data: Data, expected: object) -> None:
    if expected is None:
        return
    digest = _decoded(str(expected))
    if len(digest) != 16:
        raise ApiError(
            "InvalidDigest", "The Content-MD5 you specified was invalid.", fields={"Content-MD5": str(expected)}
        )
    calculated = _digest("MD5", data)
    if digest != calculated:
        raise ApiError(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            fields={
                "ExpectedDigest": str(expected),
                "CalculatedDigest": base64.b64encode(calculated).decode(),
            },
        )


def _decoded(text: str) -> bytes:
    """Return the bytes that a text in base64 stands for, none if it is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _digest(algorithm: str, data: Data) -> bytes:
    match algorithm:
        case "CRC32":
            return data.sums.crc32 if isinstance(data, Spool) else zlib.crc32(data).to_bytes(4, "big")
        case "CRC32C":
            return _crc(data, 0x82F63B78, 32).to_bytes(4, "big")
        case "CRC64NVME":
            return _crc(data, 0x9A6C9329AC4BC9B5, 64).to_bytes(8, "big")
        case "MD5":
            return data.sums.md5 if isinstance(data, Spool) else hashlib.md5(data, usedforsecurity=False).digest()
        case "SHA1" | "SHA256" | "SHA512":
            digest = hashlib.new(algorithm, usedforsecurity=False)
            for piece in pieces_of(data):
                digest.update(piece)
            return digest.digest()
        case "XXHASH64" | "XXHASH3" | "XXHASH128":
            raise ApiError(
                "NotImplemented",
                f"eventsim does not simulate the checksum algorithm {algorithm}; use CRC32 or SHA256",
                status=501,
            )
        case _:
            raise invalid_request(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            )


def _crc(data: Data, polynomial: int, bits: int) -> int:
    """Return a reflected CRC that starts and ends with all ones, worked out eight bytes at a time."""
    first, second, third, fourth, fifth, sixth, seventh, eighth = _tables(polynomial)
    crc = ones = (1 << bits) - 1
    for piece in pieces_of(data):
        whole = len(piece) & ~7
        for (word,) in struct.iter_unpack("<Q", memoryview(piece)[:whole]):
            a, b, c, d, e, f, g, h = (crc ^ word).to_bytes(8, "little")
            crc = eighth[a] ^ seventh[b] ^ sixth[c] ^ fifth[d] ^ fourth[e] ^ third[f] ^ second[g] ^ first[h]
        for byte in piece[whole:]:
            crc = first[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ ones


@cache
def _tables(polynomial: int) -> list[list[int]]:
    """Return what each byte does to a CRC that is so many bytes behind it, beginning with none."""
    first = []
    for byte in range(256):
        entry = byte
        for _ in range(8):
            entry = entry >> 1 ^ (polynomial if entry & 1 else 0)
        first.append(entry)
    tables = [first]
    for _ in range(7):
        tables.append([first[entry & 0xFF] ^ entry >> 8 for entry in tables[-1]])
    return tables
