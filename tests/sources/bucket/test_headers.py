"""What stands in the headers of an answer that no HTTP has carried? What S3's would hold."""

from typing import Any


def headers(answer: Any) -> dict[str, str]:
    """Return the headers of an answer."""
    of_answer: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    return of_answer


def test_a_read_tells_of_its_object(s3: Any) -> None:
    """ETag, length, type, date, version and metadata, as text under names in lower case."""
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    put = s3.put_object(Bucket="photos", Key="a", Body=b"abc", ContentType="text/plain", Metadata={"by": "me"})
    got = s3.get_object(Bucket="photos", Key="a")

    told = headers(got)
    assert headers(put)["etag"] == told["etag"] == '"900150983cd24fb0d6963f7d28e17f72"'
    assert (told["content-length"], told["content-type"], told["accept-ranges"]) == ("3", "text/plain", "bytes")
    assert (told["x-amz-version-id"], told["x-amz-meta-by"]) == (put["VersionId"], "me")
    assert told["last-modified"].endswith(" GMT")
    assert told["x-amz-server-side-encryption"] == "AES256"


def test_an_answer_without_a_body_says_so(s3: Any) -> None:
    """And one with a document says of which kind."""
    s3.create_bucket(Bucket="photos")

    assert headers(s3.put_object(Bucket="photos", Key="a", Body=b"abc"))["content-length"] == "0"
    assert headers(s3.list_objects_v2(Bucket="photos"))["content-type"] == "application/xml"
