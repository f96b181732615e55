"""What does a state machine tell X-Ray of an execution? One segment, above what its tasks lead to (documented)."""

from eventsim import NO_LINEAGE, World
from eventsim_sources.workflow.execution import Execution, Status
from eventsim_sources.xray.rules import Rules

_TYPE = "AWS::StepFunctions::StateMachine"


def open_segment(world: World, execution: Execution) -> None:
    """Begin the segment of an execution that is traced, and let its tasks call under it.

    What was decided before counts; who begins a trace asks the sampling rules.
    """
    rules, arn = world.share(Rules), execution.machine_arn
    about = {"ServiceName": arn.rpartition(":")[2], "ServiceType": _TYPE, "ResourceARN": arn}
    opened = world.segments.open(execution.trace_header, lambda: rules.samples(**about))
    execution.segment = opened.segment
    execution.tasks_lineage = (execution.lineage or NO_LINEAGE).under(opened.header)


def write_segment(world: World, execution: Execution, status: Status) -> None:
    """Write the segment of an execution that has ended, if it has one."""
    if execution.segment is None:
        return
    clock = world.clock
    failed = {}
    if status != "SUCCEEDED":
        exception = {
            "id": world.segments.new_id(),
            "type": execution.error or status,
            "message": execution.cause or "",
        }
        failed = {"fault": True, "cause": {"exceptions": [exception]}}
    world.segments.put(
        {
            **execution.segment,
            "name": execution.machine_arn.rpartition(":")[2],
            "start_time": (clock.start_epoch_us + execution.started_us) / 1_000_000,
            "end_time": clock.epoch_us() / 1_000_000,
            "aws": {"execution_arn": execution.arn},
            "origin": _TYPE,
            "resource_arn": execution.machine_arn,
            **failed,
        }
    )
