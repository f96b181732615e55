"""What does a load balancer do with a request? Find a rule, forward it to a function, answer in HTML if that fails."""

import http
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from eventsim import HttpRequest, HttpResponse, World
from eventsim_sources.gateway.answer import Malformed, plain_response
from eventsim_sources.gateway.arrival import Ids
from eventsim_sources.gateway.balancer.event import answer, event, forwarded
from eventsim_sources.gateway.balancer.headers import modified
from eventsim_sources.gateway.balancer.model import Listener, TargetGroup
from eventsim_sources.gateway.balancer.register import BalancerSource, Register
from eventsim_sources.gateway.balancer.rules import find_rule
from eventsim_sources.gateway.call import TookTooLong, Unanswered, call_function
from eventsim_sources.gateway.limits import TARGET_BYTES_MAX
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.server import ask_server
from eventsim_sources.gateway.traffic import Visit

_PORT = re.compile(r"(.*):(\d+)")


class _Failed(Exception):  # noqa: N818 - a fact, as the field says it
    """The load balancer answers itself.

    Attributes:
        status: what it answers.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Balancers:
    """The front door of every load balancer of a simulation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._register = world.share(Register)
        self._ids = Ids(world, "load balancer")
        self._luck = world.chance.stream("load balancer", "weight")

    def addresses(self) -> Mapping[str, str]:
        """Return the URL of every load balancer, by name."""
        return {
            source.name: f"http://{source.balancer.dns_name}" + _port_of(source)
            for source in self._register.balancers.values()
        }

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether the host is that of a load balancer here."""
        return self._find(request)[0] is not None

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        source, port = self._find(request)
        assert source is not None, "only what it answers is handed to a door"
        visit = source.traffic.came(request.method, request.path)
        listeners = source.balancer.listeners
        listener = next((each for each in listeners if each.port == port), listeners[0] if listeners else None)
        reason = ""
        try:
            if listener is None:
                raise _Failed(503, "the load balancer has no listener")
            response = await self._answer(source, request, listener, visit)
        except _Failed as failed:
            reason = str(failed)
            response = _page(failed.status)
        source.traffic.answered(visit, response.status, reason)
        return response if listener is None else modified(response, listener.attributes)

    def _find(self, request: HttpRequest) -> tuple[BalancerSource | None, int]:
        host = request.headers.get("host").lower()
        found = _PORT.fullmatch(host)
        name, port = (found[1], int(found[2])) if found is not None else (host, 0)
        name = name.removesuffix(".elb.amazonaws.com").removesuffix(".elb.localhost")
        name = name.removesuffix(f".{self._world.region}")
        for source in self._register.balancers.values():
            own = source.balancer.dns_name.partition(".")[0].lower()
            if name == own or (host.endswith(".elb.localhost") and name == source.name.lower()):
                return source, port
        return None, port

    async def _answer(
        self, source: BalancerSource, request: HttpRequest, listener: Listener, visit: Visit
    ) -> HttpResponse:
        rule = find_rule(listener, request)
        action = rule.actions[-1] if rule is not None and rule.actions else None
        if action is None:
            raise _Failed(503, "no rule takes the request")
        match action.get("Type"):
            case "fixed-response":
                return _fixed(action.get("FixedResponseConfig") or {})
            case "redirect":
                return _redirect(action.get("RedirectConfig") or {}, request, listener)
            case "forward":
                timeout_ms = source.balancer.idle_timeout_s * 1000
                return await self._forward(self._group(action), request, listener, visit, timeout_ms)
            case other:
                raise _Failed(500, f"an action of the type {other} is not simulated")

    def _group(self, action: Mapping[str, Any]) -> TargetGroup:
        given = (action.get("ForwardConfig") or {}).get("TargetGroups") or [
            {"TargetGroupArn": action.get("TargetGroupArn")}
        ]
        weights = [int(each.get("Weight", 1)) for each in given]
        chosen = given[0] if len(given) == 1 or not any(weights) else self._luck.choices(given, weights)[0]
        group = self._register.groups.get(str(chosen.get("TargetGroupArn")))
        if group is None or not group.registered:
            raise _Failed(503, "the target group has no target")
        return group

    def _trace_id(self, request: HttpRequest) -> str:
        """Return the id of a trace that begins here, or goes on: what a client gives gets a field of ours."""
        own, given = self._ids.trace_id(), request.headers.get("x-amzn-trace-id")
        return f"Self={own.removeprefix('Root=')};{given}" if given else own

    async def _pass_on(
        self, group: TargetGroup, request: HttpRequest, listener: Listener, timeout_ms: int
    ) -> HttpResponse:
        """Send a request on to one of the addresses of a group."""
        target = self._luck.choice(group.targets)
        url = f"http://{target['Id']}:{target['Port']}{request.path}"
        headers = request.headers.with_changes(
            dict(forwarded(request, trace_id=self._trace_id(request), port=listener.port))
        )
        onward = msgspec.structs.replace(request, headers=headers)
        try:
            return await ask_server(self._world, url, onward, timeout_ms=timeout_ms)
        except Refused as refused:
            raise _Failed(504 if refused.kind == "INTEGRATION_TIMEOUT" else 502, refused.why) from refused

    async def _forward(
        self, group: TargetGroup, request: HttpRequest, listener: Listener, visit: Visit, timeout_ms: int
    ) -> HttpResponse:
        if not group.function:
            return await self._pass_on(group, request, listener, timeout_ms)
        if len(request.body) > TARGET_BYTES_MAX:
            raise _Failed(413, "the body is larger than a function may get")
        trace_id = self._trace_id(request)
        made = event(
            request,
            group_arn=group.arn,
            trace_id=trace_id,
            has_many_values=group.has_many_values,
            port=listener.port,
        )
        try:
            result = await call_function(
                self._world,
                group.function,
                made,
                timeout_ms=timeout_ms,
                source_arn=group.arn,
                cause=visit.entry,
                trace_header=trace_id,
                principal="elasticloadbalancing.amazonaws.com",
            )
            if len(result) > TARGET_BYTES_MAX:
                raise _Failed(502, "the answer is larger than a function may give")
            described = answer(result, has_many_values=group.has_many_values)
            return plain_response(described, content_type="application/octet-stream")
        except TookTooLong as error:
            raise _Failed(504, str(error)) from error
        except (Unanswered, Malformed) as error:
            raise _Failed(502, str(error)) from error


def _port_of(source: BalancerSource) -> str:
    ports = [listener.port for listener in source.balancer.listeners]
    return "" if not ports or 80 in ports else f":{ports[0]}"


def _page(status: int) -> HttpResponse:
    title = f"{status} {http.HTTPStatus(status).phrase}"
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    headers = (("Server", "awselb/2.0"), ("Content-Type", "text/html"))
    return HttpResponse(status=status, headers=headers, body=body.encode())


def _fixed(about: Mapping[str, Any]) -> HttpResponse:
    kind = str(about.get("ContentType") or "text/plain")
    body = str(about.get("MessageBody") or "").encode()
    headers = (("Server", "awselb/2.0"), ("Content-Type", f"{kind}; charset=utf-8"))
    return HttpResponse(status=int(about.get("StatusCode", 200)), headers=headers, body=body)


def _redirect(about: Mapping[str, Any], request: HttpRequest, listener: Listener) -> HttpResponse:
    values = {
        "protocol": listener.protocol.lower(),
        "host": request.headers.get("host").partition(":")[0],
        "port": str(listener.port),
        "path": request.path.lstrip("/"),
        "query": request.query,
    }

    def filled(setting: str, default: str) -> str:
        text = str(about.get(setting) or default)
        return re.sub(r"#\{(\w+)\}", lambda found: values.get(found[1], ""), text)

    query = filled("Query", "#{query}")
    url = f"{filled('Protocol', '#{protocol}').lower()}://{filled('Host', '#{host}')}:{filled('Port', '#{port}')}"
    url += filled("Path", "/#{path}") + (f"?{query}" if query else "")
    status = 301 if about.get("StatusCode") == "HTTP_301" else 302
    return HttpResponse(status=status, headers=(("Server", "awselb/2.0"), ("Location", url)), body=b"")
