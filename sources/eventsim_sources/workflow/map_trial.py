"""What would a Map do that is only tried? Its items are looked at, and what becomes of them is made up."""

from typing import Any

from msgspec import Struct

from eventsim_sources.workflow.failure import ITEM_READER, StateFailed
from eventsim_sources.workflow.flow import Seen
from eventsim_sources.workflow.items import parsed_items
from eventsim_sources.workflow.map_input import LIMITS, MapInput
from eventsim_sources.workflow.map_run import may_fail, too_many_failed
from eventsim_sources.workflow.visit import Mock


class MapTrial(Struct, frozen=True, kw_only=True):
    """A Map state that is tried.

    Attributes:
        seen: shown what data becomes.
    """

    given: MapInput
    mock: Mock
    seen: Seen

    def outcome(self) -> Any:
        """Return the result.

        Raises:
            StateFailed: it failed: the mock says so, or too many iterations did.
        """
        state, settings = self.given.state, self.given.settings()
        for name, value in settings.items():
            if value is not None:
                self.seen(name[0].lower() + name[1:], value if name.endswith("Percentage") else int(value))
        inputs = self.given.selected(self._items())
        if "ItemSelector" in state:
            self.seen("afterItemSelector", inputs)
        if "ItemBatcher" in state:
            inputs = self.given.batches(inputs)
            self.seen("afterItemBatcher", inputs)
        count, percentage = (settings[name] or 0 for name in LIMITS[1:])
        if self.mock.iterations_failed > may_fail(count, percentage, of=len(inputs)):
            raise too_many_failed()
        return self.mock.outcome()

    def _items(self) -> list[Any]:
        given = self.given
        reader = given.state.get("ItemReader")
        if reader is None:
            items = given.flow.items(given.state, given.value, given.scope)
            if given.state.get("ItemsPath") is not None:
                self.seen("afterItemsPath", items)
            return items
        if self.mock.read is None:
            return []
        config = reader.get("ReaderConfig") or {}
        try:
            items = parsed_items(self.mock.read, config)
        except (ValueError, KeyError) as error:
            raise StateFailed(ITEM_READER, str(error)) from error
        if "ItemsPointer" in config:
            self.seen("afterItemsPointer", items)
        return items
