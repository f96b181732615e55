"""Exports of tables to buckets, and tables made of what buckets hold."""

import gzip
import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

NewTable = Callable[..., Any]

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
KEYS = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def table(world: SyncSimulation, dynamodb: Any, new_table: NewTable, s3: Any) -> Any:
    """Return a table whose changes are kept, beside an empty bucket."""
    made = new_table()
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=recovery)
    s3.create_bucket(Bucket="lake")
    return made


def exported(dynamodb: Any, **parameters: Any) -> Any:
    """Export a table, and describe what came of it."""
    begun = dynamodb.export_table_to_point_in_time(**{"TableArn": ARN, "S3Bucket": "lake", **parameters})
    arn = begun["ExportDescription"]["ExportArn"]
    return dynamodb.describe_export(ExportArn=arn)["ExportDescription"]


def imported(dynamodb: Any, name: str = "again", **parameters: Any) -> Any:
    """Make a table of a bucket, and describe what came of it."""
    given: dict[str, Any] = {"S3BucketSource": {"S3Bucket": "lake"}, "InputFormat": "DYNAMODB_JSON", **parameters}
    begun = dynamodb.import_table(TableCreationParameters={"TableName": name, **KEYS}, **given)
    arn = begun["ImportTableDescription"]["ImportArn"]
    return dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]


def content(s3: Any, key: str) -> bytes:
    return bytes(s3.get_object(Bucket="lake", Key=key)["Body"].read())


def lines(s3: Any, told: Any) -> list[Any]:
    """Return what the only file of an export says."""
    summary = json.loads(content(s3, told["ExportManifest"]))
    (listed,) = content(s3, summary["manifestFilesS3Key"]).splitlines()
    text = gzip.decompress(content(s3, json.loads(listed)["dataFileS3Key"])).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_a_table_is_exported(world: SyncSimulation, dynamodb: Any, table: Any, s3: Any) -> None:
    """Items in DynamoDB's JSON, packed, with manifests and their checksums beside them."""
    table.put_item(Item={"id": "1", "tags": {"b", "a"}, "raw": b"\x00"})

    begun = dynamodb.export_table_to_point_in_time(TableArn=ARN, S3Bucket="lake", S3Prefix="daily")["ExportDescription"]
    told = dynamodb.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]
    identifier = begun["ExportArn"].rpartition("/")[2]
    folder = f"daily/AWSDynamoDB/{identifier}"
    summary, listed = (content(s3, f"{folder}/manifest-{name}.json") for name in ("summary", "files"))
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="lake")["Contents"]]
    data = json.loads(listed)["dataFileS3Key"]

    assert begun["ExportStatus"] == "IN_PROGRESS"
    assert begun["ExportArn"].startswith(f"{ARN}/export/01767225600000-")
    assert (told["ExportStatus"], told["ItemCount"], told["ExportFormat"]) == ("COMPLETED", 1, "DYNAMODB_JSON")
    assert (told["ExportManifest"], told["S3Prefix"]) == (f"{folder}/manifest-summary.json", "daily")
    assert sorted(keys) == sorted(
        [
            *(f"{folder}/manifest-{name}" for name in ("files.json", "files.md5", "summary.json", "summary.md5")),
            f"{folder}/_started",
            data,
        ]
    )
    assert lines(s3, told) == [{"Item": {"id": {"S": "1"}, "tags": {"SS": ["a", "b"]}, "raw": {"B": "AA=="}}}]
    assert json.loads(listed)["md5Checksum"] == b64encode(hashlib.md5(content(s3, data)).digest()).decode()
    assert b64decode(content(s3, f"{folder}/manifest-summary.md5")) == hashlib.md5(summary).digest()
    assert json.loads(summary) == {
        "version": "2020-06-30",
        "exportArn": begun["ExportArn"],
        "startTime": "2026-01-01T00:00:00.000Z",
        "endTime": "2026-01-01T00:00:00.000Z",
        "tableArn": ARN,
        "tableId": begun["TableId"],
        "exportTime": "2026-01-01T00:00:00.000Z",
        "s3Bucket": "lake",
        "s3Prefix": "daily",
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "billedSizeBytes": told["BilledSizeBytes"],
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
        "manifestFilesS3Key": f"{folder}/manifest-files.json",
        "itemCount": 1,
    }


def test_an_export_is_of_an_instant(world: SyncSimulation, dynamodb: Any, table: Any, s3: Any) -> None:
    """What came later is not in it."""
    table.put_item(Item={"id": "1"})
    world.advance(60)
    table.put_item(Item={"id": "2"})

    told = exported(dynamodb, ExportTime=world.clock.date(0) + timedelta(seconds=30))

    assert [line["Item"]["id"]["S"] for line in lines(s3, told)] == ["1"]


