"""Uploads from HTML forms, as `generate_presigned_post` makes them."""

import base64
import json
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from eventsim.wire.answer import decode, encode, refuse_expired
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

ID = "11111111-2222-3333-4444-555555555555"
CREDENTIAL = "key/20260101/eu-west-1/s3/aws4_request"


def form(fields: dict[str, str], content: bytes | None = b"cat\r\n\x00", *, after: str = "") -> bytes:
    """Return the body of a form; the file comes last, but for a field after it."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in fields.items()
    ]
    if content is not None:
        head = '--x\r\nContent-Disposition: form-data; name="file"; filename="C/my cat.jpg"\r\nContent-Type: image/jpeg'
        parts.append(head.encode() + b"\r\n\r\n" + content)
    if after:
        parts.append(f'--x\r\nContent-Disposition: form-data; name="{after}"\r\n\r\nlate'.encode())
    return b"\r\n".join([*parts, b"--x--\r\n"])


def post(body: bytes, path: str = "/shelf", host: str = "s3.localhost", boundary: str = "; boundary=x") -> Any:
    """Read a form's upload."""
    headers = Headers({"Host": host, "Content-Type": f"multipart/form-data{boundary}"})
    request = HttpRequest(method="POST", path=path, headers=headers, body=body)
    return decode(request, request_id=ID, home=Home())


def policy(*conditions: object, expiration: str = "2026-01-01T01:00:00Z") -> str:
    """Return a policy as a form has it."""
    document = json.dumps({"expiration": expiration, "conditions": conditions})
    return base64.b64encode(document.encode()).decode()


def test_a_form_is_a_put_in_other_words() -> None:
    """The file's bytes stay as they are; fields before it say what headers would, those after it are ignored."""
    fields = {
        "key": "photos/${filename}",
        "Content-Type": "image/jpeg",
        "x-amz-meta-owner": "ann",
        "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag></TagSet></Tagging>",
        "X-Amz-Credential": CREDENTIAL,
    }

    call: Call = post(form(fields, after="x-amz-meta-late"))

    assert (call.operation.name, call.exchange.region) == ("PutObject", "eu-west-1")
    assert call.parameters["Body"].read() == b"cat\r\n\x00"
    assert {name: call.parameters[name] for name in ("Bucket", "Key", "ContentType", "Metadata", "Tagging")} == {
        "Bucket": "shelf",
        "Key": "photos/my cat.jpg",
        "ContentType": "image/jpeg",
        "Metadata": {"owner": "ann"},
        "Tagging": "a=1+%26+2",
    }


@pytest.mark.parametrize(
    ("fields", "status", "header"),
    [
        pytest.param({}, 204, ("Location", "http://shelf.s3.localhost/k"), id="nothing said"),
        pytest.param({"success_action_status": "200"}, 200, ("Location", "http://shelf.s3.localhost/k"), id="200"),
        pytest.param({"success_action_status": "201"}, 201, ("Content-Type", "application/xml"), id="201"),
        pytest.param({"success_action_status": "404"}, 204, ("ETag", '"e"'), id="a status that is none of these"),
        pytest.param(
            {"success_action_redirect": "http://localhost/done?a=1"},
            303,
            ("Location", "http://localhost/done?a=1&bucket=shelf&key=k&etag=%22e%22"),
            id="a page to go to",
        ),
    ],
)
def test_the_form_says_how_it_is_answered(fields: dict[str, str], status: int, header: tuple[str, str]) -> None:
    """An empty answer is the default."""
    call = post(form({"key": "k", **fields}), path="/", host="shelf.s3.localhost")

    answer = encode(call, {"ETag": '"e"'})

    assert answer.status == status
    assert header in answer.headers


def test_an_answer_of_201_tells_of_the_object() -> None:
    """In a document, for forms without a script."""
    answer: Any = encode(post(form({"key": "a&b", "success_action_status": "201"})), {"ETag": '"e"'})

    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>http://s3.localhost/shelf/a%26b</Location>'
        '<Bucket>shelf</Bucket><Key>a&amp;b</Key><ETag>"e"</ETag></PostResponse>'
    )


