"""Run event-driven, AWS-Lambda-style architectures in virtual time.

The public names are these and no others; everything else is private by not being here.
"""

from typing import TYPE_CHECKING, Any

from eventsim.api import OUTSIDE, Caller, Operation, Operations, Request, Result
from eventsim.chance import Chance
from eventsim.clock import Clock
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
    TraceFileError,
    UntrackedWakeup,
)
from eventsim.loop import Ticket, VirtualLoop
from eventsim.quantity import Duration, Size, duration_us, size_bytes
from eventsim.source import Closable, Pollable, Source, SourceKind, Taken, World
from eventsim.target import Inbox, Shelf, Target
from eventsim.trace import Entry, Kind, Trace

if TYPE_CHECKING:
    from eventsim.simulation import FunctionFailed, Simulation, SyncSimulation, WouldBlock, WrongLoop

__all__ = [
    "NO_LINEAGE",
    "OUTSIDE",
    "ApiError",
    "Caller",
    "Chance",
    "Clock",
    "Closable",
    "ConfigurationError",
    "Duration",
    "Entry",
    "Envelope",
    "EventsimError",
    "FunctionFailed",
    "Inbox",
    "Kind",
    "Lineage",
    "Livelock",
    "NotSimulated",
    "Operation",
    "Operations",
    "Pollable",
    "Request",
    "Result",
    "RunError",
    "ScenarioError",
    "Shelf",
    "Simulation",
    "Size",
    "Source",
    "SourceKind",
    "Stalled",
    "StorageError",
    "SyncSimulation",
    "Taken",
    "Target",
    "Ticket",
    "Trace",
    "TraceFileError",
    "UntrackedWakeup",
    "VirtualLoop",
    "World",
    "WouldBlock",
    "WrongLoop",
    "duration_us",
    "size_bytes",
]

_OF_SIMULATION = ("FunctionFailed", "Simulation", "SyncSimulation", "WouldBlock", "WrongLoop")


def __getattr__(name: str) -> Any:
    """Load the simulation when somebody asks for it: sources and their tests need only the doors."""
    if name in _OF_SIMULATION:
        from eventsim import simulation

        return getattr(simulation, name)
    raise AttributeError(f"module 'eventsim' has no attribute {name!r}")
