"""What makes up a load balancer? Listeners with rules, and target groups, as the API operations know them."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

MULTI_VALUE = "lambda.multi_value_headers.enabled"
_ATTRIBUTES = {
    "deregistration_delay.timeout_seconds": "300",
    MULTI_VALUE: "false",
    "stickiness.enabled": "false",
}


class TargetGroup(Struct, kw_only=True):
    """Where requests are forwarded to: one function.

    Attributes:
        function: its ARN, "" before it is registered.
    """

    arn: str
    name: str
    attributes: dict[str, str] = msgspec.field(default_factory=lambda: dict(_ATTRIBUTES))
    function: str = ""
    health_check: dict[str, Any] = {}
    tags: dict[str, str] = {}

    @property
    def has_many_values(self) -> bool:
        """Whether headers and query parameters are lists."""
        return self.attributes.get(MULTI_VALUE) == "true"


class Rule(Struct, kw_only=True):
    """What happens to some requests.

    Attributes:
        priority: a number as text, or `default`.
        conditions, actions: as the API was told.
    """

    arn: str
    priority: str
    conditions: list[dict[str, Any]]
    actions: list[dict[str, Any]]


class Listener(Struct, kw_only=True):
    """One port."""

    arn: str
    balancer_arn: str
    port: int
    protocol: str
    rules: list[Rule] = []

    def ordered(self) -> list[Rule]:
        """Return the rules in the order in which they are looked at."""
        return sorted(self.rules, key=lambda rule: float("inf") if rule.priority == "default" else int(rule.priority))


class LoadBalancer(Struct, kw_only=True):
    """A load balancer as a whole."""

    arn: str
    name: str
    dns_name: str
    created_at: datetime
    scheme: str = "internet-facing"
    listeners: list[Listener] = []
    subnets: list[str] = []
    security_groups: list[str] = []
    attributes: dict[str, str] = {}
    tags: dict[str, str] = {}
