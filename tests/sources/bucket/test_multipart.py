"""The rules by which parts become an object, and the sums that prove it."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from eventsim import ApiError, Spool
from eventsim_sources.bucket.checksum import (
    checksum_of,
    checksum_of_parts,
    checksum_type,
    etag_of,
    etag_of_parts,
    verified,
)
from eventsim_sources.bucket.multipart import (
    PART_BYTES_MIN,
    Upload,
    check_part_number,
    check_type,
    check_whole,
    choose_parts,
)
from eventsim_sources.bucket.version import Part

LARGE = bytes(PART_BYTES_MIN)


def upload(*parts: tuple[int, bytes], algorithm: str | None = None, type_: str | None = None) -> Upload:
    """Return an upload that has these parts."""
    made = Upload(
        upload_id="u",
        key="k",
        begun_at=0,
        initiated_s=0,
        properties={},
        metadata={},
        tags={},
        checksum_algorithm=algorithm,
        checksum_type=type_,
    )
    for number, data in parts:
        kept = checksum_of(data, algorithm or "CRC32")
        made.keep(Part(number=number, etag=etag_of(data), size_bytes=len(data), modified_s=0, checksum=kept), data)
    return made


def asked(*parts: tuple[int, bytes]) -> list[dict[str, Any]]:
    """Return what `Complete` asks for."""
    return [{"PartNumber": number, "ETag": f'"{etag_of(data)}"'} for number, data in parts]


def test_parts_are_joined_in_order_with_gaps_allowed() -> None:
    """Only the named parts count; a part that came again replaced the earlier one."""
    made = upload((7, b"lost"), (7, b"end"), (2, LARGE), (9, b"unused"))

    parts = choose_parts(made, asked((2, LARGE), (7, b"end")))

    assert made.join(parts) == LARGE + b"end"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        pytest.param([], "InvalidRequest", id="none"),
        pytest.param(asked((2, LARGE), (1, LARGE)), "InvalidPartOrder", id="descending"),
        pytest.param(asked((1, LARGE), (1, LARGE)), "InvalidPartOrder", id="twice"),
        pytest.param(asked((1, LARGE), (5, b"x")), "InvalidPart", id="never-sent"),
        pytest.param([{"PartNumber": 1, "ETag": "other"}], "InvalidPart", id="other-etag"),
        pytest.param(asked((1, LARGE), (3, b"small"), (4, b"end")), "EntityTooSmall", id="small-in-the-middle"),
        pytest.param([{"ETag": "x"}], "MalformedXML", id="no-number"),
    ],
)
def test_wrong_parts_are_refused(parts: list[dict[str, Any]], code: str) -> None:
    """Order, presence, ETag and size are all checked when the upload is completed."""
    made = upload((1, LARGE), (2, LARGE), (3, b"small"), (4, b"end"))

    with pytest.raises(ApiError) as raised:
        choose_parts(made, parts)

    assert raised.value.code == code


def test_a_composite_checksum_must_be_asked_for_part_by_part() -> None:
    """An upload begun with a checksum of checksums wants each part's in `Complete`."""
    made = upload((1, b"x"), algorithm="SHA256", type_="COMPOSITE")
    kept = made.parts[1].checksum
    assert kept is not None

    with pytest.raises(ApiError, match="missing for part 1"):
        choose_parts(made, asked((1, b"x")))
    with pytest.raises(ApiError, match="InvalidPart"):
        choose_parts(made, [{**asked((1, b"x"))[0], "ChecksumSHA256": "wrong"}])

    assert choose_parts(made, [{**asked((1, b"x"))[0], "ChecksumSHA256": kept.value}]) == [made.parts[1]]


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_part_numbers_have_bounds(number: int) -> None:
    """1 to 10,000."""
    with pytest.raises(ApiError, match="between 1 and 10000, inclusive"):
        check_part_number(number)


def test_the_whole_object_can_be_checked_as_well() -> None:
    """`MpuObjectSize` and a checksum of all bytes must be true."""
    kept = checksum_of(b"abc", "CRC32")
    check_whole(b"abc", kept, {"MpuObjectSize": 3, "ChecksumCRC32": kept.value})

    with pytest.raises(ApiError, match="x-amz-mp-object-size"):
        check_whole(b"abc", kept, {"MpuObjectSize": 4})
    with pytest.raises(ApiError, match="BadDigest"):
        check_whole(b"abc", kept, {"ChecksumCRC32": checksum_of(b"abd", "CRC32").value})


@pytest.mark.parametrize("suffix", ["", "-2"])
def test_a_checksum_of_checksums_can_be_checked_as_well(suffix: str) -> None:
    """With the number of parts behind it or without."""
    parts = list(upload((1, b"a"), (2, b"b")).parts.values())
    kept = checksum_of_parts(b"ab", parts, "CRC32", "COMPOSITE")
    value = kept.value.removesuffix("-2")
    check_whole(b"ab", kept, {"ChecksumCRC32": value + suffix})

    with pytest.raises(ApiError, match="BadDigest"):
        check_whole(b"ab", kept, {"ChecksumCRC32": checksum_of(b"ab", "CRC32").value + suffix})


