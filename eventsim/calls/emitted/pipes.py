"""What do pipes emit? By their name, and for the account how often they run."""

from collections.abc import Callable, Mapping

from eventsim.calls.metric import Home, Metric, Place, Point, by_name, counted, detail_of, one, value
from eventsim.trace import Entry

_PIPES = "AWS/EventBridge/Pipes"
_TOOK, _ENRICHED, _PASSED, _FAILED = "pipe took", "pipe enriched", "pipe delivered", "pipe failed"


def _account(_: Entry, home: Home) -> Mapping[str, str]:
    return {"AwsAccountId": home.account_id}


_PIPE, _ALL_PIPES = by_name("pipe", "PipeName"), Place("pipe", (("AwsAccountId",),), _account)


def _duration(entry: Entry) -> Point | None:
    """Tell how long a batch took that is through, or has nothing left for the target."""
    is_over = entry.kind != _ENRICHED or not entry.value
    return Point(entry.at_us, detail_of(entry)["taken_us"] / 1000) if is_over else None


def _stage_duration(stage: str) -> Callable[[Entry], Point | None]:
    """Return what tells how long a batch was in a stage; of those that failed, in this one."""

    def point(entry: Entry) -> Point | None:
        detail = detail_of(entry)
        is_here = detail.get("stage", stage) == stage
        return Point(entry.at_us, detail["stage_us"] / 1000) if is_here else None

    return point


def _failure(*, is_partial: bool, stage: str = "") -> Callable[[Entry], Point | None]:
    """Return what counts failures of whole batches, or else of parts, of one stage or of any."""

    def point(entry: Entry) -> Point | None:
        detail = detail_of(entry)
        is_here = not stage or detail.get("stage", "target") == stage
        return one(entry) if is_here and detail["is_partial"] is is_partial else None

    return point


def _skipped(entry: Entry) -> Point | None:
    """Count a batch of which the enrichment left nothing."""
    return None if entry.value else one(entry)


def _of_pipe(name: str, unit: str, kinds: tuple[str, ...], point: Callable[[Entry], Point | None]) -> Metric:
    return Metric(_PIPES, name, unit, kinds, _PIPE, point)


METRICS = (
    *counted(_PIPES, _PIPE, {"Invocations": _TOOK}),
    *counted(_PIPES, _ALL_PIPES, {"Invocations": _TOOK}),
    _of_pipe("EventCount", "Count", (_TOOK,), value),
    _of_pipe("Duration", "Milliseconds", (_ENRICHED, _PASSED, _FAILED), _duration),
    _of_pipe("ExecutionFailed", "Count", (_FAILED,), _failure(is_partial=False)),
    _of_pipe("ExecutionPartiallyFailed", "Count", (_PASSED, _FAILED), _failure(is_partial=True)),
    _of_pipe("EnrichmentStageFailed", "Count", (_FAILED,), _failure(is_partial=False, stage="enrichment")),
    _of_pipe("TargetStageFailed", "Count", (_FAILED,), _failure(is_partial=False, stage="target")),
    _of_pipe("TargetStagePartiallyFailed", "Count", (_PASSED, _FAILED), _failure(is_partial=True)),
    _of_pipe("TargetStageSkipped", "Count", (_ENRICHED,), _skipped),
    _of_pipe("EnrichmentStageDuration", "Milliseconds", (_ENRICHED, _FAILED), _stage_duration("enrichment")),
    _of_pipe("TargetStageDuration", "Milliseconds", (_PASSED, _FAILED), _stage_duration("target")),
)
