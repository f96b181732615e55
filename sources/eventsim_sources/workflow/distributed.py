"""How does a distributed Map run? Each item, or batch of items, is an execution of its own."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.workflow import resource
from eventsim_sources.workflow.definition import Definition
from eventsim_sources.workflow.execution import Execution
from eventsim_sources.workflow.failure import TOLERANCE, StateFailed
from eventsim_sources.workflow.flow import Flow, State, number_setting
from eventsim_sources.workflow.items import batched, read_items, write_results
from eventsim_sources.workflow.limits import DISTRIBUTED_CONCURRENCY
from eventsim_sources.workflow.map_run import Children, MapRun
from eventsim_sources.workflow.progress import Place
from eventsim_sources.workflow.scope import Scope
from eventsim_sources.workflow.side_by_side import SideFailed, side_by_side
from eventsim_sources.workflow.work import Work

_S3 = resource.Resource(kind="sdk", arn="arn:aws:states:::aws-sdk:s3", service="s3", type="aws-sdk:s3")
_EXCEEDED = "The specified tolerated failure threshold was exceeded"


def is_distributed(state: State) -> bool:
    """Tell whether a Map runs its items as executions of their own."""
    processor = state.get("ItemProcessor") or {}
    return (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED"


class DistributedMap(Struct, frozen=True, kw_only=True):
    """A distributed Map state at work.

    Attributes:
        place: where its line is.
        value: what the state works on.
        scope: what its paths refer to.
    """

    name: str
    place: Place
    state: State
    value: Any
    scope: Scope
    flow: Flow
    execution: Execution
    work: Work
    children: Children

    async def items(self) -> list[Any]:
        """Return what it goes over.

        Raises:
            StateFailed: it cannot be read.
        """
        reader = self.state.get("ItemReader")
        if reader is None:
            return self.flow.items(self.state, self.value, self.scope)
        parameters = self.flow.arguments(reader, self.value, self.scope)
        items_max = number_setting(self.flow, reader.get("ReaderConfig") or {}, "MaxItems", self.scope.of(self.value))
        return await read_items(reader, parameters, self._ask, items_max=None if items_max is None else int(items_max))

    def inputs(self, items: list[Any]) -> list[Any]:
        """Return what its children get."""
        given = [self._selected(at, item) for at, item in enumerate(items)]
        batcher = self.state.get("ItemBatcher")
        if batcher is None:
            return given
        of_value = self.scope.of(self.value)
        limits = {
            name: number_setting(self.flow, batcher, name, of_value)
            for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
        }
        if "BatchInput" in batcher:
            template = {"Parameters": batcher["BatchInput"], "Arguments": batcher["BatchInput"]}
            batcher = {**batcher, "BatchInput": self.flow.arguments(template, self.value, self.scope)}
        return batched(given, batcher, limits)

    def _selected(self, at: int, item: Any) -> Any:
        context = {**self.scope.context, "Map": {"Item": {"Index": at, "Value": item}}}
        scope = Scope(value=self.scope.value, context=context, variables=self.scope.variables)
        return self.flow.item(self.state, self.value, scope, item)

    def new_run(self, inputs_count: int) -> MapRun:
        """Return a run of it."""
        names = ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")
        of_value = self.scope.of(self.value)
        settings = {name: number_setting(self.flow, self.state, name, of_value) for name in names}
        return self.children.new_run(self.execution, str(self.state.get("Label") or self.name), settings, inputs_count)

    async def results(self, run: MapRun, inputs: list[Any]) -> Any:
        """Run the children and return the state's result.

        Raises:
            StateFailed: too many of them failed.
        """
        processor, progress = self.state["ItemProcessor"], self.execution.progress
        text = json.dumps(processor, separators=(",", ":"))
        definition = Definition(
            text=text,
            start_at=processor["StartAt"],
            states=processor["States"],
            language=self.execution.definition.language,
        )

        async def child(number: int) -> Any:
            place = (*self.place, (self.name, number))
            if progress.has_result(place):
                return progress.result(place)
            given = json.dumps(inputs[number], separators=(",", ":"), ensure_ascii=False)
            begun = self.children.begin_child(self.execution, run, definition, given, processor["ProcessorConfig"])
            await asyncio.shield(begun.ended)
            if begun.status != "SUCCEEDED":
                raise StateFailed(begun.error or "", begun.cause)
            result = json.loads(begun.output or "null")
            progress.note_result(place, result)
            return result

        limit = run.concurrency_max or DISTRIBUTED_CONCURRENCY
        try:
            results: Any = await side_by_side(child, len(inputs), limit, tolerated=run.tolerated)
        except SideFailed as failed:
            self._stop(run)
            run.end("FAILED")
            raise StateFailed(TOLERANCE, _EXCEEDED) from failed
        except asyncio.CancelledError:
            self._stop(run)
            run.end("ABORTED")
            raise
        writer = self.state.get("ResultWriter")
        if writer is not None:
            results = await self._written(run, writer)
        run.end("SUCCEEDED")
        return results

    async def _written(self, run: MapRun, writer: Mapping[str, Any]) -> Any:
        parameters = self.flow.arguments(writer, self.value, self.scope)
        return await write_results(run, [_described(each) for each in run.children], parameters, self._ask)

    def _stop(self, run: MapRun) -> None:
        for child in run.children:
            self.children.stop_child(child)

    async def _ask(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self.work.ask(_S3, self.execution, "s3", operation, parameters)


def _described(child: Execution) -> dict[str, Any]:
    """Return a child as files of results tell of it (documented)."""
    told: dict[str, Any] = {
        "ExecutionArn": child.arn,
        "Input": child.input,
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "RedriveCount": 0,
    }
    if child.output is not None:
        told |= {"Output": child.output, "OutputDetails": {"Included": True}}
    named = {"Error": child.error, "Cause": child.cause}
    return told | {name: value for name, value in named.items() if value is not None}
