"""A state machine as the core knows it: a target that starts executions, and a section of the scenario."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from eventsim import ApiError, Envelope, Lineage, World, json_fault, load_json
from eventsim_sources.arns import arn_of
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow import failure as names
from eventsim_sources.workflow.book import INTERRUPTED, ExecutionBook
from eventsim_sources.workflow.definition import Definition
from eventsim_sources.workflow.execution import Execution, Plan, Status
from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.http_task import HttpTasks
from eventsim_sources.workflow.interpreter import Interpreter
from eventsim_sources.workflow.limits import DATA_BYTES_MAX, EXPRESS_S_MAX
from eventsim_sources.workflow.log import ExecutionLog
from eventsim_sources.workflow.map_run import MapRun
from eventsim_sources.workflow.payload import Luck
from eventsim_sources.workflow.progress import Place
from eventsim_sources.workflow.token import Tokens
from eventsim_sources.workflow.tracing import open_segment, write_segment
from eventsim_sources.workflow.work import Activities, Work

_ENDS: Mapping[Status, tuple[str, str]] = {
    "SUCCEEDED": ("ExecutionSucceeded", "execution succeeded"),
    "FAILED": ("ExecutionFailed", "execution failed"),
    "TIMED_OUT": ("ExecutionTimedOut", "execution timed out"),
    "ABORTED": ("ExecutionAborted", "execution aborted"),
}


UNENCRYPTED: Mapping[str, str] = {"type": "AWS_OWNED_KEY"}
AT_FIRST: Mapping[str, Any] = {
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": UNENCRYPTED,
}
"""Settings of a machine that says nothing of them."""


class Machines:
    """What all state machines of a simulation share: executions, task tokens, activities."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.executions: dict[str, Execution] = {}
        self.new_name = world.chance.uuids("execution", "names")
        self.tokens = Tokens(world.clock, world.chance.hex_ids(128, "task tokens"))
        self.activities = Activities()
        self.tags: dict[str, dict[str, str]] = {}
        self.map_runs: dict[str, MapRun] = {}
        self.book = ExecutionBook(world)
        if world.notebook("executions") is not None:
            world.clock.soon(Machines.bring_back, self)  # once the server goes on
        self.trial_luck = Luck(world.chance.uuids("state", "trials"), world.chance.stream("state trials"))
        self.work = Work(
            region=world.region,
            call=world.call,
            authorize=world.authorize,
            send=HttpTasks(world).invoke,
            tokens=self.tokens,
            activities=self.activities,
            execution_of=self.execution,
            stop=self.stop,
            new_id=world.chance.uuids("task request"),
        )
        kind = world.trace.kind
        self.started = kind("execution started", "{subject} of {place} starts")
        self.redriven = kind("execution redriven", "{subject} goes on from where it failed")
        self.told = {
            "entered": kind("state entered", "{subject} enters the state {state}"),
            "failed": kind("state failed", "{subject}: the state {state} fails: {error} {cause}"),
            "retried": kind(
                "state retried", "{subject}: the state {state} is tried again after {error}", value="delay_us"
            ),
            "caught": kind("state caught", "{subject}: {error} in the state {state} is caught; {next} follows"),
        }
        self.ends: dict[Status, int] = {
            "SUCCEEDED": kind("execution succeeded", "{subject} succeeds", value="duration_us"),
            "FAILED": kind("execution failed", "{subject} fails: {error} {cause}", value="duration_us"),
            "TIMED_OUT": kind("execution timed out", "{subject} times out", value="duration_us"),
            "ABORTED": kind("execution aborted", "{subject} is aborted", value="duration_us"),
        }

    def bring_back(self) -> None:
        """Make known what an earlier server left of executions; one that was running then is aborted.

        Raises:
            StorageError: it cannot be read.
        """
        for execution in self.book.left():
            machine = self.world.target(execution.machine_arn)
            if isinstance(machine, StateMachine):
                self.executions[execution.arn] = execution
                machine.take_over(execution)

    def execution(self, arn: str) -> Execution:
        """Return the execution that has an ARN.

        Raises:
            ApiError: there is none.
        """
        execution = self.executions.get(arn)
        if execution is None:
            raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return execution

    def stop(self, execution: Execution) -> None:
        """Abort an execution, as its machine does; one that has ended stays as it is."""
        machine = self.world.target(execution.machine_arn)
        if isinstance(machine, StateMachine):
            machine.stop(execution, None, None)


