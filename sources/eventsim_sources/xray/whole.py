"""What is a trace? All segments of one request, each subsegment where it belongs, and what follows from those.

A subsegment that came by itself is put into what it names as its parent. One that tells of a call to somebody who has
sent no segment becomes an *inferred* segment: so tables and web sites stand in the map (documented).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

Entity = dict[str, Any]
"""A segment or a subsegment, as its document has it."""

_TYPES = {
    "dynamodb": "AWS::DynamoDB::Table",
    "events": "AWS::Events",
    "kinesis": "AWS::Kinesis::Stream",
    "lambda": "AWS::Lambda",
    "s3": "AWS::S3::Bucket",
    "sns": "AWS::SNS",
    "sqs": "AWS::SQS::Queue",
    "states": "AWS::StepFunctions::StateMachine",
}
"""How X-Ray calls what an SDK calls by its endpoint; tables are documented so, the others are unconfirmed."""

_NAMED_BY = ("table_name", "bucket_name", "queue_url", "topic_arn", "function_name", "resource_names")
"""Members of `aws` that name what was called."""


class Service(Struct, frozen=True, gc=False):
    """Who wrote a segment, or was called: a node of the map.

    Attributes:
        name: the segment's name.
        type: its origin, such as `AWS::Lambda::Function`, "" for an application that tells none.
    """

    name: str
    type: str = ""


class Whole(Struct, frozen=True, kw_only=True):
    """A trace that is put together.

    Attributes:
        trace_id: as `1-581cf771-a006649127e371903a2de979`.
        segments: by their beginnings; inferred ones among them.
        owners: the id of each segment and subsegment, with the segment in which it stands.
    """

    trace_id: str
    segments: Sequence[Entity]
    owners: Mapping[str, Entity]

    @property
    def root(self) -> Entity:
        """The segment with which it began: the first that hangs on none of the others."""
        return next((each for each in self.segments if self.caller_of(each) is None), self.segments[0])

    @property
    def started_at(self) -> float:
        """When the first segment began."""
        return float(self.segments[0]["start_time"])

    @property
    def ended_at(self) -> float:
        """When the last one ended, as far as they have."""
        return max(ended_at_of(each) for each in self.segments)

    @property
    def is_partial(self) -> bool:
        """Whether a segment is still in progress."""
        return any(each.get("in_progress") for each in self.segments)

    def called_by(self, identifier: str) -> Entity | None:
        """Return the segment of the queue that a call with this id went to; of whoever has this id if there is none."""
        called = (each for each in self.segments if each.get("inferred") and each["parent_id"] == identifier)
        return next(called, self.owners.get(identifier))

    def caller_of(self, segment: Entity) -> Entity | None:
        """Return the segment from which this one was called, None for none in this trace."""
        return self.owners.get(segment.get("parent_id", ""))


def put_together(trace_id: str, documents: Sequence[Entity]) -> Whole:
    """Return the trace that some documents are about."""
    entities = {entity["id"]: entity for document in documents for entity in (document, *below(document))}
    segments = [each for each in documents if each.get("type") != "subsegment"]
    for document in documents:
        if document.get("type") == "subsegment":
            parent = entities.get(document["parent_id"])
            if parent is None or any(each is parent for each in (document, *below(document))):
                segments.append(document)
            else:
                parent.setdefault("subsegments", []).append(document)
                for member in ("type", "trace_id", "parent_id"):
                    del document[member]
    called = {each.get("parent_id") for each in segments}
    segments += [
        _inferred(trace_id, each)
        for segment in segments
        for each in below(segment)
        if each.get("namespace") in ("aws", "remote") and each["id"] not in called and not each.get("in_progress")
    ]
    segments.sort(key=lambda each: (each["start_time"], -ended_at_of(each)))
    owners = {entity["id"]: segment for segment in segments for entity in (segment, *below(segment))}
    return Whole(trace_id=trace_id, segments=segments, owners=owners)


def below(entity: Entity) -> Iterator[Entity]:
    """Yield all subsegments of a segment, those of subsegments too."""
    for each in entity.get("subsegments") or ():
        yield each
        yield from below(each)


def part(entity: Entity, *path: str) -> dict[str, Any]:
    """Return what is told under a path of members, nothing if it is not told or no object: users write documents."""
    found: Any = entity
    for member in path:
        found = found.get(member) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def links_of(segment: Entity) -> list[dict[str, Any]]:
    """Return the links of a segment to segments of other traces."""
    links = segment.get("links")
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []


def service_of(segment: Entity) -> Service:
    """Return who wrote a segment."""
    return Service(segment["name"], str(segment.get("origin") or ""))


def ended_at_of(entity: Entity) -> float:
    """Return when something ended; as long as it has not, when it began."""
    at: float = entity["start_time"] if entity.get("end_time") is None else entity["end_time"]
    return at


def _inferred(trace_id: str, call: Entity) -> Entity:
    """Return the segment of whoever was called and has told nothing himself."""
    is_aws = call["namespace"] == "aws"
    segment: Entity = {
        "id": hashlib.sha256(call["id"].encode()).hexdigest()[:16],
        "name": _called(call) if is_aws else call["name"],
        "start_time": call["start_time"],
        "end_time": call["end_time"],
        "parent_id": call["id"],
        "inferred": True,
        **{member: call[member] for member in ("http", "aws", "sql", "fault", "error", "throttle") if member in call},
        "trace_id": trace_id,
    }
    segment["origin"] = _TYPES.get(call["name"].casefold(), f"AWS::{call['name']}") if is_aws else "remote"
    return segment


def _called(call: Entity) -> str:
    """Return the name of the table, the queue … that was called, else that of its service."""
    aws = part(call, "aws")
    named = next((aws[member] for member in _NAMED_BY if aws.get(member)), "")
    name = str(named[0] if isinstance(named, list) else named)
    return name.rpartition("/")[2].rpartition(":")[2] or str(call["name"])
