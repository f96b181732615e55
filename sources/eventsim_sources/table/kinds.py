"""Which facts does a table record in the trace, and how are they told?"""

from eventsim import Trace


class Kinds:
    """The numbers of a table's kinds of entry in one trace."""

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.inserted = kind("item inserted", "{subject} was put into {place}", value="size_bytes")
        self.modified = kind("item modified", "{subject} was changed in {place}", value="size_bytes")
        self.rewritten = kind("item rewritten", "{subject} was written to {place} as it was", value="size_bytes")
        self.deleted = kind("item deleted", "{subject} was deleted from {place}")
        self.expired = kind("item expired", "{subject} outlived its time and was deleted from {place}")
        self.filled = kind("items given", "{place} begins with {value} items", value="items")
        self.restored = kind("items restored", "{place} has {value} items that an earlier server left", value="items")
        self.refused = kind("condition failed", "{place} kept {subject} as it is: a condition does not hold")
        self.read_throttled = kind("item read throttled", "{place} refused to read {subject}: {reason}")
        self.write_throttled = kind("item write throttled", "{place} refused to write {subject}: {reason}")
        self.consumed = kind("capacity consumed", "{place} gave {reads} units of reading and {writes} of writing")
        self.lost = kind("change not sent", "{place} could not tell {to} of {subject}: {reason}")
