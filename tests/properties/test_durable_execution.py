"""A durable execution under any saves, answers, pauses and spans of time: what must hold whatever happens?"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from eventsim.durable.execution import Execution, Pause, Start, State
from eventsim.durable.operation import SECOND_US, Operation
from eventsim.durable.replay import operations_page
from eventsim.errors import ApiError

HOME = ("us-east-1", "123456789012")
ENDS = {"SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"}
STATES: list[State] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"]
KINDS = {"s": "STEP", "w": "WAIT", "b": "CALLBACK", "i": "CHAINED_INVOKE", "c": "CONTEXT"}
"""Operations are named by their kind and a number, so that several updates are of one."""
OPTIONS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("STEP", "RETRY"): {"StepOptions": {"NextAttemptDelaySeconds": 3}},
    ("WAIT", "START"): {"WaitOptions": {"WaitSeconds": 5}},
    ("CALLBACK", "START"): {"CallbackOptions": {"TimeoutSeconds": 20, "HeartbeatTimeoutSeconds": 4}},
    ("CHAINED_INVOKE", "START"): {"ChainedInvokeOptions": {"FunctionName": "price"}},
    ("CONTEXT", "SUCCEED"): {"ContextOptions": {"ReplayChildren": False}},
}
names = st.builds(lambda kind, number: f"{kind}{number}", st.sampled_from("swbic"), st.integers(0, 2))
actions = st.sampled_from(["START", "START", "START", "SUCCEED", "FAIL", "RETRY", "CANCEL"])
parents = st.sampled_from(["", "", "c0", "c1"])


def is_under_way(machine: "AnyExecution") -> bool:
    """Whether it may change at all: `DurableExecutions` lets nothing in once it is over."""
    return not machine.execution.is_over


class AnyExecution(RuleBasedStateMachine):
    """What functions, clients and time may do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        start = Start(
            arn="arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/n/own",
            name="n",
            function="f",
            version="1",
            qualifier="1",
            mode="asynchronous",
            payload="{}",
            started_us=0,
            timeout_s=100,
            retention_days=1,
            request_id="r",
        )
        self.now_us = 0
        self.execution = Execution.begun(start)
        self.numbers = count()
        self.ended: dict[str, Operation] = {}

    @precondition(is_under_way)
    @rule(name=names, action=actions, parent=parents)
    def save(self, name: str, action: str, parent: str) -> None:
        """Save an update; one that is refused changes nothing."""
        kind, before = KINDS[name[0]], dict(self.execution.operations)
        update = {"Id": name, "Type": kind, "Action": action, **OPTIONS.get((kind, action), {})}
        if name not in before and parent not in ("", name):
            update["ParentId"] = parent
        try:
            self.execution.save([update], self.now_us, home=HOME, new_callback_id=lambda: f"{next(self.numbers)}")
        except ApiError:
            assert self.execution.operations == before

    @precondition(is_under_way)
    @rule(seconds=st.integers(1, 9))
    def let_time_pass(self, seconds: int) -> None:
        """Nothing that is due is left behind."""
        self.now_us += seconds * SECOND_US
        self.execution.come_due(self.now_us)

        due_us = self.execution.due_us
        assert due_us is None or due_us > self.now_us

    @precondition(is_under_way)
    @rule(place=st.integers(0, 9), is_heartbeat=st.booleans())
    def answer(self, place: int, is_heartbeat: bool) -> None:
        """Answer one of the operations that wait for somebody else, or only say that somebody is still there."""
        waiting = [each for each in self.execution.operations.values() if each.is_awaited and each.type != "WAIT"]
        for operation in waiting[place : place + 1]:
            if is_heartbeat:
                self.execution.hear(operation, self.now_us)
            elif operation.type != "STEP":
                self.execution.settle(operation, "SUCCEEDED", self.now_us, result="1")

    @rule()
    def take_up(self) -> None:
        """An invocation is told of everything once."""
        news = self.execution.tell_news()

        assert len({each.id for each in news}) == len(news)
        assert not self.execution.has_news
        assert self.execution.tell_news() == []

    @precondition(lambda self: self.execution.state == "RUNNING")
    @rule(stops_timeout=st.booleans())
    def pause(self, stops_timeout: bool) -> None:
        """Somebody lets it rest."""
        self.execution.pause = Pause(requested_us=self.now_us, reason=None, stops_timeout=stops_timeout)
        self.execution.rest(self.now_us)

    @precondition(lambda self: self.execution.state == "PAUSED")
    @rule()
    def resume(self) -> None:
        """Time does not run out sooner for a pause."""
        before_us = self.execution.start.started_us + self.execution.start.timeout_s * SECOND_US
        self.execution.go_on(self.now_us, None)

        assert self.execution.expires_us >= before_us

    @precondition(is_under_way)
    @rule(state=st.sampled_from(STATES))
    def end(self, state: State) -> None:
        """It comes to its end, in the words of its state."""
        self.execution.end(state, self.now_us)

        assert self.execution.own.status == state

    @invariant()
    def an_end_is_for_ever(self) -> None:
        """No operation leaves the end that it has come to, nor is any lost."""
        operations = self.execution.operations
        for name, before in self.ended.items():
            assert operations[name] == before
        self.ended = {name: each for name, each in operations.items() if each.status in ENDS}

    @invariant()
    def the_history_is_in_order(self) -> None:
        """Of time; first comes the beginning, and last the end."""
        events = self.execution.events
        assert [each.at_us for each in events] == sorted(each.at_us for each in events)
        own = [place for place, each in enumerate(events) if each.names.get("Id") == "own"]
        assert own == ([0, len(events) - 1] if self.execution.is_over else [0])

    @invariant()
    def a_replay_hides_nothing_that_matters(self) -> None:
        """What is awaited is told, unless the context that wanted it is over."""
        operations = self.execution.operations
        told = {each.id for each in self.execution.replayed()}
        for operation in operations.values():
            contexts = ancestors(operation, operations)
            assert (operation.id in told) == all(each.status not in ENDS for each in contexts)

    @invariant()
    def pages_hold_everything_once(self) -> None:
        """One marker after the other."""
        operations, marker, seen = self.execution.replayed(), "", []
        while True:
            page, marker = operations_page(operations, marker, bytes_max=500, items_max=3)
            seen += page
            if not marker:
                break
        assert seen == operations


def ancestors(operation: Operation, operations: Mapping[str, Operation]) -> list[Operation]:
    """Return the contexts that an operation belongs to, from the inside out."""
    if not operation.parent_id:
        return []
    parent = operations[operation.parent_id]
    return [parent, *ancestors(parent, operations)]


TestAnyExecution = AnyExecution.TestCase
TestAnyExecution.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
