"""Which load balancers are there? All of one simulation, with their target groups."""

from collections.abc import Mapping
from typing import Any, ClassVar

from eventsim import World
from eventsim_sources.gateway.balancer.model import Listener, LoadBalancer, Rule, TargetGroup
from eventsim_sources.gateway.traffic import Traffic


class BalancerSource:
    """A load balancer as others see it."""

    kind: ClassVar[str] = "load_balancers"

    def __init__(self, world: World, balancer: LoadBalancer) -> None:
        self.balancer = balancer
        self.name = balancer.name
        self.arn = balancer.arn
        self.traffic = Traffic(world, "load balancer", balancer.name)

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary."""
        return self.traffic.summary()


class Register:
    """The load balancers and target groups of one simulation, by ARN."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.balancers: dict[str, BalancerSource] = {}
        self.groups: dict[str, TargetGroup] = {}
        self._id = world.chance.hex_ids(16, "load balancer")
        self._number = world.chance.stream("load balancer dns")

    def make_balancer(self, name: str, **settings: Any) -> BalancerSource:
        """Return a new load balancer, which is not known to others yet."""
        world = self._world
        host = f"internal-{name}" if settings.get("scheme") == "internal" else name
        made = LoadBalancer(
            arn=self._arn(f"loadbalancer/app/{name}/{self._id()}"),
            name=name,
            dns_name=f"{host}-{self._number.randrange(10**9, 2 * 10**9)}.{world.region}.elb.amazonaws.com",
            created_at=world.clock.date(),
            **settings,
        )
        source = self.balancers[made.arn] = BalancerSource(world, made)
        return source

    def make_group(self, name: str, **settings: Any) -> TargetGroup:
        """Return a new target group."""
        made = TargetGroup(arn=self._arn(f"targetgroup/{name}/{self._id()}"), name=name, **settings)
        self.groups[made.arn] = made
        return made

    def make_listener(self, balancer: LoadBalancer, *, port: int, protocol: str, actions: Any) -> Listener:
        """Return a new listener of a load balancer."""
        base = balancer.arn.replace(":loadbalancer/", ":listener/")
        made = Listener(arn=f"{base}/{self._id()}", balancer_arn=balancer.arn, port=port, protocol=protocol)
        self.make_rule(made, priority="default", conditions=[], actions=actions)
        balancer.listeners.append(made)
        return made

    def make_rule(self, listener: Listener, *, priority: str, conditions: Any, actions: Any) -> Rule:
        """Return a new rule of a listener."""
        base = listener.arn.replace(":listener/", ":listener-rule/")
        made = Rule(arn=f"{base}/{self._id()}", priority=priority, conditions=list(conditions), actions=list(actions))
        listener.rules.append(made)
        return made

    def listeners(self) -> list[Listener]:
        """Return all listeners."""
        return [listener for source in self.balancers.values() for listener in source.balancer.listeners]

    def _arn(self, name: str) -> str:
        return f"arn:aws:elasticloadbalancing:{self._world.region}:{self._world.account_id}:{name}"
