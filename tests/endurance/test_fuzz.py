"""Does anything that somebody may send make the wire raise? Hypothesis tries for as long as `EVENTSIM_FUZZ_S` says."""

import os
from time import monotonic  # noqa: TID251 - how long to go on
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from eventsim.live.http1 import Malformed, RequestParser
from eventsim.wire.answer import decode
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

pytestmark = pytest.mark.endurance

SPAN_S = float(os.environ.get("EVENTSIM_FUZZ_S", "60")) / 2
ID = "11111111-2222-3333-4444-555555555555"

TARGETS = st.sampled_from(
    [
        "AmazonSQS.SendMessage",
        "DynamoDB_20120810.PutItem",
        "Kinesis_20131202.PutRecords",
        "AWSEvents.PutEvents",
        "a.b",
        ".",
    ]
)
TYPES = st.sampled_from(
    [
        *(
            "application/x-amz-json-1.0",
            "application/x-amz-json-1.1",
            "application/json",
            "application/xml",
            "text/plain",
        ),
        *("application/x-www-form-urlencoded", "application/cbor", "application/x-amz-cbor-1.1"),
        "multipart/form-data; boundary=b",
    ]
)
PATHS = st.sampled_from(
    [
        *(
            "/",
            "/bucket",
            "/bucket/key",
            "/bucket/%ff%00",
            "//",
            "/000000000000/queue",
            "/2015-03-31/functions/f/invocations",
        ),
        *("/service/GraniteServiceVersion20100801/operation/PutMetricData", "/2015-03-31/event-source-mappings/"),
    ]
) | st.text(max_size=40).map(lambda text: "/" + text)
QUERIES = st.sampled_from(
    [
        "",
        "uploads",
        "list-type=2&max-keys=x",
        "Action=SendMessage&Version=2012-11-05",
        "delete",
        "acl",
        "X-Amz-Expires=9",
    ]
) | st.text(max_size=40)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.sampled_from(["1", "-1e999", "null", "true", '"a"', '"\\ud800"', "[]", "{}"]),
        lambda inner: (
            st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
            | st.lists(inner, max_size=4).map(
                lambda items: (
                    "{"
                    + ",".join(
                        f'"{name}":{item}'
                        for name, item in zip(("QueueUrl", "Item", "Data", "MessageBody"), items, strict=False)
                    )
                    + "}"
                )
            )
        ),
        max_leaves=12,
    ).map(str.encode),
    st.sampled_from(
        [b"<a", b"<Delete><Object><Key>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"[" * 5000, b"\x9f" * 300]
    ),
    st.tuples(st.binary(max_size=9), st.binary(max_size=9)).map(lambda two: b"5;chunk-signature=\r\n%b\r\n%b" % two),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *(
                "content-encoding",
                "x-amz-content-sha256",
                "authorization",
                "x-amz-date",
                "host",
                "content-md5",
                "range",
            ),
            *("x-amz-decoded-content-length", "x-amz-copy-source", "x-amz-tagging", "smithy-protocol", "x-amz-meta-a"),
        ]
    ),
    st.sampled_from(
        ["aws-chunked", "gzip", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "bytes=0-", "b.s3.localhost", "rpc-v2-cbor"]
    )
    | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
    max_size=5,
)


def go_on(test: Any) -> None:
    """Repeat a test with other seeds until the time is over."""
    until_s, count = monotonic() + SPAN_S, 0
    while monotonic() < until_s:
        seed(count)(test)()
        count += 1


thorough = settings(
    max_examples=1000,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def test_whatever_comes_is_understood_or_refused() -> None:
    """A request becomes a call or an answer with a status of 400 or more; nothing else."""

    @thorough
    @given(
        st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]),
        PATHS,
        QUERIES,
        HEADERS,
        TARGETS,
        TYPES,
        BODIES,
    )
    def read(method: str, path: str, query: str, headers: dict[str, str], target: str, kind: str, body: bytes) -> None:
        named = {"x-amz-target": target} if method == "POST" and path == "/" else {}
        request = HttpRequest(
            method=method,
            path=path,
            query=query,
            headers=Headers({"content-type": kind, **headers, **named}),
            body=body,
        )

        found = decode(request, request_id=ID, home=Home())

        assert isinstance(found, Call) or (isinstance(found, HttpResponse) and found.status >= 400)

    go_on(read)


def test_whatever_bytes_come_are_a_request_or_malformed() -> None:
    """And cut in pieces they mean the same."""
    pieces = st.sampled_from(
        [
            *(
                b"GET / HTTP/1.1\r\n",
                b"POST /a?b HTTP/1.1\r\n",
                b"Host: a\r\n",
                b"Content-Length: 3\r\n",
                b"\r\n",
                b"abc",
            ),
            *(
                b"Transfer-Encoding: chunked\r\n",
                b"3\r\nabc\r\n",
                b"0\r\n\r\n",
                b"Expect: 100-continue\r\n",
                b"\n",
                b"\x00",
            ),
        ]
    ) | st.binary(max_size=8)

    def events(parts: list[bytes]) -> list[Any]:
        parser = RequestParser()
        found: list[Any] = []
        try:
            for part in parts:
                parser.feed(part)
                while (event := parser.next_event()) is not None:
                    found.append(event if not isinstance(event, bytes) else None)
        except Malformed as error:
            found.append(error.status)
        return [event for event in found if event is not None]

    @thorough
    @given(st.lists(pieces, max_size=14), st.integers(1, 7))
    def parse(parts: list[bytes], size: int) -> None:
        whole = b"".join(parts)

        assert events([whole]) == events([whole[at : at + size] for at in range(0, len(whole), size)])

    go_on(parse)
