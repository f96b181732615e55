"""What does a Map make of its items? What each iteration gets, in batches or one by one, and its limits; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim_sources.workflow.flow import Flow, State, number_setting
from eventsim_sources.workflow.items import batched, described_item
from eventsim_sources.workflow.scope import Scope

LIMITS = ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")
STATE_DATA = "STATE_DATA"
"""Where items come from that are the state's own."""


class MapInput(Struct, frozen=True, kw_only=True):
    """A Map state with what it works on.

    Attributes:
        value: what the state works on.
        scope: what its paths refer to.
    """

    state: State
    value: Any
    scope: Scope
    flow: Flow

    def settings(self) -> dict[str, float | None]:
        """Return the limits, each None where it is not given."""
        of_value = self.scope.of(self.value)
        return {name: number_setting(self.flow, self.state, name, of_value) for name in LIMITS}

    def selected(self, items: Sequence[Any], source: str = STATE_DATA) -> list[Any]:
        """Return what `ItemSelector` makes of each item.

        Args:
            source: where they come from, for the context object.
        """
        return [self._one(described_item(at, item, source), item) for at, item in enumerate(items)]

    def batches(self, given: Sequence[Any]) -> list[Any]:
        """Return what children get where the state has an `ItemBatcher`."""
        batcher: Mapping[str, Any] = self.state["ItemBatcher"]
        of_value = self.scope.of(self.value)
        limits = {
            name: number_setting(self.flow, batcher, name, of_value)
            for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
        }
        if "BatchInput" in batcher:  # filled in as a selector is
            template = {"ItemSelector": batcher["BatchInput"]}
            batcher = {**batcher, "BatchInput": self.flow.item(template, self.value, self.scope, None)}
        return batched(given, batcher, limits)

    def _one(self, described: Mapping[str, Any], item: Any) -> Any:
        context = {**self.scope.context, "Map": {"Item": described}}
        scope = Scope(value=self.scope.value, context=context, variables=self.scope.variables)
        return self.flow.item(self.state, self.value, scope, item)
