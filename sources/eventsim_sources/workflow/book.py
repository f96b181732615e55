"""Which executions does a server go on with? Standard ones, with their histories, until 90 days after their end.

One that was running when its server ended is aborted by the next one, and says so: AWS would go on with it, but nobody
knows what became of the task that it was about to do. Whoever wants that task done again redrives it: how far each of
its branches was is written down. Children of distributed Maps belong to their run, which ends with the server.
"""

from msgspec import Struct, structs

from eventsim import NO_LINEAGE, World
from eventsim_sources.workflow.definition import read
from eventsim_sources.workflow.execution import Execution, Plan, Status
from eventsim_sources.workflow.history import HistoryEvent
from eventsim_sources.workflow.limits import EXECUTIONS_KEPT_US
from eventsim_sources.workflow.progress import Step

INTERRUPTED = "The server that ran this execution has ended, and another one cannot go on with it"


class _Begun(Struct):
    name: str
    machine_arn: str
    definition: str
    role_arn: str
    version_arn: str
    alias_arn: str
    input: str
    started_us: int
    trace_header: str = ""


class _State(Struct, omit_defaults=True):
    status: Status
    stopped_us: int | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    redrives: int = 0
    redriven_us: int | None = None


class _Page(Struct, omit_defaults=True):
    """What one line tells of an execution: how it began, an event of its history, how far it is, or how it stands.

    Attributes:
        began_epoch_us: when the run began from which all instants count.
    """

    began_epoch_us: int
    begun: _Begun | None = None
    event: HistoryEvent | None = None
    step: Step | None = None
    state: _State | None = None


class ExecutionBook:
    """Writes down what executions do, and brings back those of an earlier server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._notebook = world.notebook("executions")
        self._is_read = self._notebook is None

    def begin(self, execution: Execution) -> None:
        """Write down that an execution has begun, and from now on what happens in it."""
        notebook = self._notebook
        if notebook is None or execution.is_express:
            return
        begun = _Begun(
            name=execution.name,
            machine_arn=execution.machine_arn,
            definition=execution.definition.text,
            role_arn=execution.role_arn,
            version_arn=execution.version_arn,
            alias_arn=execution.alias_arn,
            input=execution.input,
            started_us=execution.started_us,
            trace_header=execution.trace_header,
        )
        start_us = self._world.clock.start_epoch_us
        notebook.put(execution.arn, _Page(start_us, begun=begun))
        notebook.add(execution.arn, *[_Page(start_us, event=each) for each in execution.history.events])
        self.resume(execution)

    def resume(self, execution: Execution) -> None:
        """Write down from now on what happens in an execution."""
        notebook, start_us = self._notebook, self._world.clock.start_epoch_us
        if notebook is not None:
            execution.history.listeners.append(lambda event: notebook.add(execution.arn, _Page(start_us, event=event)))
            execution.progress.listeners.append(lambda step: notebook.add(execution.arn, _Page(start_us, step=step)))

    def keep_state(self, execution: Execution) -> None:
        """Write down how an execution stands."""
        if self._notebook is None or execution.is_express or execution.map_run_arn:
            return
        state = _State(
            status=execution.status,
            stopped_us=execution.stopped_us,
            output=execution.output,
            error=execution.error,
            cause=execution.cause,
            redrives=execution.redrives,
            redriven_us=execution.redriven_us,
        )
        self._notebook.add(execution.arn, _Page(self._world.clock.start_epoch_us, state=state))

    def drop(self, execution: Execution) -> None:
        """Forget an execution."""
        if self._notebook is not None and not execution.is_express:
            self._notebook.drop(execution.arn)

    # --- coming back -----------------------------------------------------------------------------------

    def left(self) -> list[Execution]:
        """Return the executions that an earlier server left, once; one that ended long ago is forgotten.

        Raises:
            StorageError: they cannot be read.
        """
        if self._is_read or self._notebook is None or not self._notebook.is_open:
            return []
        self._is_read = True
        found: dict[str, Execution] = {}
        for arn, page in self._notebook.read(_Page):
            span_us = page.began_epoch_us - self._world.clock.start_epoch_us
            if page.begun is not None:
                found[arn] = self._execution(arn, page.begun, span_us)
            elif arn in found:
                _note(found[arn], page, span_us)
        old_us = self._world.clock.now_us - EXECUTIONS_KEPT_US
        for each in found.values():
            if each.stopped_us is not None and each.stopped_us < old_us:
                self.drop(each)
        return [each for each in found.values() if each.stopped_us is None or each.stopped_us >= old_us]

    def _execution(self, arn: str, begun: _Begun, span_us: int) -> Execution:
        plan = Plan(
            definition=read(begun.definition),
            role_arn=begun.role_arn,
            version_arn=begun.version_arn,
            alias_arn=begun.alias_arn,
        )
        machine = begun.machine_arn.rpartition(":")[2]
        execution = Execution(
            arn=arn,
            name=begun.name,
            machine_arn=begun.machine_arn,
            plan=plan,
            input_text=begun.input,
            is_express=False,
            clock=self._world.clock,
            subject=self._world.trace.subject("execution", f"{machine}:{begun.name}"),
            entry=0,
            lineage=NO_LINEAGE.under(begun.trace_header) if begun.trace_header else None,
        )
        execution.started_us = begun.started_us + span_us
        return execution


def _note(execution: Execution, page: _Page, span_us: int) -> None:
    """Note what a line tells of an execution."""
    if page.event is not None:
        execution.history.events.append(structs.replace(page.event, at_us=page.event.at_us + span_us))
    if page.step is not None:
        execution.progress.carry_out(page.step)
    state = page.state
    if state is None:
        return
    execution.status, execution.output = state.status, state.output
    execution.error, execution.cause, execution.redrives = state.error, state.cause, state.redrives
    execution.stopped_us = None if state.stopped_us is None else state.stopped_us + span_us
    execution.redriven_us = None if state.redriven_us is None else state.redriven_us + span_us
