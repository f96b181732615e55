"""What does a browser find at a bucket's website? Pages, indexes, redirections, and errors that people can read."""

from typing import Any

import pytest

from eventsim import Reply, SyncSimulation

HOST = "photos.s3-website-us-east-1.amazonaws.com"
PAGES = {"IndexDocument": {"Suffix": "index.html"}}
EXCUSED = {**PAGES, "ErrorDocument": {"Key": "error.html"}}


@pytest.fixture
def site(world: SyncSimulation, s3: Any) -> Any:
    """Return what sets up the site, with a page in each folder, and asks it."""
    world.add_source("buckets", "photos")
    for key in ("index.html", "2025/index.html", "2025/a b.html"):
        s3.put_object(Bucket="photos", Key=key, Body=key.encode(), ContentType="text/html")

    def ask(path: str, configuration: dict[str, Any] | None = None, method: str = "GET", **headers: str) -> Reply:
        s3.put_bucket_website(Bucket="photos", WebsiteConfiguration=configuration or PAGES)
        return world.http(method, f"http://{HOST}{path}", headers=headers)

    return ask


@pytest.mark.parametrize(
    ("path", "body"),
    [("/", b"index.html"), ("/2025/", b"2025/index.html"), ("/2025/a%20b.html", b"2025/a b.html")],
    ids=["root", "folder", "page"],
)
def test_a_page_is_found_by_its_path(site: Any, path: str, body: bytes) -> None:
    """A folder shows its index."""
    reply = site(path)

    assert (reply.status, reply.body) == (200, body)
    assert reply.headers.get("content-type") == "text/html"


def test_a_folder_without_its_slash_is_led_to_it(site: Any) -> None:
    """So that relative links of its index work."""
    reply = site("/2025")

    assert (reply.status, reply.headers.get("location")) == (302, "/2025/")


def test_a_page_that_is_not_there_is_excused(site: Any, s3: Any) -> None:
    """By the site's own document, or by a page of S3's that names code and key."""
    plain = site("/none")
    missing = site("/none", EXCUSED)
    s3.put_object(Bucket="photos", Key="error.html", Body=b"sorry", ContentType="text/html")
    own = site("/none", EXCUSED)

    assert (plain.status, plain.headers.get("x-amz-error-code")) == (404, "NoSuchKey")
    assert b"<li>Key: none</li>" in plain.body
    assert b"<li>RequestId: " in plain.body
    assert b"Attempting to Retrieve a Custom Error Document" in missing.body
    assert (own.status, own.body) == (404, b"sorry")


def test_a_page_may_lead_elsewhere(site: Any, s3: Any) -> None:
    """Where its writer said."""
    s3.put_object(Bucket="photos", Key="old", WebsiteRedirectLocation="https://example.com/new")

    reply = site("/old")

    assert (reply.status, reply.headers.get("location")) == (301, "https://example.com/new")


@pytest.mark.parametrize(
    ("rule", "path", "status", "location"),
    [
        (
            {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
            "/docs/a",
            301,
            f"http://{HOST}/documents/a",
        ),
        (
            {
                "Condition": {"HttpErrorCodeReturnedEquals": "404"},
                "Redirect": {"HostName": "example.com", "Protocol": "https", "ReplaceKeyWith": "gone"},
            },
            "/none",
            301,
            "https://example.com/gone",
        ),
        ({"Redirect": {"HostName": "example.com", "HttpRedirectCode": "302"}}, "/a", 302, "http://example.com/a"),
    ],
    ids=["prefix", "error", "everything"],
)
def test_routing_rules_lead_elsewhere(site: Any, rule: dict[str, Any], path: str, status: int, location: str) -> None:
    """By the beginning of the key, or by the error that it would be."""
    reply = site(path, {**PAGES, "RoutingRules": [rule]})

    assert (reply.status, reply.headers.get("location")) == (status, location)


def test_a_rule_for_errors_leaves_pages_alone(site: Any) -> None:
    """It is asked when there is no page."""
    rule = {"Condition": {"HttpErrorCodeReturnedEquals": "404"}, "Redirect": {"HostName": "example.com"}}

    assert site("/index.html", {**PAGES, "RoutingRules": [rule]}).status == 200


def test_a_site_may_redirect_everything(site: Any) -> None:
    """To another host, with the path as it was."""
    reply = site("/a/b", {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}})

    assert (reply.status, reply.headers.get("location")) == (301, "https://example.com/a/b")


def test_a_browser_may_ask_for_parts_and_for_news(site: Any) -> None:
    """As S3 answers any reader."""
    etag = site("/").headers.get("etag")

    assert site("/", Range="bytes=0-4").body == b"index"
    assert site("/", **{"If-None-Match": etag}).status == 304
    assert (site("/", method="HEAD").status, site("/", method="HEAD").body) == (200, b"")


@pytest.mark.parametrize(
    ("host", "method", "status", "code"),
    [
        ("nobody.s3-website.eu-central-1.amazonaws.com", "GET", 404, "NoSuchBucket"),
        ("plain.s3-website-us-east-1.amazonaws.com", "GET", 404, "NoSuchWebsiteConfiguration"),
        (HOST, "PUT", 405, "MethodNotAllowed"),
    ],
    ids=["no bucket", "no site", "no page to write"],
)
def test_what_is_no_site_says_so(
    world: SyncSimulation, s3: Any, host: str, method: str, status: int, code: str
) -> None:
    """On a page, and in headers."""
    for name in ("plain", "photos"):
        world.add_source("buckets", name)
    s3.put_bucket_website(Bucket="photos", WebsiteConfiguration=PAGES)

    reply = world.http(method, f"http://{host}/a")

    assert (reply.status, reply.headers.get("x-amz-error-code")) == (status, code)
    assert f"<li>Code: {code}</li>".encode() in reply.body