def test_an_incremental_export_tells_what_changes_come_to(
    world: SyncSimulation, dynamodb: Any, table: Any, s3: Any
) -> None:
    """An item that is new, one that changed twice, one that went, and one that came and went."""
    for name in ("changed", "gone"):
        table.put_item(Item={"id": name, "n": 0})
    world.advance(3600)
    for item in ({"id": "changed", "n": 1}, {"id": "changed", "n": 2}, {"id": "new"}, {"id": "brief"}):
        table.put_item(Item=item)
    for name in ("gone", "brief"):
        table.delete_item(Key={"id": name})
    world.advance(3600)

    hour = world.clock.date(0) + timedelta(hours=1)
    span = {"ExportFromTime": hour, "ExportToTime": hour + timedelta(minutes=30)}
    told = exported(dynamodb, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=span)
    at = {"Metadata": {"WriteTimestampMicros": {"N": "1767229200000000"}}}

    def told_of(name: str, **images: Any) -> Any:
        return {**at, "Keys": {"id": {"S": name}}, **images}

    assert lines(s3, told) == [
        told_of(
            "changed",
            OldImage={"id": {"S": "changed"}, "n": {"N": "0"}},
            NewImage={"id": {"S": "changed"}, "n": {"N": "2"}},
        ),
        told_of("new", NewImage={"id": {"S": "new"}}),
        told_of("brief"),
        told_of("gone", OldImage={"id": {"S": "gone"}, "n": {"N": "0"}}),
    ]
    assert told["IncrementalExportSpecification"]["ExportViewType"] == "NEW_AND_OLD_IMAGES"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ExportTime": 1}, "InvalidExportTimeException"),
        ({"ExportType": "INCREMENTAL_EXPORT"}, "ValidationException"),
        (
            {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {"ExportFromTime": 1767225600}},
            "InvalidExportTimeException",
        ),
        ({"TableArn": ARN.replace("orders", "others")}, "TableNotFoundException"),
        ({"ExportFormat": "ION"}, "NotImplemented"),
    ],
    ids=["too early", "of no span", "too short", "of no table", "in Ion"],
)
def test_an_export_that_makes_no_sense_is_refused(
    dynamodb: Any, table: Any, parameters: dict[str, Any], code: str
) -> None:
    """An instant of which nothing is known, a span that is none, a table that is not there."""
    with pytest.raises(ClientError) as caught:
        dynamodb.export_table_to_point_in_time(**{"TableArn": ARN, "S3Bucket": "lake", **parameters})

    assert caught.value.response["Error"]["Code"] == code


def test_a_table_that_keeps_no_changes_is_not_exported(dynamodb: Any, new_table: NewTable) -> None:
    """Point-in-time recovery comes first."""
    new_table()

    with pytest.raises(dynamodb.exceptions.PointInTimeRecoveryUnavailableException):
        dynamodb.export_table_to_point_in_time(TableArn=ARN, S3Bucket="lake")


def test_an_export_may_be_encrypted(dynamodb: Any, table: Any, s3: Any) -> None:
    """S3 has a name of its own for keys of KMS."""
    told = exported(dynamodb, S3SseAlgorithm="KMS", S3SseKmsKeyId="alias/lake")

    found = s3.head_object(Bucket="lake", Key=told["ExportManifest"])

    assert (told["ExportStatus"], found["ServerSideEncryption"]) == ("COMPLETED", "aws:kms")
    assert json.loads(content(s3, told["ExportManifest"]))["s3SseAlgorithm"] == "KMS"


def test_an_export_to_no_bucket_fails(dynamodb: Any, table: Any) -> None:
    """It begins, and its description says why it failed."""
    told = exported(dynamodb, S3Bucket="nowhere")

    assert (told["ExportStatus"], told["FailureCode"]) == ("FAILED", "S3NoSuchBucket")


def test_exports_are_listed_and_not_repeated(world: SyncSimulation, dynamodb: Any, table: Any) -> None:
    """A token means the same export for eight hours; exports are listed by page."""
    first, again, other = (exported(dynamodb, ClientToken=token) for token in ("a", "a", "b"))
    page = dynamodb.list_exports(TableArn=ARN, MaxResults=1)
    rest = dynamodb.list_exports(TableArn=ARN, NextToken=page["NextToken"])["ExportSummaries"]
    with pytest.raises(dynamodb.exceptions.ExportConflictException):
        exported(dynamodb, ClientToken="a", S3Prefix="other")
    world.advance("8 h")

    assert first["ExportArn"] == again["ExportArn"] != other["ExportArn"]
    assert [each["ExportArn"] for each in (*page["ExportSummaries"], *rest)] == [first["ExportArn"], other["ExportArn"]]
    assert rest[0] == {"ExportArn": other["ExportArn"], "ExportStatus": "COMPLETED", "ExportType": "FULL_EXPORT"}
    assert exported(dynamodb, ClientToken="a", S3Prefix="other")["ExportStatus"] == "COMPLETED"
    with pytest.raises(dynamodb.exceptions.ExportNotFoundException):
        dynamodb.describe_export(ExportArn=f"{ARN}/export/none-of-this-name-0000000000000")


