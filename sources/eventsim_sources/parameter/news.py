"""Who hears of a parameter that changes? The default bus of its region."""

import json
from typing import Any

from eventsim import Envelope, Request
from eventsim_sources.parameter.store import Parameter, Parameters, Version


def tell(parameters: Parameters, request: Request, operation: str, parameter: Parameter, version: Version) -> None:
    """Tell of a parameter that was created, updated, deleted or labelled (documented).

    Args:
        operation: `Create`, `Update`, `Delete` or `LabelParameterVersion`.
        version: the one that the event describes.
    """
    world = parameters.world
    bus = world.target(f"arn:aws:events:{parameters.region}:{world.account_id}:event-bus/default")
    if bus is None or world.clock.is_bygone:
        return
    detail: dict[str, Any] = {"operation": operation, "name": parameter.name, "type": version.type}
    if version.description:
        detail["description"] = version.description
    event = {
        "source": "aws.ssm",
        "detail-type": "Parameter Store Change",
        "time": f"{world.clock.date():%Y-%m-%dT%H:%M:%SZ}",
        "resources": [parameter.arn],
        "detail": detail,
    }
    lineage = request.caller.lineage
    bus.accept(Envelope(body=json.dumps(event), source_arn=parameter.arn, cause=request.entry, lineage=lineage))
