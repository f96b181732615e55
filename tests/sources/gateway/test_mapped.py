"""What becomes of a body on its way through an integration with templates?"""

import base64
import json
from typing import Any

import pytest

from eventsim_sources.gateway.rest_api.content import filled_in, for_client, for_integration
from eventsim_sources.gateway.rest_api.integration import mocked_status
from tests.sources.gateway.conftest import Aws

JSON = "application/json"
ROLE = "arn:aws:iam::123456789012:role/api"
PNG = "image/png"
BYTES = b"\x89PNG\x00"
CODED = base64.b64encode(BYTES)
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ('{"statusCode": 204}', "204"),
        ('{"statusCode": "404"}', "404"),
        ("{ statusCode: 200 }", "200"),
        ("{'a': 1, 'statusCode': 201, }", "201"),
        ('{"statusCode": null}', ""),
        ('{"xstatusCode": 200,}', ""),
        ('{"statusCode": 200', ""),
        ("[]", ""),
        ("", ""),
    ],
)
def test_a_mock_is_told_a_status_in_loose_json(told: str, status: str) -> None:
    """The CDK writes `{ statusCode: 200 }` for methods that answer preflights, and AWS reads it."""
    assert mocked_status(told) == status


@pytest.mark.parametrize(
    ("body", "kind", "handling", "types", "sent"),
    [
        (BYTES, PNG, "", ["image/*"], BYTES),
        (BYTES, PNG, "CONVERT_TO_BINARY", ["image/*"], BYTES),
        (BYTES, PNG, "CONVERT_TO_TEXT", ["image/*"], CODED.decode()),
        (b"a", "text/plain", "", ["image/*"], "a"),
        (CODED, "text/plain", "CONVERT_TO_BINARY", ["image/*"], BYTES),
        (CODED, PNG, "CONVERT_TO_BINARY", [], BYTES),
        (b"a", PNG, "CONVERT_TO_TEXT", [], "a"),
    ],
)
def test_an_integration_gets_text_or_bytes(
    body: bytes, kind: str, handling: str, types: list[str], sent: str | bytes
) -> None:
    """The table of the developer guide for requests."""
    assert for_integration(body, kind, handling, types) == sent


@pytest.mark.parametrize(
    ("body", "kind", "accept", "handling", "types", "got"),
    [
        (b"a", JSON, PNG, "", [], b"a"),
        (CODED, JSON, JSON, "CONVERT_TO_BINARY", [], BYTES),
        (b"a", JSON, JSON, "", [PNG], b"a"),
        (CODED, JSON, PNG, "", [PNG], BYTES),
        (CODED, JSON, JSON, "CONVERT_TO_BINARY", [PNG], BYTES),
        (CODED, JSON, PNG, "CONVERT_TO_TEXT", [PNG], CODED),
        (BYTES, PNG, PNG, "", [PNG], BYTES),
        (BYTES, PNG, JSON, "", [PNG], CODED),
        (BYTES, PNG, JSON, "CONVERT_TO_BINARY", [PNG], BYTES),
        (BYTES, PNG, PNG, "CONVERT_TO_TEXT", [PNG], CODED),
    ],
)
def test_a_client_gets_text_or_bytes(
    body: bytes, kind: str, accept: str, handling: str, types: list[str], got: bytes
) -> None:
    """The table of the developer guide for responses."""
    assert for_client(body, kind, accept, handling, types) == got


def test_text_that_is_to_become_bytes_is_base64() -> None:
    """Otherwise the request ends with 500, as the trace tells."""
    with pytest.raises(ValueError, match="no base64"):
        filled_in("***", JSON, "CONVERT_TO_BINARY", [])


