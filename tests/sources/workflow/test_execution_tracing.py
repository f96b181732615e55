"""What does a state machine tell X-Ray?"""

import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sources.conftest import segments_of

CLIENT = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="
WORK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work", "End": True}


class Machine:
    """A state machine that traces, and calls a function."""

    def __init__(self, simulation: SyncSimulation, *, enabled: bool = True) -> None:
        self.simulation = simulation
        simulation.add_function("work", handler=lambda event, _: 1 // event["n"])
        definition = json.dumps({"StartAt": "Work", "States": {"Work": WORK}})
        made: Any = simulation.request(
            "stepfunctions",
            "CreateStateMachine",
            {
                "name": "pay",
                "definition": definition,
                "roleArn": "arn:aws:iam::123456789012:role/r",
                "tracingConfiguration": {"enabled": enabled},
            },
        )
        self.arn = made["stateMachineArn"]

    def run(self, n: int = 1, **parameters: Any) -> Any:
        """Run an execution to its end, and return what is told of it."""
        given = {"stateMachineArn": self.arn, "input": json.dumps({"n": n}), **parameters}
        started: Any = self.simulation.request("stepfunctions", "StartExecution", given)
        self.simulation.until_idle()
        execution = {"executionArn": started["executionArn"]}
        return self.simulation.request("stepfunctions", "DescribeExecution", execution)

    def segments(self) -> dict[str, dict[str, Any]]:
        """Return all segments by origin."""
        return {each["origin"]: each for each in segments_of(self.simulation)}


@pytest.fixture
def machine(world: SyncSimulation) -> Machine:
    return Machine(world)


def test_an_execution_stands_above_what_its_tasks_call(machine: Machine) -> None:
    """In a trace that begins with it, which the default rule samples."""
    execution = machine.run()

    segments = machine.segments()
    own = segments["AWS::StepFunctions::StateMachine"]
    assert segments["AWS::Lambda"]["parent_id"] == own["id"]
    assert (own["name"], own["resource_arn"]) == ("pay", machine.arn)
    assert own["aws"] == {"execution_arn": execution["executionArn"]}
    assert own["end_time"] > own["start_time"]
    assert "fault" not in own


def test_an_execution_that_fails_is_a_fault(machine: Machine) -> None:
    """With its error as the cause."""
    machine.run(0)

    own = machine.segments()["AWS::StepFunctions::StateMachine"]
    assert (own["fault"], own["cause"]["exceptions"][0]["type"]) == (True, "ZeroDivisionError")


def test_an_execution_goes_on_with_what_was_decided(machine: Machine) -> None:
    """Whoever starts it may hand on a header, which is told as it was given."""
    unsampled = machine.run(traceHeader=CLIENT + "0")
    before = machine.segments()
    machine.run(traceHeader=CLIENT + "1")

    assert (before, unsampled["traceHeader"]) == ({}, CLIENT + "0")
    assert machine.segments()["AWS::StepFunctions::StateMachine"]["parent_id"] == "53995c3f42cd8ad8"


def test_a_machine_that_does_not_trace_tells_nothing(world: SyncSimulation) -> None:
    """Its tasks go on with the trace all the same."""
    machine = Machine(world, enabled=False)

    machine.run(traceHeader=CLIENT + "1")

    assert machine.segments().keys() == {"AWS::Lambda", "AWS::Lambda::Function"}
