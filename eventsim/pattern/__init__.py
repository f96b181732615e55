"""Does this pattern match this event?

AWS has one pattern language with dialects: rules of a bus, filters of an event source mapping, filter policies of a
topic. One compiler serves them all; what differs is data (`dialect`). A pattern is read (`notation`), each leaf becomes
a test (`element`), the tree becomes flat alternatives (`grammar`), and the alternatives are tried on an event
(`search`, `compiled`); of many patterns, few are tried (`index`). Nothing here waits, knows the time, or keeps a state.
"""

from eventsim.pattern.compiled import Explanation, Pattern, compile_pattern
from eventsim.pattern.criteria import FilterCriteria, ForgivingCriteria
from eventsim.pattern.dialect import BUS, POLLER, TOPIC_ATTRIBUTES, TOPIC_BODY, Dialect
from eventsim.pattern.index import PatternIndex
from eventsim.pattern.notation import PatternError

__all__ = [
    "BUS",
    "POLLER",
    "TOPIC_ATTRIBUTES",
    "TOPIC_BODY",
    "Dialect",
    "Explanation",
    "FilterCriteria",
    "ForgivingCriteria",
    "Pattern",
    "PatternError",
    "PatternIndex",
    "compile_pattern",
]