def test_bytes_go_to_a_bucket_and_come_back(aws: Aws) -> None:
    """Of a media type that the API lists."""
    aws.client("s3").create_bucket(Bucket="pictures")

    def path_of(verb: str) -> dict[str, Any]:
        return {
            "method": {"requestParameters": {"method.request.path.key": True}},
            "type": "AWS",
            "integrationHttpMethod": verb,
            "uri": "arn:aws:apigateway:us-east-1:s3:path/pictures/{key}",
            "credentials": ROLE,
            "requestParameters": {"integration.request.path.key": "method.request.path.key"},
            "responses": [{"statusCode": "200"}],
        }

    methods = {f"{verb} /pictures/{{key}}": path_of(verb) for verb in ("GET", "PUT")}
    aws.make_rest(methods, binaryMediaTypes=[PNG]).deploy()

    aws.simulation.http("PUT", "/pictures/a.png", body=BYTES, headers={"Content-Type": PNG})

    assert aws.client("s3").get_object(Bucket="pictures", Key="a.png")["Body"].read() == BYTES
    assert aws.simulation.http("GET", "/pictures/a.png", headers={"Accept": PNG}).body == BYTES
    assert aws.simulation.http("GET", "/pictures/a.png").body == CODED


def test_services_of_the_query_protocol_answer_in_json(aws: Aws) -> None:
    """API Gateway asks with `Accept: application/json`, so templates find their way in what SQS and SNS say."""
    aws.client("sqs").create_queue(QueueName="orders")
    to_queue = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders",
        "credentials": ROLE,
        "requestParameters": FORM,
        "requestTemplates": {JSON: "Action=SendMessage&MessageBody=$input.body"},
    }
    found = "$input.path('$.SendMessageResponse.SendMessageResult.MessageId')"
    aws.make_rest(
        {
            "POST /a": {**to_queue, "responses": [{"statusCode": "200", "responseTemplates": {JSON: found}}]},
            "POST /b": {**to_queue, "responses": [{"statusCode": "200"}]},
        }
    ).deploy()

    identifier, plain = (aws.simulation.http("POST", path, json={}) for path in ("/a", "/b"))

    assert len(identifier.text) == len("7f7c7b5c-1f6e-4b0e-9d67-4f8a32a3e7f1")
    answer = json.loads(plain.text)["SendMessageResponse"]
    assert set(answer) == {"SendMessageResult", "ResponseMetadata"}
    assert (answer["SendMessageResult"]["SequenceNumber"], plain.headers.get("content-type")) == (None, JSON)


def test_an_action_takes_parameters_of_the_query(aws: Aws) -> None:
    """As the console sets SQS up: an action, and what it needs in `integration.request.querystring`."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    query = "integration.request.querystring"
    integration = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage",
        "credentials": ROLE,
        "requestParameters": {f"{query}.QueueUrl": f"'{url}'", f"{query}.MessageBody": "method.request.body"},
        "responses": [{"statusCode": "200"}],
    }
    aws.make_rest({"POST /a": integration}).deploy()

    reply = aws.simulation.http("POST", "/a", json={"n": 1})

    assert "SendMessageResponse" in reply.json()
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ['{"n": 1}']


def test_a_mapped_answer_is_json_unless_it_is_said_otherwise(aws: Aws) -> None:
    """The service's own `Content-Type` is handed on by a mapping alone."""
    aws.client("s3").create_bucket(Bucket="texts")
    aws.client("s3").put_object(Bucket="texts", Key="a", Body=b"a", ContentType="text/plain")
    api = aws.make_rest({})
    content_type = "method.response.header.Content-Type"
    for path, parameters in (("/a", {}), ("/b", {content_type: "integration.response.header.Content-Type"})):
        api.add(
            f"GET {path}",
            type="AWS",
            integrationHttpMethod="GET",
            uri="arn:aws:apigateway:us-east-1:s3:path/texts/a",
            credentials=ROLE,
            responses=[{"statusCode": "200", "responseParameters": parameters}],
        )
    api.deploy()

    kinds = [aws.simulation.http("GET", path).headers.get("content-type") for path in ("/a", "/b")]

    assert kinds == [JSON, "text/plain"]
