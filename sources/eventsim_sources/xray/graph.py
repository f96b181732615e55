"""Who calls whom, how often, and how does that go? The map of services, worked out from traces."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from eventsim_sources.xray.summary import instant, service_id, took_s
from eventsim_sources.xray.whole import Entity, Service, Whole, ended_at_of, links_of, service_of

_CLIENT = "client"
"""The type of the node that stands for whoever calls from outside."""


@dataclass
class _Tally:
    """What the segments of a node, or of an edge, came to."""

    segments: list[Entity] = field(default_factory=list)

    def span(self) -> dict[str, Any]:
        return {
            "StartTime": instant(min(each["start_time"] for each in self.segments)),
            "EndTime": instant(max(map(ended_at_of, self.segments))),
        }

    def statistics(self) -> dict[str, Any]:
        done = [each for each in self.segments if not each.get("in_progress")]
        faults = sum(1 for each in done if each.get("fault"))
        throttles = sum(1 for each in done if each.get("throttle") and not each.get("fault"))
        errors = sum(1 for each in done if each.get("error") and not each.get("fault"))
        errors = max(errors, throttles)
        return {
            "OkCount": len(done) - faults - errors,
            "ErrorStatistics": {
                "ThrottleCount": throttles,
                "OtherCount": errors - throttles,
                "TotalCount": errors,
            },
            "FaultStatistics": {"OtherCount": faults, "TotalCount": faults},
            "TotalCount": len(done),
            "TotalResponseTime": round(sum(map(took_s, done)), 6),
        }

    def histogram(self) -> list[dict[str, Any]]:
        counts = Counter(round(took_s(each), 3) for each in self.segments if not each.get("in_progress"))
        return [{"Value": value, "Count": counts[value]} for value in sorted(counts)]


@dataclass
class _Node:
    number: int
    is_root: bool = False
    tally: _Tally = field(default_factory=_Tally)
    edges: dict[tuple[Service, bool], _Tally] = field(default_factory=dict)
    """To whom, and whether only by a link."""


class ServiceGraph:
    """The map of the services in some traces."""

    def __init__(self, traces: Iterable[Whole]) -> None:
        self._nodes: dict[Service, _Node] = {}
        wholes = {whole.trace_id: whole for whole in traces}
        for whole in wholes.values():
            for segment in whole.segments:
                self._add(whole, segment)
                for link in links_of(segment):
                    sent_in = wholes.get(link.get("trace_id", ""))
                    linked = None if sent_in is None else sent_in.called_by(link.get("id", ""))
                    if linked is not None:
                        self._edge(service_of(linked), segment, is_link=True)

    def services(self, account_id: str) -> list[dict[str, Any]]:
        """Return the nodes with their edges, as GetServiceGraph has them."""
        return [self._told(service, node, account_id) for service, node in self._nodes.items()]

    def _node(self, service: Service) -> _Node:
        return self._nodes.setdefault(service, _Node(len(self._nodes)))

    def _add(self, whole: Whole, segment: Entity) -> None:
        service, caller = service_of(segment), whole.caller_of(segment)
        node = self._node(service)
        node.tally.segments.append(segment)
        if caller is not None:
            self._edge(service_of(caller), segment)
        elif not links_of(segment):
            node.is_root = True
            self._edge(Service(service.name, _CLIENT), segment)

    def _edge(self, caller: Service, segment: Entity, *, is_link: bool = False) -> None:
        edges = self._node(caller).edges
        edges.setdefault((service_of(segment), is_link), _Tally()).segments.append(segment)

    def _told(self, service: Service, node: _Node, account_id: str) -> dict[str, Any]:
        told = {"ReferenceId": node.number, **service_id(service, account_id)}
        edges = list(self._edges(node))
        if service.type == _CLIENT:
            tallied = [segment for tally in node.edges.values() for segment in tally.segments]
            return {**told, "State": "unknown", **_Tally(tallied).span(), "Edges": edges}
        tally = node.tally
        histogram = tally.histogram()
        is_inferred = all(each.get("inferred") for each in tally.segments)
        return {
            **told,
            **({"Root": True} if node.is_root else {}),
            "State": "unknown" if is_inferred else "active",
            **tally.span(),
            "Edges": edges,
            "SummaryStatistics": tally.statistics(),
            "DurationHistogram": histogram,
            "ResponseTimeHistogram": histogram,
        }

    def _edges(self, node: _Node) -> Iterator[dict[str, Any]]:
        for (service, is_link), tally in node.edges.items():
            yield {
                "ReferenceId": self._nodes[service].number,
                **tally.span(),
                "SummaryStatistics": tally.statistics(),
                "ResponseTimeHistogram": [] if is_link else tally.histogram(),
                "Aliases": [],
                **({"EdgeType": "link"} if is_link else {}),
            }
