"""At which address of this server is an API or a function found? Its host is AWS's, with `localhost` instead of AWS.

Inside, a URL is AWS's. The port is the one by which the client has reached this server.
"""

import re
from collections.abc import Mapping
from typing import Any

_AWS = re.compile(
    r"(https|wss)://([a-z0-9]+\.(?:lambda-url\.[a-z0-9-]+(?=\.on\.aws)|execute-api\.[a-z0-9-]+(?=\.amazonaws\.com)))"
    r"\.(?:on\.aws|amazonaws\.com)"
)
_BALANCER = re.compile(r"http://([a-z0-9-]+\.[a-z0-9-]+\.elb)\.amazonaws\.com(?::\d+)?", re.IGNORECASE)
_MEMBERS = ("FunctionUrl", "ApiEndpoint")
_LISTS = ("FunctionUrlConfigs", "Items")


def at_host(result: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """Return a result of an operation with the URLs of functions and APIs at this server."""
    named = [name for name in _MEMBERS if name in result]
    lists = [name for name in _LISTS if name in result]
    if not named and not lists:
        return result
    moved = {**result, **{name: local(str(result[name]), host) for name in named}}
    return {**moved, **{name: [at_host(each, host) for each in moved[name]] for name in lists}}


def local(url: str, host: str) -> str:
    """Return a URL of AWS's at this server."""
    port = host.rpartition(":")[2] if re.search(r":\d+$", host) else "80"

    def moved(found: re.Match[str]) -> str:
        return f"{'ws' if found[1] == 'wss' else 'http'}://{found[2]}.localhost:{port}"

    return _BALANCER.sub(rf"http://\1.localhost:{port}", _AWS.sub(moved, url))