class StateMachine:
    """A state machine and what it does.

    Attributes:
        definition: what new executions follow; those that run keep theirs.
        revision_id: names what the last change made of it, "" until there is one.
    """

    kind: ClassVar[str] = "state_machines"

    def __init__(self, world: World, name: str, definition: Definition, *, is_express: bool, role_arn: str) -> None:
        self.name = name
        self.arn = arn_of(world, "state_machine", name)
        self.definition = definition
        self.is_express = is_express
        self.role_arn = role_arn
        self.created_us = self.updated_us = world.clock.now_us
        self.revision_id = ""
        self.kept: dict[str, Any] = {}
        self.executions: list[Execution] = []
        self._world = world
        self._machines = world.share(Machines)
        self._place = world.trace.subject("state machine", name)
        stream = world.chance.stream("state machine", name)
        self._luck = Luck(world.chance.uuids("state machine", name), stream)
        self._log = ExecutionLog(world, name, self._place)
        self._counts: dict[str, int] = dict.fromkeys(("started", "succeeded", "failed", "timed_out", "aborted"), 0)

    def settings(self) -> dict[str, Any]:
        """Return how it logs, is traced and encrypted."""
        return {**AT_FIRST, **self.kept}

    def summary(self) -> Mapping[str, int]:
        """Return how many executions were started, how many of them run, and how the others ended."""
        running = sum(execution.status == "RUNNING" for execution in self.executions)
        return {"started": self._counts["started"], "running": running, **self._counts}

    def accept(self, envelope: Envelope) -> None:
        """Start an execution with an event as its input.

        Raises:
            ApiError: the event is too large, or not JSON.
        """
        self.begin(envelope.body, cause=envelope.cause, lineage=envelope.lineage)

    def begin(
        self,
        input_text: str,
        *,
        name: str = "",
        cause: int = 0,
        lineage: Lineage | None = None,
        plan: Plan | None = None,
    ) -> Execution:
        """Start an execution; it runs in steps of its own.

        Args:
            plan: what it follows, None for the machine as it is.

        Raises:
            ApiError: the input is no JSON or too large, or another execution has this name.
        """
        check_input(input_text)
        self._machines.bring_back()
        name = name or self._machines.new_name()
        before = self._machines.executions.get(self._arn_of(name))
        if before is not None and not self.is_express:
            if before.status == "RUNNING" and load_json(before.input) == load_json(input_text):
                return before
            raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{before.arn}'")
        execution = self._new(name, input_text, cause, lineage, plan or self.plan())
        details = {"input": input_text, "roleArn": execution.role_arn}
        execution.history.add("ExecutionStarted", 0, {**details, **qualifiers(execution)})
        self._machines.book.begin(execution)
        self._emit(execution)
        execution.task = self._world.clock.loop.create_task(self._run(execution, 0))
        return execution

    def redrive(self, execution: Execution, cause: int) -> None:
        """Go on with an execution from where it failed."""
        world, last = self._world, execution.history.events[-1].number
        execution.redrive()
        self._machines.book.keep_state(execution)
        at = execution.history.add("ExecutionRedriven", last, {"redriveCount": execution.redrives})
        execution.entry = world.trace.record(
            self._machines.redriven, execution.subject, self._place, cause or execution.entry
        )
        self._emit(execution)
        execution.task = world.clock.loop.create_task(self._run(execution, at))

    def plan(self) -> Plan:
        """Return what a new execution follows."""
        return Plan(definition=self.definition, role_arn=self.role_arn)

    def stop(self, execution: Execution, error: str | None, cause: str | None) -> None:
        """Abort an execution; one that has ended stays as it is."""
        if execution.status == "RUNNING":
            self._end(execution, "ABORTED", error=error, cause=cause)
            if execution.task is not None:
                execution.task.cancel()

    def forget(self) -> None:
        """Abort what runs: the machine is deleted."""
        for execution in self.executions:
            self.stop(execution, None, None)
            self._machines.book.drop(execution)

    def take_over(self, execution: Execution) -> None:
        """Know an execution that an earlier server has run."""
        self.executions.append(execution)
        self._machines.book.resume(execution)
        self.stop(execution, None, INTERRUPTED)

    # --- children of distributed Maps ------------------------------------------------------------------

    def new_run(self, parent: Execution, label: str, place: Place, settings: Mapping[str, Any]) -> MapRun:
        """Return a run of a distributed Map, known from now on."""
        of_machine = self.arn.replace(":stateMachine:", ":mapRun:")
        run = MapRun(
            arn=f"{of_machine}/{label}:{self._machines.new_name()}",
            execution_arn=parent.arn,
            place=place,
            concurrency_max=int(settings.get("MaxConcurrency") or 0),
            tolerated_count=int(settings.get("ToleratedFailureCount") or 0),
            tolerated_percentage=float(settings.get("ToleratedFailurePercentage") or 0),
            clock=self._world.clock,
        )
        self._machines.map_runs[run.arn] = run
        return run

    def earlier_run(self, parent: Execution, place: Place) -> MapRun | None:
        """Return the last run that a state of an execution has begun, None if there is none."""
        runs = reversed(self._machines.map_runs.values())
        return next((each for each in runs if (each.execution_arn, each.place) == (parent.arn, place)), None)

    def begin_child(
        self, parent: Execution, run: MapRun, definition: Definition, at: int, settings: Mapping[str, Any]
    ) -> Execution:
        """Start a child of a distributed Map."""
        label = run.arn.partition("/")[2].partition(":")[0]
        name = self._machines.new_name()
        is_express = settings.get("ExecutionType") == "EXPRESS"
        kind, end = ("express", f":{self._luck.uuid()}") if is_express else ("execution", "")
        machine_arn = f"{self.arn}/{label}"
        input_text = json_text((run.inputs or ())[at])
        child = self._recorded(
            f"{machine_arn.replace(':stateMachine:', f':{kind}:')}:{name}{end}",
            name,
            input_text,
            parent.entry,
            parent.tasks_lineage,
            Plan(definition=definition, role_arn=parent.role_arn),
            machine_arn=machine_arn,
            is_express=is_express,
        )
        child.map_run_arn = run.arn
        run.begun[at] = child
        child.history.add("ExecutionStarted", 0, {"input": input_text, "roleArn": child.role_arn})
        child.task = self._world.clock.loop.create_task(self._run(child, 0))
        return child

    def redrive_child(self, child: Execution) -> None:
        """Have a child go on from where it failed."""
        self.redrive(child, 0)

    def stop_child(self, child: Execution) -> None:
        """Abort a child; one that has ended stays as it is."""
        self.stop(child, None, None)

    # --- one execution ---------------------------------------------------------------------------------

    def _arn_of(self, name: str) -> str:
        kind = "express" if self.is_express else "execution"
        arn = self.arn.replace(":stateMachine:", f":{kind}:") + f":{name}"
        return f"{arn}:{self._luck.uuid()}" if self.is_express else arn

    def _new(self, name: str, input_text: str, cause: int, lineage: Lineage | None, plan: Plan) -> Execution:
        execution = self._recorded(
            self._arn_of(name),
            name,
            input_text,
            cause,
            lineage,
            plan,
            machine_arn=self.arn,
            is_express=self.is_express,
        )
        if self.settings()["tracingConfiguration"].get("enabled"):
            open_segment(self._world, execution)
        self.executions.append(execution)
        self._counts["started"] += 1
        return execution

    def _recorded(
        self,
        arn: str,
        name: str,
        input_text: str,
        cause: int,
        lineage: Lineage | None,
        plan: Plan,
        *,
        machine_arn: str,
        is_express: bool,
    ) -> Execution:
        """Return a new execution, which the trace tells of."""
        world, machines = self._world, self._machines
        subject = world.trace.subject("execution", arn.split(":", 6)[6])
        entry = world.trace.record(machines.started, subject, self._place, cause)
        execution = Execution(
            arn=arn,
            name=name,
            machine_arn=machine_arn,
            plan=plan,
            input_text=input_text,
            is_express=is_express,
            clock=world.clock,
            subject=subject,
            entry=entry,
            lineage=lineage,
        )
        machines.executions[arn] = execution
        settings: Mapping[str, Any] = self.kept.get("loggingConfiguration") or {}
        if settings.get("level", "OFF") != "OFF":
            execution.history.listeners.append(
                lambda event: self._log.write(settings, arn, event, redrives=execution.redrives)
            )
        return execution

    async def _run(self, execution: Execution, at: int) -> None:
        world = self._world
        interpreter = Interpreter(
            execution,
            self.name,
            work=self._machines.work,
            luck=self._luck,
            clock=world.clock,
            told=partial(self._tell, execution),
            children=self,
        )
        limit_s = execution.definition.timeout_s
        if execution.is_express:  # a standard one has a year, which no timer counts: a run may end while it waits
            limit_s = min(EXPRESS_S_MAX, limit_s or EXPRESS_S_MAX)
        try:
            async with asyncio.timeout(limit_s):
                output = await interpreter.run(at)
        except TimeoutError:
            self._end(execution, "TIMED_OUT", error=names.TIMEOUT)
        except StateFailed as failure:
            self._end(execution, "FAILED", error=failure.error or None, cause=failure.cause)
        else:
            text = json_text(output)
            self._end(execution, "SUCCEEDED", output=text)

    def _tell(self, execution: Execution, kind: str, state: str, detail: Mapping[str, object]) -> None:
        trace, told = self._world.trace, {"state": state, **detail}
        value = int(str(told.pop("delay_us", 0)))
        entry = trace.record(self._machines.told[kind], execution.subject, self._place, execution.entry, value, told)
        execution.entry = entry

    def _end(
        self,
        execution: Execution,
        status: Status,
        *,
        output: str | None = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        if execution.status != "RUNNING":
            return
        world = self._world
        execution.error, execution.cause = error, cause
        told = {"output": output, "error": error, "cause": cause}
        details = {name: value for name, value in told.items() if value is not None}
        last = execution.history.events[-1].number
        execution.history.add(_ENDS[status][0], last, details)
        detail = {"error": error or "", "cause": (cause or "")[:500]} if status == "FAILED" else None
        taken_us = world.clock.now_us - execution.started_us
        write_segment(world, execution, status)
        execution.entry = world.trace.record(
            self._machines.ends[status], execution.subject, self._place, execution.entry, taken_us, detail
        )
        if not execution.map_run_arn:
            self._counts[status.lower()] += 1
        execution.end(status, world.clock.now_us, output=output)
        self._machines.book.keep_state(execution)
        self._emit(execution)

    def _emit(self, execution: Execution) -> None:
        """Tell the default bus of a change of status; executions of express machines tell nothing (documented)."""
        world = self._world
        bus = world.target(arn_of(world, "bus", "default"))
        if bus is None or execution.is_express or execution.map_run_arn:
            return
        clock = world.clock
        event = {
            "version": "0",
            "id": self._luck.uuid(),
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": world.account_id,
            "time": f"{clock.date():%Y-%m-%dT%H:%M:%SZ}",
            "region": world.region,
            "resources": [execution.arn],
            "detail": execution.status_detail(),
        }
        body = json_text(event)
        bus.accept(Envelope(body=body, source_arn=self.arn, cause=execution.entry, lineage=execution.lineage))


def check_input(text: str) -> None:
    """See that a text can be an execution's input.

    Raises:
        ApiError: it is no JSON, or too large.
    """
    if len(text.encode()) > DATA_BYTES_MAX:
        message = f"Invalid input: '{text[:40]}…' is longer than {DATA_BYTES_MAX} bytes"
        raise ApiError("InvalidExecutionInput", message)
    fault = json_fault(text)
    if fault:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{fault}'")


def qualifiers(execution: Execution) -> dict[str, str]:
    """Return by which alias and version an execution was started, as far as it was."""
    named = {"stateMachineAliasArn": execution.alias_arn, "stateMachineVersionArn": execution.version_arn}
    return {name: arn for name, arn in named.items() if arn}
