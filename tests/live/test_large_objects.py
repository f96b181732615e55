"""Do objects of any size go through a server whose memory is small? Bodies lie in files, not in memory."""

import hashlib
import http.client
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.live.conftest import Served

Serve = Callable[..., Served]

MEBIBYTE = 1 << 20
OBJECT_BYTES = 200 * MEBIBYTE
GROWTH_BYTES_MAX = 64 * MEBIBYTE


def peak_bytes(served: Served) -> int:
    """Return the most memory that a server ever had, files that it has mapped included."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def pieces(size_bytes: int = OBJECT_BYTES) -> Iterator[bytes]:
    """Yield so many bytes, no two MiB alike."""
    for number in range(size_bytes // MEBIBYTE):
        yield number.to_bytes(4, "big") * (MEBIBYTE // 4)


def wrapped() -> Iterator[bytes]:
    """Yield the same as AWS's SDKs upload streams."""
    for piece in pieces():
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


MD5 = hashlib.md5(usedforsecurity=False)
for each in pieces():
    MD5.update(each)
ETAG = f'"{MD5.hexdigest()}"'


def connected(served: Served) -> http.client.HTTPConnection:
    """Return a connection that waits as long as a large object takes."""
    where = urlsplit(served.url)
    return http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)


def put(served: Served, path: str, body: Iterator[bytes], **headers: str) -> str | None:
    """Put an object, and return its ETag."""
    connection = connected(served)
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    connection.request("PUT", path, body, named)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()
    return answer.getheader("ETag")


def got(served: Served, path: str, **headers: str) -> tuple[int, str]:
    """Get an object; return its length and its MD5."""
    connection = connected(served)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    while piece := answer.read(MEBIBYTE):
        size += len(piece)
        digest.update(piece)
    connection.close()
    return size, digest.hexdigest()


@pytest.fixture(params=["in memory", "in a folder"])
def served(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> Served:
    """A server with a bucket."""
    folder = ("--buckets", str(tmp_path)) if request.param == "in a folder" else ()
    served = serve("--quiet", *folder)
    s3 = served.client("s3")
    s3.create_bucket(Bucket="shelf")
    s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
    return served


def test_an_object_does_not_pass_through_memory(served: Served) -> None:
    """Not on its way in, plain or wrapped in chunks, nor as an older version, a copy, a range, or on its way out."""
    before = peak_bytes(served)
    plain = put(served, "/shelf/plain", pieces(), Content_Length=str(OBJECT_BYTES))
    streaming = {"x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "Content_Encoding": "aws-chunked"}
    again = put(served, "/shelf/plain", wrapped(), **streaming)
    s3 = served.client("s3")
    copy = s3.copy_object(Bucket="shelf", Key="copy", CopySource="shelf/plain")["CopyObjectResult"]["ETag"]
    older = s3.list_object_versions(Bucket="shelf", Prefix="plain")["Versions"][1]["VersionId"]

    read = [got(served, f"/shelf/plain?versionId={older}"), got(served, "/shelf/copy")]
    part = got(served, "/shelf/plain", Range=f"bytes=0-{3 * MEBIBYTE - 1}")

    assert (plain, again, copy) == (ETAG, ETAG, ETAG)
    assert read == [(OBJECT_BYTES, MD5.hexdigest())] * 2
    assert part[0] == 3 * MEBIBYTE
    assert peak_bytes(served) - before < GROWTH_BYTES_MAX


def test_parts_are_joined_on_the_disk(served: Served) -> None:
    """An upload of many parts needs no more memory than one of them, and leaves no file behind."""
    s3 = served.client("s3")
    upload = s3.create_multipart_upload(Bucket="shelf", Key="whole")["UploadId"]
    before = peak_bytes(served)
    parts = []
    for number in range(1, 11):
        body = (piece for _ in range(20) for piece in pieces(MEBIBYTE))
        path = f"/shelf/whole?partNumber={number}&uploadId={upload}"
        parts.append({"PartNumber": number, "ETag": put(served, path, body, Content_Length=str(20 * MEBIBYTE))})

    s3.complete_multipart_upload(Bucket="shelf", Key="whole", UploadId=upload, MultipartUpload={"Parts": parts})

    assert got(served, "/shelf/whole")[0] == OBJECT_BYTES
    assert peak_bytes(served) - before < GROWTH_BYTES_MAX


def test_beyond_five_gigabytes_an_object_must_come_in_parts(serve: Serve) -> None:
    """S3's own error, before a byte of it is read; whoever else gets so much is told that it is too long."""
    served = serve("--quiet")
    served.client("s3").create_bucket(Bucket="shelf")
    connection = connected(served)
    connection.putrequest("PUT", "/shelf/huge")
    connection.putheader("Content-Length", str(6 << 30))
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert (answer.status, b"<Code>EntityTooLarge</Code>" in body) == (400, True)
    assert b"<ProposedSize>6442450944</ProposedSize><MaxSizeAllowed>5368709120</MaxSizeAllowed>" in body
