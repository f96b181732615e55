"""Who answers at the address of a bucket's website? Its pages are read as any client would, and told of so."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final
from urllib.parse import quote

from eventsim import Headers, HttpRequest, HttpResponse, World
from eventsim_sources.bucket.namespace import find_bucket
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import ObjectVersion
from eventsim_sources.bucket.website import (
    Fault,
    Redirection,
    bucket_of_host,
    key_of,
    page_of_fault,
    redirection_by_rule,
    redirection_of_all,
)

_SERVER: Final = ("Server", "AmazonS3")
_HTML: Final = ("Content-Type", "text/html; charset=utf-8")
_PASSED_ON: Final = ("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
"""What a browser may ask of a page."""
_IDS: Final = {"x-amz-request-id": "RequestId", "x-amz-id-2": "HostId"}


class WebsiteDoor:
    """Answers browsers at `BUCKET.s3-website…`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def addresses(self) -> Mapping[str, str]:
        """Return no addresses: a website is asked for by its bucket's name."""
        return {}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether a website is asked for, of a bucket that lies here or nowhere."""
        name = bucket_of_host(request.headers.get("host"))
        beside = self._world.neighbours()
        return bool(name) and not any(name in world.sources(Bucket.kind) for world in beside)

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer with a page, a redirection or an error."""
        host = request.headers.get("host")
        name = bucket_of_host(host)
        bucket = find_bucket(self._world, name)
        if bucket is None:
            return _refused(_no_bucket(name), request)
        configuration = bucket.settings.get("BucketWebsite")
        if configuration is None:
            return _refused(_no_website(name), request)
        if request.method not in ("GET", "HEAD"):
            return _refused(_not_allowed(request.method), request)
        elsewhere = redirection_of_all(configuration, request.path) or redirection_by_rule(
            configuration, request.path, host
        )
        if elsewhere is not None:
            return _redirected(elsewhere)
        key = key_of(request.path, configuration)
        page = await self._read(bucket, key, request)
        if page.status != 404:
            return _as_page_says(page)
        if _has(bucket, f"{key}/{configuration['IndexDocument']['Suffix']}"):
            return _redirected(Redirection(location=f"/{quote(key)}/", status=302))
        elsewhere = redirection_by_rule(configuration, request.path, host, error_status=404)
        if elsewhere is not None:
            return _redirected(elsewhere)
        return await self._excused(bucket, configuration, key, page, request)

    async def _excused(
        self, bucket: Bucket, configuration: Mapping[str, Any], key: str, page: HttpResponse, request: HttpRequest
    ) -> HttpResponse:
        """Answer that there is no such page, with the site's own document if it has one."""
        document = configuration.get("ErrorDocument", {}).get("Key", "")
        if document and _has(bucket, document):
            plain = HttpRequest(method=request.method, path=request.path)
            excuse = await self._read(bucket, document, plain)
            return HttpResponse(status=404, headers=excuse.headers, body=excuse.body)
        ids = {_IDS[name]: value for name, value in page.headers if name in _IDS}
        return _refused(_no_page(key), request, ids=ids, missing_document=document)

    async def _read(self, bucket: Bucket, key: str, request: HttpRequest) -> HttpResponse:
        """Read an object as over HTTP: `GetObject`, or `HeadObject` for who wants no body."""
        headers = [(name, request.headers.get(name)) for name in _PASSED_ON if name in request.headers]
        asked = HttpRequest(
            method=request.method, path=f"/{bucket.name}/{quote(key, safe='')}", headers=Headers(headers)
        )
        answer = self._world.ask_service(asked, service="s3", region=bucket.region)
        return await answer if isinstance(answer, Awaitable) else answer


def front_door(world: World) -> WebsiteDoor:
    """Return the door at which websites are found."""
    return WebsiteDoor(world)


def _has(bucket: Bucket, key: str) -> bool:
    return isinstance(bucket.store.latest(key), ObjectVersion)


def _as_page_says(page: HttpResponse) -> HttpResponse:
    """Return a page, or where its writer says that it is."""
    location = dict(page.headers).get("x-amz-website-redirect-location")
    return page if location is None else _redirected(Redirection(location=location, status=301))


def _redirected(to: Redirection) -> HttpResponse:
    return HttpResponse(status=to.status, headers=(("Location", to.location), _SERVER))


def _refused(
    fault: Fault, request: HttpRequest, *, ids: Mapping[str, str] | None = None, missing_document: str = ""
) -> HttpResponse:
    """Return an error; headers tell its code and words, too."""
    page = page_of_fault(fault, ids or {}, missing_document=missing_document)
    details = [(f"x-amz-error-detail-{name}", text) for name, text in fault.names.items() if text.isascii()]
    headers = (("x-amz-error-code", fault.code), ("x-amz-error-message", fault.message), *details, _HTML, _SERVER)
    return HttpResponse(status=fault.status, headers=headers, body=b"" if request.method == "HEAD" else page)


def _no_bucket(name: str) -> Fault:
    names = {"BucketName": name}
    return Fault(status=404, code="NoSuchBucket", message="The specified bucket does not exist", names=names)


def _no_website(name: str) -> Fault:
    message = "The specified bucket does not have a website configuration"
    return Fault(status=404, code="NoSuchWebsiteConfiguration", message=message, names={"BucketName": name})


def _no_page(key: str) -> Fault:
    return Fault(status=404, code="NoSuchKey", message="The specified key does not exist.", names={"Key": key})


def _not_allowed(method: str) -> Fault:
    message = "The specified method is not allowed against this resource."
    return Fault(
        status=405, code="MethodNotAllowed", message=message, names={"Method": method.upper(), "ResourceType": "OBJECT"}
    )
