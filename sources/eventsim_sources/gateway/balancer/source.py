"""How does a scenario make a load balancer? The section `load_balancers:`."""

from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from eventsim import World
from eventsim_sources.arns import arn_of
from eventsim_sources.gateway.balancer.model import MULTI_VALUE
from eventsim_sources.gateway.balancer.register import BalancerSource, Register


class BalancerSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An application load balancer in front of functions."""

    function: Annotated[str | None, Meta(description="The function that gets what no path takes.")] = None
    paths: Annotated[
        dict[str, str],
        Meta(description="Patterns of paths with their functions, the first first.", examples=[{"/orders*": "orders"}]),
    ] = {}
    port: Annotated[int, Meta(description="The port of its listener.", ge=1, le=65535)] = 80
    multi_value: Annotated[
        bool, Meta(description="Whether headers and query parameters are lists, in events and answers.")
    ] = False


class BalancerKind:
    """The section `load_balancers:` of a scenario."""

    section: ClassVar[str] = "load_balancers"
    spec: ClassVar[type[Struct]] = BalancerSpec

    def create(self, world: World, name: str, spec: BalancerSpec) -> BalancerSource:
        """Build one load balancer with a listener, and a target group for each function."""
        register = world.share(Register)
        source = register.make_balancer(name)
        groups = {each: self._group(world, register, name, each, spec) for each in _functions(spec)}
        default = _NOT_FOUND if spec.function is None else _forward(groups[spec.function])
        listener = register.make_listener(source.balancer, port=spec.port, protocol="HTTP", actions=[default])
        for at, (pattern, function) in enumerate(spec.paths.items(), 1):
            register.make_rule(
                listener,
                priority=str(at),
                conditions=[{"Field": "path-pattern", "Values": [pattern]}],
                actions=[_forward(groups[function])],
            )
        return source

    def _group(self, world: World, register: Register, name: str, function: str, spec: BalancerSpec) -> str:
        group = register.make_group(f"{name}-{function}")
        group.function = arn_of(world, "function", function)
        group.changed = {MULTI_VALUE: str(spec.multi_value).lower()}
        return group.arn

    def connect(self, world: World, source: BalancerSource, spec: BalancerSpec) -> None:  # noqa: ARG002 - the door's signature
        """See that the functions are there.

        Raises:
            ConfigurationError: one is not; `key` names the setting.
        """
        for function in _functions(spec):
            if world.target(arn_of(world, "function", function)) is None:
                raise world.missing("function", function, key="function" if function == spec.function else "paths")


_NOT_FOUND: dict[str, Any] = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not Found"},
}


def _functions(spec: BalancerSpec) -> list[str]:
    named = [*spec.paths.values(), *([] if spec.function is None else [spec.function])]
    return list(dict.fromkeys(named))


def _forward(group_arn: str) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": group_arn}
