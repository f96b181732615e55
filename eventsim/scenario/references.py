"""Is everything there that the scenario refers to? Names that the core itself can look up; sources check their own."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from eventsim.errors import ConfigurationError
from eventsim.expectation.expectation import Expectation
from eventsim.expectation.expectations import places_of
from eventsim.scenario.schema import ScenarioSpec
from eventsim.spelling import did_you_mean
from eventsim.workload.spec import FeedSpec

Sources = Mapping[str, Mapping[str, Struct | None]]
"""Section → name → settings of everything that may be spoken of; None for what a template made."""

_ADDRESSES = ("apis", "load_balancers")
"""Sections whose sources answer HTTP requests."""


def broken_references(spec: ScenarioSpec, sources: Sources) -> Iterator[ConfigurationError]:
    """Yield an error for every name that is not there; its key is the setting that uses the name."""
    sources = _with_functions(spec, sources)
    everything = {name: None for section, of_kind in sources.items() if section != "functions" for name in of_kind}
    for index, mapping in enumerate(spec.mappings):
        yield from _missing("source", mapping.source, everything, f"mappings[{index}].source")
        yield from _missing("function", mapping.function, sources["functions"], f"mappings[{index}].function")
    for index, fault in enumerate(spec.faults):
        yield from _missing("function", fault.function, sources["functions"], f"faults[{index}].function")
    for index, feed in enumerate(spec.workload):
        yield from _in_feed(feed, spec, sources, f"workload[{index}]")
    if spec.until is None:
        yield from _endless(sources)


def _with_functions(spec: ScenarioSpec, sources: Sources) -> Sources:
    """Return everything that may be spoken of: the scenario's functions are a section of their own."""
    return {**sources, "functions": {**sources.get("functions", {}), **spec.functions}}


def _endless(sources: Sources) -> Iterator[ConfigurationError]:
    for section, of_kind in sources.items():
        for name, each in of_kind.items():
            if getattr(each, "is_endless", False):
                message = "this goes on for ever, but keeps no run alive; give the scenario an `until`"
                yield ConfigurationError(message, key=f"{section}.{name}")


def _in_feed(feed: FeedSpec, spec: ScenarioSpec, sources: Sources, key: str) -> Iterator[ConfigurationError]:
    if feed.send is not None and feed.send.broker is not None:
        yield from _missing("broker", feed.send.broker, sources.get("brokers", {}), f"{key}.send.broker")
    elif feed.send is not None:
        yield from _missing("queue", feed.send.queue, sources.get("queues", {}), f"{key}.send.queue")
    if feed.publish is not None:
        yield from _missing("topic", feed.publish.topic, sources.get("topics", {}), f"{key}.publish.topic")
    if feed.produce is not None and feed.produce.cluster:
        clusters = sources.get("clusters", {})
        yield from _missing("cluster of Kafka", feed.produce.cluster, clusters, f"{key}.produce.cluster")
    if feed.change is not None and feed.change.database:
        known = sources.get("document_databases", {})
        yield from _missing("document database", feed.change.database, known, f"{key}.change.database")
    if feed.put_event is not None:
        buses = {**sources.get("buses", {}), "default": None}
        yield from _missing("bus", feed.put_event.bus, buses, f"{key}.put_event.bus")
    if feed.put is not None:
        yield from _missing("bucket", feed.put.bucket, sources.get("buckets", {}), f"{key}.put.bucket")
    if feed.delete is not None:
        yield from _missing("bucket", feed.delete.bucket, sources.get("buckets", {}), f"{key}.delete.bucket")
    if feed.invoke is not None:
        name = feed.invoke.function
        bare = name if name.startswith("arn:") else name.partition(":")[0]
        yield from _missing("function", bare, sources["functions"], f"{key}.invoke.function")
    if feed.http is not None and feed.http.api:
        addresses = {name: None for section in _ADDRESSES for name in sources.get(section, {})}
        yield from _missing("API", feed.http.api, {**addresses, **sources["functions"]}, f"{key}.http.api")
    if feed.is_endless and spec.until is None:
        yield ConfigurationError(
            "this goes on for ever; give it `times` or `until`, or the scenario an `until`", key=key
        )


def broken_claims(
    expectations: Sequence[Expectation], spec: ScenarioSpec, sources: Sources
) -> Iterator[ConfigurationError]:
    """Yield an error for every name in an expectation that is not there."""
    known = _with_functions(spec, sources)
    for index, expectation in enumerate(expectations):
        for place in places_of(expectation.claim):
            yield from _missing(place.kind, place.name, known.get(place.section, {}), f"expect[{index}]")


def _missing(kind: str, name: str, known: Mapping[str, object], key: str) -> Iterator[ConfigurationError]:
    if name not in known and not name.startswith("arn:"):
        yield ConfigurationError(f"there is no {kind} `{name}`{did_you_mean(name, known)}", key=key)
