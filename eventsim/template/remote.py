"""How is a template read that lies in a bucket? Packaged ones do, and those nested in them."""

import re
from urllib.parse import unquote, urlsplit

from eventsim.template.site import Ground, asked

_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?")


async def fetch_template(ground: Ground, url: str) -> str:
    """Return the text of a template by its URL.

    Raises:
        ApiError: the bucket or the object is not there.
        NotSimulated: nobody keeps buckets.
    """
    bucket, key = place_of(url)
    result = await asked(ground, "s3", "GetObject", {"Bucket": bucket, "Key": key})
    data = result["Body"] if isinstance(result["Body"], bytes) else result["Body"].read()
    return str(data.decode("utf-8-sig", errors="replace"))


def place_of(url: str) -> tuple[str, str]:
    """Return bucket and key of a URL, whichever of S3's forms it has."""
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    if parts.scheme == "s3":
        return parts.netloc, path
    virtual = _HOST.fullmatch(parts.netloc)
    if virtual is not None:
        return virtual["bucket"], path
    bucket, _, key = path.partition("/")
    return bucket, key
