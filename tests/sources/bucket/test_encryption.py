"""What answers say of encryption, and who may read what was written with a key of one's own."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
OTHER_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "o" * 32}
KMS = "arn:aws:kms:us-east-1:123456789012"


@pytest.fixture
def bucket(world: SyncSimulation) -> str:
    """The name of an empty bucket."""
    world.add_source("buckets", "photos")
    return "photos"


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
@pytest.mark.parametrize(
    ("written", "read", "expected"),
    [(KEY, {}, 400), (KEY, OTHER_KEY, 403), ({}, KEY, 400), (KEY, {**KEY, "SSECustomerKey": "short"}, 400)],
    ids=["without", "other", "needless", "no key"],
)
def test_only_the_writers_key_reads(
    s3: Any, bucket: str, operation: str, written: dict[str, str], read: dict[str, str], expected: int
) -> None:
    """Any other is refused, and so is one where none is needed."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **written)

    with pytest.raises(ClientError) as refused:
        getattr(s3, operation)(Bucket=bucket, Key="k", **read)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == expected


def test_a_key_of_ones_own_is_told_by_its_digest(s3: Any, bucket: str) -> None:
    """At every write and read, copies and parts included; nothing is said of S3's own encryption."""
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", **KEY)
    source = {f"CopySource{name}": value for name, value in KEY.items()}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k", **source, **OTHER_KEY)
    upload = {"Bucket": bucket, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **KEY)["UploadId"]
    with pytest.raises(ClientError, match="must include the appropriate encryption parameters"):
        s3.upload_part(**upload, PartNumber=1, Body=b"x")
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x", **KEY)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})

    assert s3.get_object(Bucket=bucket, Key="k", **KEY)["SSECustomerKeyMD5"] == put["SSECustomerKeyMD5"]
    assert s3.get_object(Bucket=bucket, Key="copy", **OTHER_KEY)["Body"].read() == b"x"
    assert s3.get_object(Bucket=bucket, Key="parts", **KEY)["Body"].read() == b"x"
    assert "ServerSideEncryption" not in put


def test_a_key_of_kms_is_named_by_its_arn(s3: Any, bucket: str) -> None:
    """Named by id or alias, or not at all: then it is the account's own for S3."""
    told = [
        s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms", **named)["SSEKMSKeyId"]
        for named in ({"SSEKMSKeyId": "1234"}, {"SSEKMSKeyId": "alias/mine"}, {"SSEKMSKeyId": f"{KMS}:key/5"}, {})
    ]

    assert told[:3] == [f"{KMS}:key/1234", f"{KMS}:alias/mine", f"{KMS}:key/5"]
    assert told[3].startswith(f"{KMS}:key/")


def test_a_context_is_told_to_its_writer_only(s3: Any, bucket: str) -> None:
    """It goes with the key, and reads say nothing of it."""
    context = {"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "e30="}

    put = s3.put_object(Bucket=bucket, Key="k", Body=b"", BucketKeyEnabled=True, **context)
    head = s3.head_object(Bucket=bucket, Key="k")

    assert {name: put[name] for name in context} == context
    assert "SSEKMSEncryptionContext" not in head
    assert put["BucketKeyEnabled"] is head["BucketKeyEnabled"] is True


def test_what_is_written_is_encrypted_as_the_bucket_says(s3: Any, bucket: str) -> None:
    """Unless the write says otherwise."""
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "1234"}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})

    put = s3.put_object(Bucket=bucket, Key="k", Body=b"")
    own = s3.put_object(Bucket=bucket, Key="o", Body=b"", ServerSideEncryption="AES256")

    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", f"{KMS}:key/1234")
    assert put["BucketKeyEnabled"]
    assert own["ServerSideEncryption"] == "AES256"
    assert "SSEKMSKeyId" not in own


def test_a_bucket_may_block_keys_of_ones_own(s3: Any, bucket: str) -> None:
    """Nothing new is written with one; what was is read and listed as before (documented)."""
    s3.put_object(Bucket=bucket, Key="old", Body=b"x", **KEY)
    rules = [{"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})

    for write in (s3.put_object, s3.create_multipart_upload):
        with pytest.raises(
            ClientError, match="has blocked upload requests that specify Server Side Encryption with Cust"
        ):
            write(Bucket=bucket, Key="new", **KEY)

    assert s3.get_object(Bucket=bucket, Key="old", **KEY)["Body"].read() == b"x"
    assert s3.put_object(Bucket=bucket, Key="new")["ServerSideEncryption"] == "AES256"


def test_an_object_gets_another_key(s3: Any, bucket: str) -> None:
    """Its data, date and ETag stay."""
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="GLACIER")
    key = f"{KMS}:key/k-1"

    s3.update_object_encryption(
        Bucket=bucket, Key="k", ObjectEncryption={"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": True}}
    )

    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["BucketKeyEnabled"]) == ("aws:kms", key, True)
    assert (head["ETag"], head["StorageClass"]) == (put["ETag"], "GLACIER")


@pytest.mark.parametrize(
    ("written", "key", "code", "words"),
    [
        ({}, "alias/the-key-of-photos", "InvalidRequest", "require a valid AWS KMS key"),
        ({}, "arn:aws:kms:us-east-1:111122223333:key/k", "AccessDenied", "owned by the same account"),
        (KEY, f"{KMS}:key/k", "InvalidRequest", "doesn't support source objects with the encryption type DSSE-KMS"),
        ({"ServerSideEncryption": "aws:kms:dsse"}, f"{KMS}:key/k", "InvalidRequest", "doesn't support source objects"),
    ],
    ids=["no ARN", "another account", "key of one's own", "two layers"],
)
def test_a_key_that_an_object_cannot_have_is_refused(
    s3: Any, bucket: str, written: dict[str, str], key: str, code: str, words: str
) -> None:
    """In the words of the API's reference."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **written)

    with pytest.raises(ClientError, match=words) as refused:
        s3.update_object_encryption(Bucket=bucket, Key="k", ObjectEncryption={"SSEKMS": {"KMSKeyArn": key}})

    assert refused.value.response["Error"]["Code"] == code


def test_a_locked_object_keeps_its_key(s3: Any) -> None:
    """As long as it is locked."""
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="vault", Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")

    with pytest.raises(ClientError, match="protected by S3 Object Lock"):
        s3.update_object_encryption(Bucket="vault", Key="k", ObjectEncryption={"SSEKMS": {"KMSKeyArn": f"{KMS}:key/k"}})
