"""What do state machines emit?"""

from collections.abc import Mapping

from eventsim.calls.metric import Home, Metric, Place, counted, milliseconds
from eventsim.trace import Entry

_NAMESPACE = "AWS/States"
_ENDS = tuple(f"execution {end}" for end in ("succeeded", "failed", "timed out", "aborted"))


def _arn(entry: Entry, home: Home) -> Mapping[str, str]:
    machine = entry.subject.removeprefix("execution ").partition(":")[0]  # a child of a distributed Map has one, too
    return {"StateMachineArn": f"arn:aws:states:{home.region}:{home.account_id}:stateMachine:{machine}"}


_MACHINE = Place("state machine", (("StateMachineArn",),), _arn)

METRICS = (
    Metric(_NAMESPACE, "ExecutionTime", "Milliseconds", _ENDS, _MACHINE, milliseconds),
    *counted(
        _NAMESPACE,
        _MACHINE,
        {
            "ExecutionsStarted": "execution started",
            "ExecutionsSucceeded": "execution succeeded",
            "ExecutionsFailed": "execution failed",
            "ExecutionsTimedOut": "execution timed out",
            "ExecutionsAborted": "execution aborted",
        },
    ),
)
