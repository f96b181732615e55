"""Where do the outputs of a stack lead? To this server, as far as they are addresses of what it serves.

Test suites look up the URL of an API or of a queue in the outputs of a stack, and call it.
"""

from collections.abc import Mapping
from typing import Any

from eventsim.live import front_door_urls, queue_urls


def at_host(result: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """Return a result of CloudFormation with the addresses in outputs and exports at a host."""
    moved = dict(result)
    if "Stacks" in moved:
        moved["Stacks"] = [_with_outputs(stack, host) for stack in moved["Stacks"]]
    if "Exports" in moved:
        moved["Exports"] = [{**each, "Value": _local(each["Value"], host)} for each in moved["Exports"]]
    return moved


def _with_outputs(stack: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    if not stack.get("Outputs"):
        return stack
    outputs = [{**each, "OutputValue": _local(each["OutputValue"], host)} for each in stack["Outputs"]]
    return {**stack, "Outputs": outputs}


def _local(text: str, host: str) -> str:
    return queue_urls.local(front_door_urls.local(text, host), host)