@pytest.mark.parametrize(
    ("fields", "conditions", "refusal"),
    [
        pytest.param({}, [{"bucket": "shelf"}, ["starts-with", "$key", "photos/"]], None, id="met"),
        pytest.param(
            {}, [{"bucket": "shelf"}, {"key": "photos/b"}], (403, "Policy Condition failed"), id="another key"
        ),
        pytest.param({}, [{"bucket": "other"}, ["starts-with", "$key", ""]], (403, "$bucket"), id="another bucket"),
        pytest.param(
            {},
            [["starts-with", "$key", ""], ["starts-with", "$Content-Type", ""]],
            (403, "Policy Condition failed: ["),
            id="a field is missing",
        ),
        pytest.param({"acl": "private"}, [["starts-with", "$key", ""]], (403, "Extra input fields: acl"), id="unsaid"),
        pytest.param({"x-ignore-me": "1"}, [["starts-with", "$key", ""]], None, id="to be ignored"),
        pytest.param(
            {}, [["starts-with", "$key", ""], ["content-length-range", 0, 3]], (400, "EntityTooLarge"), id="too large"
        ),
        pytest.param(
            {}, [["starts-with", "$key", ""], ["content-length-range", 9, 99]], (400, "EntityTooSmall"), id="too small"
        ),
        pytest.param({}, [["like", "$key", ""]], (400, "InvalidPolicyDocument"), id="no such operator"),
    ],
)
def test_a_form_must_meet_its_policy(
    fields: dict[str, str], conditions: list[object], refusal: tuple[int, str] | None
) -> None:
    """Every field must be named by a condition, and meet it."""
    answer = post(form({"key": "photos/a", "policy": policy(*conditions), "x-amz-signature": "0", **fields}))

    if refusal is None:
        assert isinstance(answer, Call)
    else:
        assert answer.status == refusal[0]
        assert refusal[1] in answer.body.decode()


def test_a_policy_expires() -> None:
    """By the clock of the world, as a presigned URL does."""
    call = post(form({"key": "k", "policy": policy({"key": "k"})}))

    assert refuse_expired(call, datetime(2026, 1, 1, 1, 0, tzinfo=UTC)) is None
    refusal: Any = refuse_expired(call, datetime(2026, 1, 1, 1, 0, 1, tzinfo=UTC))
    assert refusal.status == 403
    assert b"Invalid according to Policy: Policy expired." in refusal.body


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(lambda: post(form({"key": "k"}, None)), "InvalidArgument", id="no file"),
        pytest.param(lambda: post(form({})), "InvalidArgument", id="no key"),
        pytest.param(lambda: post(b"--x", boundary=""), "MalformedPOSTRequest", id="no boundary"),
        pytest.param(lambda: post(b"rubbish"), "MalformedPOSTRequest", id="no parts"),
        pytest.param(lambda: post(form({"key": "k"})[:-20]), "MalformedPOSTRequest", id="cut off"),
        pytest.param(lambda: post(form({"key": "k" * 30_000})), "MaxPostPreDataLengthExceeded", id="huge fields"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(answer: Callable[[], HttpResponse], code: str) -> None:
    """In S3's words, and nothing is stored."""
    refusal: Any = answer()

    assert refusal.status == 400
    assert f"<Code>{code}</Code>" in refusal.body.decode()


def test_what_boto3_presigns_is_understood() -> None:
    """Its fields and its policy."""
    client = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="key", aws_secret_access_key="secret")
    made = client.generate_presigned_post(
        "shelf", "a/${filename}", Fields={"acl": "private"}, Conditions=[{"acl": "private"}]
    )

    call = post(form(made["fields"]), host=urllib.parse.urlsplit(made["url"]).netloc, path="/")

    assert isinstance(call, Call)
    assert call.parameters["ACL"] == "private"
