"""What did clients change of the scenario's functions and mappings? The next server makes these anew, and says so.

What the scenario describes is the scenario's to say: the next server has it as it stands there. So that nobody wonders
where a change went, the operations are noted by name.
"""

import logging
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.api import Request
from eventsim.calls.lambda_api.service import Service
from eventsim.calls.lambda_api.shelf import Shelf
from eventsim.errors import ApiError

_SHELF = "undone"

_log = logging.getLogger(__name__)


class _Changed(Struct):
    """What was changed, as a person calls it, and by which operations."""

    what: str
    operations: list[str]


class Undone:
    """Notes changes that do not last, and tells of them.

    Args:
        of_clients: functions that stacks of clients made: what becomes of those does last.
    """

    def __init__(self, service: Service, shelf: Shelf, of_clients: Collection[str]) -> None:
        self._service = service
        self._shelf = shelf
        self._of_clients = of_clients
        self._changed: dict[str, _Changed] = {}

    def about(self, request: Request) -> str:
        """Return what of the scenario's an operation is about to change, "" if nothing: `function work`."""
        parameters = request.parameters
        arn = str(parameters.get("Resource") or parameters.get("ResourceArn") or "")
        uuid = str(parameters.get("UUID") or "")
        if uuid or ":event-source-mapping:" in arn:
            return self._mapping(uuid or arn.rpartition(":")[2])
        if "EventSourceMapping" in request.operation or not (arn or parameters.get("FunctionName")):
            return ""
        return self._function(parameters, arn)

    def note(self, what: str, operation: str) -> None:
        """Remember a change.

        Raises:
            StorageError: it cannot be written down.
        """
        changed = self._changed.setdefault(what, _Changed(what, []))
        if operation not in changed.operations:
            changed.operations.append(operation)
            self._shelf.put(_SHELF, what.replace(" ", "-"), msgspec.json.encode(changed))

    def tell(self) -> None:
        """Say which changes the last server has forgotten, once.

        Raises:
            StorageError: a file cannot be read or removed.
            DecodeError: one is none of ours.
        """
        for _, content in self._shelf.all(_SHELF):
            changed = msgspec.json.decode(content, type=_Changed)
            operations = ", ".join(changed.operations)
            _log.warning(
                "what %s changed of the %s is undone: the scenario has it, so change it there", operations, changed.what
            )
            self._shelf.remove(_SHELF, changed.what.replace(" ", "-"))

    def _mapping(self, uuid: str) -> str:
        service = self._service
        mapping = next((each for each in service.mappings if each.uuid == uuid), None)
        return "" if mapping is None or uuid in service.made_mappings else f"mapping {mapping.name}"

    def _function(self, parameters: Mapping[str, Any], arn: str) -> str:
        service = self._service
        try:
            name = service.functions.parse_name(arn or str(parameters["FunctionName"])).name
        except ApiError:
            return ""  # the operation says it better
        lasts = name not in service.functions or name in self._of_clients or not service.register.is_of_scenario(name)
        return "" if lasts else f"function {name}"
