"""At which address of this server is an object that was uploaded in parts? At the host by which the client knows us.

Inside, the address is AWS's, of a bucket's own host. Our clients name the bucket in the path, unless their host does.
"""

import re
from collections.abc import Mapping
from typing import Any

_AWS = re.compile(r"https://([^/]+?)\.s3\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")
_OF_BUCKETS = ("s3.", "localhost")
"""What stands behind the bucket in a host of its own."""


def at_host(result: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """Return a result of S3 with its object's address at a host; AWS's own hosts, which somebody points at us, stay."""
    found = _AWS.match(str(result.get("Location", "")))
    if found is None or not host or host.endswith(".amazonaws.com"):
        return result
    bucket, rest = found[1], result["Location"][found.end() :]
    names_bucket = host.startswith(f"{bucket}.") and host.removeprefix(f"{bucket}.").startswith(_OF_BUCKETS)
    path = rest if names_bucket else f"{bucket}/{rest}"
    return {**result, "Location": f"http://{host}/{path}"}
