"""Do browsers get from a bucket what its owner allows, and nothing else?"""

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.live.conftest import Served

Serve = Callable[..., Served]

SHOP, EVIL = "https://shop.example", "https://evil.example"
RULES = {
    "CORSRules": [
        {
            "AllowedOrigins": [SHOP],
            "AllowedMethods": ["PUT", "GET", "DELETE"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
        }
    ]
}


@pytest.fixture(scope="module")
def served(serve: Serve) -> Served:
    """A server with a bucket that is open to one origin, and one that is not."""
    served = serve("--quiet")
    s3 = served.client("s3")
    for bucket in ("open", "closed"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    s3.put_bucket_cors(Bucket="open", CORSConfiguration=RULES)
    return served


def ask(served: Served, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask as a browser does."""
    where = urlsplit(served.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_a_page_asks_and_then_puts(served: Served) -> None:
    """The browser is told before, and the page sees the answer; an error, too."""
    beforehand = ask(
        served,
        "OPTIONS",
        "/open/new",
        Origin=SHOP,
        Access_Control_Request_Method="PUT",
        Access_Control_Request_Headers="content-type",
    )
    put = ask(served, "PUT", "/open/new", Origin=SHOP, Sec_Fetch_Site="cross-site")
    missing = ask(served, "GET", "/open/missing", Origin=SHOP, Sec_Fetch_Site="cross-site")

    assert [each[0] for each in (beforehand, put, missing)] == [200, 200, 404]
    assert [each[1]["Access-Control-Allow-Origin"] for each in (beforehand, put, missing)] == [SHOP] * 3
    assert beforehand[1]["Access-Control-Allow-Headers"] == "content-type"
    assert (put[1]["Access-Control-Expose-Headers"], beforehand[2]) == ("ETag", b"")


def test_what_is_not_allowed_is_refused_in_words_of_s3(served: Served) -> None:
    """Beforehand; the bucket, the method and what is asked for are told."""
    status, headers, body = ask(served, "OPTIONS", "/closed/k", Origin=EVIL, Access_Control_Request_Method="GET")

    assert (status, "Access-Control-Allow-Origin" in headers) == (403, False)
    assert b"<Code>AccessForbidden</Code><Message>CORSResponse: CORS is not enabled for this bucket.</Message>" in body
    assert b"<Method>GET</Method><ResourceType>OBJECT</ResourceType>" in body


@pytest.mark.parametrize(
    ("method", "path", "origin"),
    [
        ("GET", "/open/k", EVIL),
        ("GET", "/closed/k", SHOP),
        ("POST", "/open/k", SHOP),
        ("PUT", "/open", SHOP),
        ("DELETE", "/open", SHOP),
        ("PUT", "/new-bucket", SHOP),
        ("GET", "/?Action=ListQueues&Version=2012-11-05", SHOP),
        ("GET", "/_eventsim/trace", SHOP),
        ("POST", "/_eventsim/reset", SHOP),
    ],
)
def test_whatever_the_owner_has_not_allowed_stays_refused(served: Served, method: str, path: str, origin: str) -> None:
    """A page of another site can do nothing else on this machine."""
    status, headers, body = ask(served, method, path, Origin=origin, Sec_Fetch_Site="cross-site")

    assert (status, b"may not call this server" in body) == (403, True)
    assert "Access-Control-Allow-Origin" not in headers


def test_a_wrong_name_of_the_server_is_refused_before_all(served: Served) -> None:
    """Else a name that somebody points at this machine would do."""
    asked = {"Origin": SHOP, "Access_Control_Request_Method": "GET", "Host": "evil.example"}

    assert [ask(served, method, "/open/k", **asked)[0] for method in ("OPTIONS", "GET")] == [403, 403]
