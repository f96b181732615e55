"""Run event-driven, AWS-Lambda-style architectures in virtual time.

The public names are these and no others; everything else is private by not being here.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

from eventsim.api import OUTSIDE, Caller, Operation, Operations, Request, Result
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.delivery import Delivery, DeliveryPolicy, GivenUp, Passage, Underway
from eventsim.envelope import NO_LINEAGE, Envelope, Lineage
from eventsim.errors import (
    ApiError,
    ConfigurationError,
    EventsimError,
    Livelock,
    NotSimulated,
    RunError,
    ScenarioError,
    Stalled,
    StorageError,
    TemplateError,
    TraceFileError,
    UntrackedWakeup,
)
from eventsim.invocation import Invocation
from eventsim.jackson import json_fault
from eventsim.json_text import load_json
from eventsim.loop import Ticket, VirtualLoop
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled
from eventsim.polled import Pollable, Shard, Sharded, ShardPosition, StreamRecord, Taken
from eventsim.quantity import Duration, Size, duration_us, size_bytes
from eventsim.source import About, Closable, Feed, FunctionUrl, Source, SourceKind, World
from eventsim.subscription import FailedInfo, Subscribable, Subscribed, Subscription
from eventsim.target import Inbox, Shelf, Target
from eventsim.trace import Entry, Kind, Trace

if sys.platform == "win32":
    raise ImportError("eventsim runs on Linux and macOS; on Windows, install it within WSL: https://aka.ms/wsl")

if TYPE_CHECKING:
    from eventsim.asgi import asgi_app
    from eventsim.broker_event import (
        activemq_event,
        activemq_message,
        kafka_event,
        kafka_record,
        rabbitmq_event,
        rabbitmq_message,
    )
    from eventsim.front_door import FrontDoor, Reply, Socket, SocketDoor, SocketEnd
    from eventsim.pattern import (
        BUS,
        POLLER,
        TOPIC_ATTRIBUTES,
        TOPIC_BODY,
        Explanation,
        FilterCriteria,
        Pattern,
        PatternError,
        PatternIndex,
        compile_pattern,
    )
    from eventsim.permissions.document import policy_fault
    from eventsim.report.told import save_report, save_trace, story
    from eventsim.resource_policy import PolicyRequest, judge_policy
    from eventsim.simulation import (
        FunctionFailed,
        NotOpen,
        Simulation,
        SyncSimulation,
        WouldBlock,
        WrongLoop,
        WrongThread,
    )
    from eventsim.spool import SPOOLED_BYTES_MIN, Spool
    from eventsim.web_socket import SocketClosed, SocketRefused, SyncWebSocket, WebSocket
    from eventsim.wire.http import Headers, HttpRequest, HttpResponse

__all__ = [
    "BUS",
    "NO_LINEAGE",
    "OUTSIDE",
    "POLLER",
    "SPOOLED_BYTES_MIN",
    "TOPIC_ATTRIBUTES",
    "TOPIC_BODY",
    "About",
    "ApiError",
    "Attempt",
    "Caller",
    "Chance",
    "Clock",
    "Closable",
    "ConfigurationError",
    "Delivery",
    "DeliveryPolicy",
    "Duration",
    "Entry",
    "Envelope",
    "EventsimError",
    "Explanation",
    "FailedInfo",
    "Failure",
    "Feed",
    "FilterCriteria",
    "FrontDoor",
    "FunctionFailed",
    "FunctionUrl",
    "GivenUp",
    "Headers",
    "HttpRequest",
    "HttpResponse",
    "Inbox",
    "Invocation",
    "Kind",
    "Lineage",
    "Livelock",
    "NotOpen",
    "NotSimulated",
    "Operation",
    "Operations",
    "Passage",
    "Pattern",
    "PatternError",
    "PatternIndex",
    "PolicyRequest",
    "Pollable",
    "Refused",
    "Reply",
    "Request",
    "Result",
    "RunError",
    "ScenarioError",
    "Shard",
    "ShardPosition",
    "Sharded",
    "Shelf",
    "Simulation",
    "Size",
    "Socket",
    "SocketClosed",
    "SocketDoor",
    "SocketEnd",
    "SocketRefused",
    "Source",
    "SourceKind",
    "Spool",
    "Stalled",
    "StorageError",
    "StreamRecord",
    "Subscribable",
    "Subscribed",
    "Subscription",
    "Success",
    "SyncSimulation",
    "SyncWebSocket",
    "Taken",
    "Target",
    "TemplateError",
    "Throttled",
    "Ticket",
    "Trace",
    "TraceFileError",
    "Underway",
    "UntrackedWakeup",
    "VirtualLoop",
    "WebSocket",
    "World",
    "WouldBlock",
    "WrongLoop",
    "WrongThread",
    "activemq_event",
    "activemq_message",
    "asgi_app",
    "compile_pattern",
    "duration_us",
    "json_fault",
    "judge_policy",
    "kafka_event",
    "kafka_record",
    "load_json",
    "policy_fault",
    "rabbitmq_event",
    "rabbitmq_message",
    "save_report",
    "save_trace",
    "size_bytes",
    "story",
]

_LOADED_WHEN_ASKED_FOR = {
    "eventsim.asgi": ("asgi_app",),
    "eventsim.broker_event": (
        *("activemq_event", "activemq_message", "kafka_event", "kafka_record"),
        *("rabbitmq_event", "rabbitmq_message"),
    ),
    "eventsim.front_door": ("FrontDoor", "Reply", "Socket", "SocketDoor", "SocketEnd"),
    "eventsim.pattern": (
        *("BUS", "POLLER", "TOPIC_ATTRIBUTES", "TOPIC_BODY", "Explanation", "FilterCriteria", "Pattern"),
        *("PatternError", "PatternIndex", "compile_pattern"),
    ),
    "eventsim.permissions.document": ("policy_fault",),
    "eventsim.report.told": ("save_report", "save_trace", "story"),
    "eventsim.resource_policy": ("PolicyRequest", "judge_policy"),
    "eventsim.simulation": (
        "FunctionFailed",
        "NotOpen",
        "Simulation",
        "SyncSimulation",
        "WouldBlock",
        "WrongLoop",
        "WrongThread",
    ),
    "eventsim.spool": ("SPOOLED_BYTES_MIN", "Spool"),
    "eventsim.web_socket": ("SocketClosed", "SocketRefused", "SyncWebSocket", "WebSocket"),
    "eventsim.wire.http": ("Headers", "HttpRequest", "HttpResponse"),
}


def __getattr__(name: str) -> Any:
    """Load what not everybody needs when somebody asks for it."""
    for module, names in _LOADED_WHEN_ASKED_FOR.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module 'eventsim' has no attribute {name!r}")
