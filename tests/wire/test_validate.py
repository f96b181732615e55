"""What AWS checks before an operation sees the parameters, in its words."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim.wire.models import find_service
from eventsim.wire.pattern import fits
from eventsim.wire.validate import check


def refusal(service: str, operation: str, **parameters: Any) -> ApiError | None:
    """Return the error that parameters meet, or None."""
    model = find_service(service)
    assert model is not None
    found = model.operation(operation)
    assert found is not None
    try:
        check(model, found, parameters)
    except ApiError as error:
        return error
    return None


PATTERN = "Member must satisfy regular expression pattern: "


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "words"),
    [
        pytest.param(
            "lambda",
            "PutFunctionConcurrency",
            {"FunctionName": "f", "ReservedConcurrentExecutions": -1},
            "Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: "
            "Member must have value greater than or equal to 0",
            id="too small",
        ),
        pytest.param(
            "kinesis",
            "GetRecords",
            {"ShardIterator": "i", "Limit": 10_001},
            "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
            id="too big",
        ),
        pytest.param(
            "stepfunctions",
            "StartExecution",
            {"stateMachineArn": "a", "input": "x" * 262_145},
            "Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144",
            id="too long, and sensitive",
        ),
        pytest.param(
            "events",
            "PutEvents",
            {"Entries": [{"Source": "a", "Detail": "x", "Resources": ["r"]}] * 11},
            "Value '["
            + ", ".join(
                [
                    "PutEventsRequestEntry(time=null, source=a, resources=[r], detailType=null, detail=x, "
                    "eventBusName=null, traceHeader=null)"
                ]
                * 11
            )
            + "]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
            id="structures by name",
        ),
        pytest.param(
            "events",
            "PutRule",
            {},
            "Value null at 'name' failed to satisfy constraint: Member must not be null",
            id="missing",
        ),
        pytest.param(
            "dynamodb",
            "DescribeTable",
            {"TableName": ""},
            "Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
            id="too short",
        ),
        pytest.param(
            "lambda",
            "Invoke",
            {"FunctionName": "f", "InvocationType": "Later"},
            "Value 'Later' at 'invocationType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
            id="not one of them",
        ),
        pytest.param(
            "lambda",
            "CreateEventSourceMapping",
            {"FunctionName": "f", "StartingPosition": "invalid"},
            "Value 'invalid' at 'startingPosition' failed to satisfy constraint: "
            "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
            id="in the order in which AWS names them",
        ),
        pytest.param(
            "kinesis",
            "DescribeStream",
            {"StreamName": "a b"},
            f"Value 'a b' at 'streamName' failed to satisfy constraint: {PATTERN}[a-zA-Z0-9_.-]+",
            id="not of this form",
        ),
        pytest.param(
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Id": "1"}]},
            "Value null at 'targets.1.member.arn' failed to satisfy constraint: Member must not be null",
            id="missing in a list",
        ),
        pytest.param(
            "dynamodb",
            "GetItem",
            {"TableName": "t", "Key": {"k" * 65_536: {"S": "a"}}, "ReturnConsumedCapacity": "x"},
            "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: "
            "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
            id="keys of a map are the user's",
        ),
        pytest.param(
            "kinesis",
            "AddTagsToStream",
            {"StreamName": "s", "Tags": {"k": "v" * 257}},
            f"Value '{{k={'v' * 257}}}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: "
            "[Member must have length less than or equal to 256, Member must have length greater than or equal to 0]",
            id="too long in a map",
        ),
        pytest.param(
            "kinesis",
            "AddTagsToStream",
            {"StreamName": "s", "Tags": {"": "v"}},
            "Value '{=v}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: "
            "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
            id="a key of a map",
        ),
        pytest.param(
            "dynamodb",
            "BatchWriteItem",
            {"RequestItems": {"t": [{"DeleteRequest": {"Key": {"k": {"S": "a"}}}}] * 26}},
            "Value at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
            "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]",
            id="too many in a map, which DynamoDB does not repeat",
        ),
        pytest.param(
            "kinesis",
            "PutRecord",
            {"StreamName": "s", "PartitionKey": "k", "Data": b"x" * (10 * 1_048_576 + 1)},
            "Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 10485760",
            id="data",
        ),
        pytest.param(
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"t": {"Keys": []}}},
            "Value '[]' at 'requestItems.t.member.keys' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
            id="an empty list",
        ),
        pytest.param(
            "kinesis",
            "RemoveTagsFromStream",
            {"StreamName": "s", "TagKeys": ["ok", ""]},
            "Value '[ok, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
            id="in a list of texts",
        ),
        pytest.param(
            "lambda",
            "CreateEventSourceMapping",
            {"FunctionName": "f", "FunctionResponseTypes": ["x"]},
            "Value '[x]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]",
            id="in a list, which Lambda wants without nulls",
        ),
        pytest.param(
            "lambda",
            "CreateAlias",
            {
                "FunctionName": "f",
                "Name": "a",
                "FunctionVersion": "1",
                "RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}},
            },
            "Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must "
            "satisfy constraint: [Member must have value less than or equal to 1.0, "
            "Member must have value greater than or equal to 0.0, Member must not be null]",
            id="in a map, which Lambda wants without nulls",
        ),
        pytest.param(
            "kinesis",
            "PutRecords",
            {"StreamName": "s", "Records": [None]},
            "Value null at 'records.1.member' failed to satisfy constraint: Member must not be null",
            id="null in a list",
        ),
        pytest.param(
            "apigateway",
            "PutIntegration",
            {"restApiId": "a", "resourceId": "r", "httpMethod": "GET", "type": "aws"},
            "Value 'aws' at 'putIntegrationInput.type' failed to satisfy constraint: "
            "Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
            id="in a body that is a member",
        ),
        pytest.param(
            "apigateway",
            "PutMethodResponse",
            {"restApiId": "a", "resourceId": "r", "httpMethod": "GET", "statusCode": "20"},
            r"Value '20' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            r"[1-5]\d\d",
            id="in a path beside a body",
        ),
    ],
)
def test_the_frameworks_words(service: str, operation: str, parameters: dict[str, Any], words: str) -> None:
    """Each fault is told with its value, its place and its constraint."""
    error = refusal(service, operation, **parameters)

    assert error is not None
    assert (error.code, error.status) == ("ValidationException", 400)
    assert error.message == f"1 validation error detected: {words}"


def test_faults_are_told_together() -> None:
    """The number comes first."""
    error = refusal("events", "PutTargets")

    assert error is not None
    assert error.message == (
        "2 validation errors detected: Value null at 'rule' failed to satisfy constraint: Member must not be null; "
        "Value null at 'targets' failed to satisfy constraint: Member must not be null"
    )


def test_lengths_are_counted_as_java_counts() -> None:
    """A character beyond the basic plane counts twice."""
    assert refusal("kinesis", "AddTagsToStream", StreamName="s", Tags={"k": "\U0001f600" * 128}) is None
    assert refusal("kinesis", "AddTagsToStream", StreamName="s", Tags={"k": "\U0001f600" * 129}) is not None


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::000000000000:role/r"}, "ValidationError"),
        ("logs", "CreateLogGroup", {"logGroupName": ""}, "InvalidParameterException"),
        ("logs", "DeleteLogGroup", {"logGroupName": ""}, "InvalidParameterException"),
        ("logs", "GetDelivery", {"id": ""}, "ValidationException"),
        ("cloudwatch", "PutMetricData", {}, "ValidationError"),
    ],
)
def test_some_services_have_a_code_of_their_own(
    service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    """The words are the framework's all the same; newer operations of CloudWatch Logs have the usual code."""
    error = refusal(service, operation, **parameters)

    assert error is not None
    assert error.code == code


