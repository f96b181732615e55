"""At which address of this server is an API, a function or its code found?

Inside, a URL is AWS's. Clients get one at the host by which they have reached this server, with the API or the function
in the path: on many machines names below `localhost`, which are answered as well, do not resolve.
"""

import re
from collections.abc import Mapping
from typing import Any

_API = re.compile(r"(https|wss)://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
_FUNCTION = re.compile(r"https://([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws")
_CODE = re.compile(r"https://awslambda-[a-z0-9-]+\.s3\.[a-z0-9-]+\.amazonaws\.com/snapshots/\d{12}/")
_BALANCER = re.compile(r"http://([a-z0-9-]+\.[a-z0-9-]+\.elb)\.amazonaws\.com(?::\d+)?", re.IGNORECASE)
_MEMBERS = ("FunctionUrl", "ApiEndpoint", "Location")
_LISTS = ("FunctionUrlConfigs", "Items")
_HOLDERS = ("Code", "Content")
"""Members that hold the address of a function's or a layer's code."""


def at_host(result: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """Return a result of an operation with the URLs of functions and APIs at this server."""
    named = [name for name in _MEMBERS if name in result]
    lists = [name for name in _LISTS if name in result]
    holders = [name for name in _HOLDERS if isinstance(result.get(name), Mapping)]
    if not named and not lists and not holders:
        return result
    moved = {**result, **{name: local(str(result[name]), host) for name in named}}
    moved |= {name: at_host(result[name], host) for name in holders}
    return {**moved, **{name: [at_host(each, host) for each in moved[name]] for name in lists}}


def local(url: str, host: str) -> str:
    """Return a URL of AWS's at this server; AWS's own hosts, which somebody points at us, stay."""
    if not host or host.endswith(".amazonaws.com"):
        return url
    url = _API.sub(lambda found: f"{'ws' if found[1] == 'wss' else 'http'}://{host}/_api/{found[2]}", url)
    url = _FUNCTION.sub(rf"http://{host}/_url/\1", url)
    url = _CODE.sub(f"http://{host}/_code/", url)
    port = host.rpartition(":")[2] if re.search(r":\d+$", host) else "80"
    return _BALANCER.sub(rf"http://\1.localhost:{port}", url)
