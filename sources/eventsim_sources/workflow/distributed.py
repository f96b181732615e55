"""How does a distributed Map run? Each item, or batch of items, is an execution of its own."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim import load_json
from eventsim_sources.workflow import resource
from eventsim_sources.workflow.definition import Definition
from eventsim_sources.workflow.execution import Execution
from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.flow import Flow, State, number_setting
from eventsim_sources.workflow.items import formed, read_items, source_of, write_results
from eventsim_sources.workflow.limits import DISTRIBUTED_CONCURRENCY
from eventsim_sources.workflow.map_input import STATE_DATA, MapInput
from eventsim_sources.workflow.map_run import Children, MapRun, too_many_failed
from eventsim_sources.workflow.progress import Place
from eventsim_sources.workflow.scope import Scope
from eventsim_sources.workflow.side_by_side import SideFailed, side_by_side
from eventsim_sources.workflow.work import Work

_S3 = resource.Resource(kind="sdk", arn="arn:aws:states:::aws-sdk:s3", service="s3", type="aws-sdk:s3")
_STATES = resource.Resource(kind="sdk", arn="arn:aws:states:::aws-sdk:sfn", service="stepfunctions", type="aws-sdk:sfn")


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

    def own_items(self) -> list[Any] | None:
        """Return what it goes over of the state's own data, None where a reader reads it.

        Raises:
            StateFailed: it is no list.
        """
        return None if "ItemReader" in self.state else self.flow.items(self.state, self.value, self.scope)

    def run(self) -> MapRun:
        """Return a new run of it."""
        label = str(self.state.get("Label") or self.name)
        return self.children.new_run(self.execution, label, self._place, self._given.settings())

    def earlier_run(self) -> MapRun | None:
        """Return the run that a redriven execution goes on with, None if there is none."""
        return self.children.earlier_run(self.execution, self._place)

    @property
    def _place(self) -> Place:
        return (*self.place, (self.name, 0))

    @property
    def _given(self) -> MapInput:
        return MapInput(state=self.state, value=self.value, scope=self.scope, flow=self.flow)

    async def results(self, run: MapRun, items: list[Any] | None) -> Any:
        """Run the children and return the state's result; those of an earlier try that have succeeded are kept.

        Args:
            items: of the state's own data, None for what a reader reads.

        Raises:
            StateFailed: the items cannot be read, or too many children failed.
        """
        try:
            if run.inputs is None:
                run.know(await self._inputs(items), is_batched="ItemBatcher" in self.state)
            results: Any = await self._of_children(run, run.inputs or ())
            if "ResultWriter" in self.state:
                results = await self._written(run, self.state["ResultWriter"])
        except StateFailed:
            self._stop(run)
            run.end("FAILED")
            raise
        except asyncio.CancelledError:
            self._stop(run)
            run.end("ABORTED")
            raise
        run.end("SUCCEEDED")
        return results

    # --- what the children get -------------------------------------------------------------------------

    async def _inputs(self, items: list[Any] | None) -> list[Any]:
        source = STATE_DATA
        if items is None:
            items, source = await self._read(self.state["ItemReader"])
        given = self._given.selected(items, source)
        return self._given.batches(given) if "ItemBatcher" in self.state else given

    async def _read(self, reader: Mapping[str, Any]) -> tuple[list[Any], str]:
        """Return what a reader reads, and where it lies."""
        parameters = self.flow.arguments(reader, self.value, self.scope)
        items_max = number_setting(self.flow, reader.get("ReaderConfig") or {}, "MaxItems", self.scope.of(self.value))
        most = None if items_max is None else int(items_max)
        return await read_items(reader, parameters, self._ask, items_max=most), source_of(parameters)

    # --- what becomes of them --------------------------------------------------------------------------

    async def _of_children(self, run: MapRun, inputs: Sequence[Any]) -> list[Any]:
        machine_arn = self.execution.machine_arn.partition("/")[0]
        self.work.check(_STATES, self.execution, "StartExecution", {"stateMachineArn": machine_arn})
        processor = self.state["ItemProcessor"]
        definition = Definition(
            text=json.dumps(processor, separators=(",", ":")),
            start_at=processor["StartAt"],
            states=processor["States"],
            language=self.execution.definition.language,
        )

        async def child(number: int) -> Any:
            begun = run.begun.get(number)
            if begun is not None and begun.status != "SUCCEEDED" and not begun.is_express:
                self.children.redrive_child(begun)
            elif begun is None or begun.status != "SUCCEEDED":
                begun = self.children.begin_child(self.execution, run, definition, number, processor["ProcessorConfig"])
            await asyncio.shield(begun.ended)
            if begun.status != "SUCCEEDED":
                raise StateFailed(begun.error or "", begun.cause)
            return load_json(begun.output or "null")

        limit = run.concurrency_max or DISTRIBUTED_CONCURRENCY
        try:
            return await side_by_side(child, len(inputs), limit, tolerated=run.tolerated)
        except SideFailed as failed:
            raise too_many_failed() from failed

    async def _written(self, run: MapRun, writer: Mapping[str, Any]) -> Any:
        described, config = [_described(each) for each in run.children], writer.get("WriterConfig") or {}
        if "Resource" not in writer:
            return formed(described, config)
        parameters = self.flow.arguments(writer, self.value, self.scope)
        return await write_results(run, described, parameters, config, self._ask)

    def _stop(self, run: MapRun) -> None:
        for child in run.children:
            self.children.stop_child(child)

    async def _ask(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self.work.ask(_S3, self.work.caller(self.execution), "s3", operation, parameters)


def _described(child: Execution) -> dict[str, Any]:
    """Return a child as files of results tell of it (documented)."""
    told: dict[str, Any] = {
        "ExecutionArn": child.arn,
        "Input": child.input,
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "RedriveCount": child.redrives,
    }
    if child.output is not None:
        told |= {"Output": child.output, "OutputDetails": {"Included": True}}
    named = {"Error": child.error, "Cause": child.cause}
    return told | {name: value for name, value in named.items() if value is not None}