@pytest.mark.parametrize(
    ("operation", "parameters", "name"),
    [
        ("SendMessage", {"QueueUrl": "q"}, "MessageBody"),
        ("SendMessage", {"MessageBody": "b"}, "QueueUrl"),
        ("DeleteMessageBatch", {"QueueUrl": "q", "Entries": [{"Id": "1"}]}, "ReceiptHandle"),
        ("DeleteMessageBatch", {"QueueUrl": "q", "Entries": [None]}, "Entries"),
    ],
)
def test_sqs_misses_parameters(operation: str, parameters: dict[str, Any], name: str) -> None:
    """Recorded for SQS, whose operations check all else themselves."""
    error = refusal("sqs", operation, **parameters)

    assert error is not None
    assert (error.code, error.shape) == ("MissingParameter", "MissingRequiredParameterException")
    assert error.message == f"The request must contain the parameter {name}."


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("CopyObject", {"Bucket": "b", "Key": "k"}, "InvalidRequest"),
        ("UploadPart", {"Bucket": "b", "Key": "k", "UploadId": "u"}, "InvalidArgument"),
        ("PutBucketTagging", {"Bucket": "b"}, "MissingRequestBodyError"),
        ("DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{}]}}, "MalformedXML"),
    ],
)
def test_s3_misses_parameters(operation: str, parameters: dict[str, Any], code: str) -> None:
    """The code says where something is missing: in a header, the query, the document."""
    error = refusal("s3", operation, **parameters)

    assert error is not None
    assert error.code == code