def test_an_export_is_imported(dynamodb: Any, table: Any, s3: Any) -> None:
    """What an export wrote, an import reads."""
    item = {"id": {"N": "1"}, "m": {"M": {"l": {"L": [{"B": b"\x00\xff"}, {"NULL": True}]}}}, "s": {"S": "a\u2028b"}}
    dynamodb.create_table(TableName="numbers", **KEYS)
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="numbers", PointInTimeRecoverySpecification=recovery)
    dynamodb.put_item(TableName="numbers", Item=item)
    told = exported(dynamodb, TableArn=ARN.replace("orders", "numbers"))
    folder = told["ExportManifest"].replace("manifest-summary.json", "data/")

    told = imported(dynamodb, S3BucketSource={"S3Bucket": "lake", "S3KeyPrefix": folder}, InputCompressionType="GZIP")

    assert dynamodb.scan(TableName="again")["Items"] == [item]
    assert (told["ImportStatus"], told["ErrorCount"], told["ImportedItemCount"]) == ("COMPLETED", 0, 1)
    assert told["TableId"] == dynamodb.describe_table(TableName="again")["Table"]["TableId"]


def test_values_separated_by_commas_become_items(world: SyncSimulation, dynamodb: Any, table: Any, s3: Any) -> None:
    """Keys have their types, all else are texts; the later of two items with one key stays; bad lines are told."""
    s3.put_object(Bucket="lake", Key="a.csv", Body=b'id;color\n1;red\n2;"a;b"\nthree;blue\n2;\n4\n')

    told = imported(dynamodb, InputFormat="CSV", InputFormatOptions={"Csv": {"Delimiter": ";"}})
    reasons = [entry.detail["reason"] for entry in world.trace.entries(["item not imported"])]

    assert sorted(dynamodb.scan(TableName="again")["Items"], key=str) == [
        {"id": {"N": "1"}, "color": {"S": "red"}},
        {"id": {"N": "2"}, "color": {"S": ""}},
    ]
    assert (told["ProcessedItemCount"], told["ImportedItemCount"], told["ErrorCount"]) == (5, 3, 2)
    assert "three" in reasons[0]
    assert reasons[1] == "a.csv: The line has 1 values, the header 2"


def test_a_header_may_be_given(dynamodb: Any, table: Any, s3: Any) -> None:
    """Then the first line of a file is an item as well."""
    s3.put_object(Bucket="lake", Key="a.csv", Body=b"1,red\n")

    imported(dynamodb, InputFormat="CSV", InputFormatOptions={"Csv": {"HeaderList": ["id", "color"]}})

    assert dynamodb.scan(TableName="again")["Items"] == [{"id": {"N": "1"}, "color": {"S": "red"}}]


def test_a_file_that_cannot_be_read_is_one_error(dynamodb: Any, table: Any, s3: Any) -> None:
    """The others are imported all the same."""
    s3.put_object(Bucket="lake", Key="bad", Body=b"no gzip")
    s3.put_object(Bucket="lake", Key="good", Body=gzip.compress(b'{"Item": {"id": {"N": "7"}}}\n{"Item": 7}\n'))

    told = imported(dynamodb, InputCompressionType="GZIP")

    assert dynamodb.scan(TableName="again")["Items"] == [{"id": {"N": "7"}}]
    assert (told["ErrorCount"], told["ProcessedItemCount"]) == (2, 3)


def test_an_import_from_no_bucket_fails(dynamodb: Any, table: Any) -> None:
    """And makes no table."""
    told = imported(dynamodb, S3BucketSource={"S3Bucket": "nowhere"})

    assert (told["ImportStatus"], told["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert dynamodb.list_tables()["TableNames"] == ["orders"]
    assert dynamodb.list_imports()["ImportSummaryList"][0]["ImportArn"] == told["ImportArn"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"name": "orders"}, "ResourceInUseException"),
        ({"InputFormat": "ION"}, "NotImplemented"),
        ({"InputCompressionType": "ZSTD"}, "NotImplemented"),
    ],
    ids=["a name that is taken", "Ion", "zstd"],
)
def test_an_import_that_makes_no_sense_is_refused(
    dynamodb: Any, table: Any, parameters: dict[str, Any], code: str
) -> None:
    """What nobody simulates is refused by name."""
    with pytest.raises(ClientError) as caught:
        imported(dynamodb, **parameters)

    assert caught.value.response["Error"]["Code"] == code


def test_an_import_has_a_token_too(dynamodb: Any, table: Any) -> None:
    """What it began is not begun twice, and nothing else is."""
    first, again = (imported(dynamodb, ClientToken="a") for _ in range(2))

    assert first["ImportArn"] == again["ImportArn"]
    with pytest.raises(dynamodb.exceptions.ImportConflictException):
        imported(dynamodb, ClientToken="a", InputCompressionType="GZIP")
    with pytest.raises(dynamodb.exceptions.ImportNotFoundException):
        dynamodb.describe_import(ImportArn=f"{ARN}/import/none-of-this-name-0000000000000")
