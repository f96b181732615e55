"""What a bucket's destinations were told, and how its calls are refused."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation


def told(world: SyncSimulation, destination: Any) -> list[dict[str, Any]]:
    """Return what a destination was told of by now, and forget it."""
    world.until_idle()
    bodies = [json.loads(envelope.body) for envelope in destination.envelopes]
    destination.envelopes.clear()
    return bodies


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    """Return status and code of a refused call."""
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]