INVENTORY = {
    "Id": "all",
    "IsEnabled": True,
    "IncludedObjectVersions": "All",
    "Schedule": {"Frequency": "Daily"},
    "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::b", "Format": "CSV"}},
}
FOREIGN_WORDS = [
    ("PutBucketVersioning", {"VersioningConfiguration": {"Status": "enabled"}}),
    ("PutBucketRequestPayment", {"RequestPaymentConfiguration": {"Payer": "Nobody"}}),
    (
        "PutBucketLifecycleConfiguration",
        {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Transitions": [{"StorageClass": "STANDARD"}]}]}},
    ),
    (
        "PutBucketInventoryConfiguration",
        {"Id": "all", "InventoryConfiguration": {**INVENTORY, "OptionalFields": ["x"]}},
    ),
    (
        "PutBucketInventoryConfiguration",
        {"Id": "all", "InventoryConfiguration": {**INVENTORY, "Schedule": {"Frequency": "Hourly"}}},
    ),
    (
        "PutBucketIntelligentTieringConfiguration",
        {"Id": "all", "IntelligentTieringConfiguration": {"Id": "all", "Status": "On", "Tierings": []}},
    ),
]


@pytest.mark.parametrize(("operation", "parameters"), FOREIGN_WORDS)
def test_s3_holds_documents_against_a_schema(operation: str, parameters: dict[str, Any]) -> None:
    """A word that the schema does not have makes the whole document malformed."""
    error = refusal("s3", operation, Bucket="b", **parameters)

    assert error is not None
    assert error.code == "MalformedXML"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("PutObject", {"Key": "k", "StorageClass": "COLD"}),
        ("CreateBucket", {"CreateBucketConfiguration": {"LocationConstraint": "moon-1"}}),
        (
            "PutBucketNotificationConfiguration",
            {"NotificationConfiguration": {"QueueConfigurations": [{"QueueArn": "arn:x", "Events": ["s3:Moon"]}]}},
        ),
    ],
)
def test_s3_leaves_other_words_to_its_operations(operation: str, parameters: dict[str, Any]) -> None:
    """Headers, and some values of documents, are refused with words of their own."""
    assert refusal("s3", operation, Bucket="b", **parameters) is None


@pytest.mark.parametrize(
    ("pattern", "text", "is_fit"),
    [
        (r"[a-z]+", "abc", True),
        (r"[a-z]+", "abc!", False),
        (r"[\p{L}\p{N}_.-]+", "Größe_1", True),
        (r"\p{Print}+", "\x00", True),
        (r"(-*[a-z-])*", "-" * 200 + "!", True),
        (r"([a-z]+\.)*[a-z]+", "a.b.", False),
        (r"[a-z]+", "a" * 2_000 + "!", True),
    ],
    ids=["fits", "does not", "classes", "unknown classes", "exponential", "short and risky", "long"],
)
def test_patterns_are_held_against_texts(pattern: str, text: str, is_fit: bool) -> None:
    """What Python cannot say, or cannot say in bounded time, passes."""
    assert fits(pattern, text) is is_fit


def test_what_is_right_passes() -> None:
    """Patterns of the models are Java's; the few that Python cannot say are not checked."""
    assert refusal("lambda", "Invoke", FunctionName="arn:aws:lambda:us-east-1:000000000000:function:f:prod") is None
    assert refusal("logs", "TagResource", resourceArn="arn:aws:logs:a:b:c", tags={"Größe": "a b"}) is None
    assert refusal("sqs", "ListQueues") is None
    assert refusal("sts", "GetCallerIdentity") is None


@pytest.mark.parametrize(("expression", "is_refused"), [("AWS:Tag.Key", False), ("", True)])
def test_what_holds_itself_is_checked_to_its_depth(expression: str, is_refused: bool) -> None:
    """An aggregator of Systems Manager may hold aggregators, and so on."""
    inner = {"Expression": "AWS:Tag.Key", "Aggregators": [{"Expression": expression}]}

    refused = refusal("ssm", "GetInventory", Aggregators=[{"Aggregators": [inner]}])

    assert (refused is not None) is is_refused
