"""Under which URL do clients find a queue? Under the name by which they have reached this server.

Inside, a queue's URL is AWS's. Many SDKs send to whatever host a queue's URL names, so that one must be ours; it is the
one of the request, since a client in a container has another name for us than one beside it.
"""

import re
from collections.abc import Mapping
from typing import Any

_AWS = re.compile(r"https://sqs\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")
_MEMBERS = frozenset({"QueueUrl", "QueueUrls", "queueUrls"})


def at_host(result: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """Return a result of SQS with its queues' URLs at a host; AWS's own hosts, which somebody points at us, stay."""
    if _MEMBERS.isdisjoint(result) or not host or host.endswith(".amazonaws.com"):
        return result
    moved = dict(result)
    for name in _MEMBERS & result.keys():
        value = moved[name]
        moved[name] = local(value, host) if isinstance(value, str) else [local(each, host) for each in value]
    return moved


def local(url: str, host: str) -> str:
    """Return a queue's URL at a host."""
    return _AWS.sub(f"http://{host}/", url, count=1)
