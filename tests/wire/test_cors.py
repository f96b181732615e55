"""Which pages of other origins does a bucket let ask?"""

from typing import Any

import pytest

from eventsim import ApiError, Headers
from eventsim.wire.cors import allowance, preflight

RULES: list[dict[str, Any]] = [
    {
        "AllowedOrigins": ["https://*.example.com", "https://shop.test"],
        "AllowedMethods": ["PUT", "GET"],
        "AllowedHeaders": ["Content-Type", "x-amz-*"],
        "ExposeHeaders": ["ETag", "x-amz-request-id"],
        "MaxAgeSeconds": 300,
    },
    {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]},
]
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def asked(origin: str = "", method: str = "", headers: str = "") -> Headers:
    """What a browser sends beforehand."""
    given = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return Headers({name: text for name, text in given.items() if text})


def test_the_first_rule_that_fits_is_told() -> None:
    """With the headers that were asked for, in small letters, and credentials, for a single origin."""
    told = preflight(RULES, asked("https://a.example.com", "PUT", "X-Amz-Meta-A, Content-Type"), is_about_object=True)

    assert told == (
        ("Access-Control-Allow-Origin", "https://a.example.com"),
        ("Access-Control-Allow-Methods", "PUT, GET"),
        ("Access-Control-Allow-Headers", "x-amz-meta-a, content-type"),
        ("Access-Control-Expose-Headers", "ETag, x-amz-request-id"),
        ("Access-Control-Max-Age", "300"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", VARY),
    )


def test_a_rule_for_everybody_has_no_credentials() -> None:
    """Nor does it name the origin."""
    told = preflight(RULES, asked("https://other.test", "GET"), is_about_object=True)

    assert told == (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "GET"),
        ("Vary", VARY),
    )


@pytest.mark.parametrize(
    ("origin", "method", "headers"),
    [
        ("https://other.test", "PUT", ""),
        ("https://shop.test", "DELETE", ""),
        ("https://shop.test", "PUT", "authorization"),
        ("https://shop.test.evil.test", "PUT", ""),
        ("https://.example.co", "PUT", ""),
    ],
    ids=["another origin", "another method", "another header", "a longer origin", "a shorter origin"],
)
def test_what_no_rule_allows_is_refused(origin: str, method: str, headers: str) -> None:
    """In S3's words, its misspelling included."""
    with pytest.raises(ApiError) as refused:
        preflight(RULES, asked(origin, method, headers), is_about_object=True)

    assert (refused.value.code, refused.value.status) == ("AccessForbidden", 403)
    assert refused.value.message.startswith("CORSResponse: This CORS request is not allowed. This is usually because")
    assert refused.value.fields == {"Method": method, "ResourceType": "OBJECT"}


@pytest.mark.parametrize(
    ("rules", "headers", "code", "message"),
    [
        ([], asked("https://a", "GET"), "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."),
        (None, asked("https://a", "GET"), "AccessForbidden", "CORSResponse: Bucket not found"),
        (RULES, asked("", "GET"), "BadRequest", "Insufficient information. Origin request header needed."),
        (RULES, asked("https://a"), "BadRequest", "Invalid Access-Control-Request-Method: null"),
        (RULES, asked("https://a", "PATCH"), "BadRequest", "Invalid Access-Control-Request-Method: PATCH"),
    ],
    ids=["no rules", "no bucket", "no origin", "no method", "no method of S3's"],
)
def test_a_question_that_cannot_be_answered(rules: Any, headers: Headers, code: str, message: str) -> None:
    """Each has its words."""
    with pytest.raises(ApiError) as refused:
        preflight(rules, headers, is_about_object=False)

    assert (refused.value.code, refused.value.message) == (code, message)


def test_an_answer_may_be_seen_whatever_headers_were_sent() -> None:
    """Those were asked about beforehand."""
    told = dict(allowance(RULES, "https://shop.test", "PUT"))

    assert (told["Access-Control-Allow-Origin"], "Access-Control-Allow-Headers" in told) == ("https://shop.test", False)
    assert allowance(RULES, "https://other.test", "PUT") == ()