def test_an_upload_ends_with_the_type_of_checksum_with_which_it_began() -> None:
    """One that was begun with none has a checksum of all bytes."""
    check_type(upload((1, b"a"), algorithm="CRC32", type_="COMPOSITE"), "COMPOSITE")
    check_type(upload((1, b"a")), "FULL_OBJECT")

    with pytest.raises(ApiError, match="created using the COMPOSITE checksum mode"):
        check_type(upload((1, b"a"), algorithm="CRC32", type_="COMPOSITE"), "FULL_OBJECT")


def test_the_etag_of_parts_is_the_md5_of_their_md5s() -> None:
    """With the number of parts behind a hyphen."""
    digests = hashlib.md5(b"a").digest() + hashlib.md5(b"b").digest()

    assert etag_of_parts([etag_of(b"a"), etag_of(b"b")]) == f"{hashlib.md5(digests).hexdigest()}-2"


@pytest.mark.parametrize(
    ("algorithm", "digest_hex"),
    [
        ("CRC32", "cbf43926"),
        ("CRC32C", "e3069283"),
        ("CRC64NVME", "ae8b14860a799888"),
        ("MD5", "25f9e794323b453885f5181f1b624d0b"),
        ("SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
    ],
)
def test_checksums_give_their_published_check_values(algorithm: str, digest_hex: str) -> None:
    """The check value of a CRC is its sum of the text `123456789`."""
    checksum = checksum_of(b"123456789", algorithm)

    assert base64.b64decode(checksum.value).hex() == digest_hex


@pytest.mark.parametrize("algorithm", ["CRC32C", "CRC64NVME"])
def test_a_checksum_does_not_depend_on_where_the_bytes_lie(algorithm: str, tmp_path: Path) -> None:
    """Pieces of a file and bytes in memory sum up to the same."""
    data = bytes(range(251)) * 5_000
    path = tmp_path / "body"
    path.write_bytes(data)

    assert checksum_of(Spool(path), algorithm) == checksum_of(data, algorithm)
    assert checksum_of(b"The quick brown fox jumps over the lazy dog", "CRC32C").value == "ImIEBA=="


def test_a_composite_checksum_is_the_checksum_of_the_parts_checksums() -> None:
    """With the number of parts behind a hyphen; a full-object one is of the bytes."""
    parts = list(upload((1, b"a"), (2, b"b"), algorithm="CRC32").parts.values())
    digests = b"".join(base64.b64decode(part.checksum.value) for part in parts if part.checksum)

    composite = checksum_of_parts(b"ab", parts, "CRC32", None)
    full = checksum_of_parts(b"ab", parts, "CRC32", "FULL_OBJECT")

    assert composite.value == f"{checksum_of(digests, 'CRC32').value}-2"
    assert full.value == checksum_of(b"ab", "CRC32").value


@pytest.mark.parametrize(
    ("algorithm", "type_", "words"),
    [
        ("SHA256", "FULL_OBJECT", "cannot be used"),
        ("CRC64NVME", "COMPOSITE", "cannot be used"),
        ("", "COMPOSITE", "can only be used with the x-amz-checksum-algorithm header"),
        ("CRC32", "HALF", "Value for x-amz-checksum-type header is invalid"),
    ],
    ids=["hash", "crc64", "none", "unknown"],
)
def test_not_every_type_of_checksum_is_for_every_algorithm(algorithm: str, type_: str, words: str) -> None:
    """Hashes cannot be joined, and CRC-64 always is."""
    with pytest.raises(ApiError, match=words):
        checksum_type(algorithm, type_)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ContentMD5": base64.b64encode(hashlib.md5(b"other").digest()).decode()}, "BadDigest"),
        ({"ContentMD5": "no base64"}, "InvalidDigest"),
        ({"ChecksumSHA256": checksum_of(b"other", "SHA256").value}, "BadDigest"),
        ({"ChecksumCRC32": "AAAA"}, "InvalidRequest"),
        ({"ChecksumCRC32": "x", "ChecksumSHA1": "y"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "SHA1", "ChecksumCRC32": "x"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "CRC1"}, "InvalidRequest"),
        ({"ChecksumXXHASH64": "x"}, "NotImplemented"),
    ],
    ids=["md5", "bad-md5", "sha256", "no-crc", "two", "other-algorithm", "unknown", "not-simulated"],
)
def test_a_body_that_is_not_what_was_said_is_refused(parameters: dict[str, str], code: str) -> None:
    """Every sum that comes with a body is checked."""
    with pytest.raises(ApiError) as raised:
        verified(b"body", parameters)

    assert raised.value.code == code


def test_a_body_without_a_checksum_gets_the_default_one() -> None:
    """CRC-32, as AWS's SDKs send."""
    assert verified(b"body", {}) == checksum_of(b"body", "CRC32")
