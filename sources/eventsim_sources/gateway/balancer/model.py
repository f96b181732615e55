"""What makes up a load balancer? Listeners with rules, and target groups, as the API operations know them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from eventsim_sources.gateway.limits import IDLE_TIMEOUT_S

MULTI_VALUE = "lambda.multi_value_headers.enabled"
_OF_EVERY_GROUP = {
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "stickiness.enabled": "false",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
_OF_ADDRESSES = {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
}
"""What the attributes of target groups are before somebody changes them (documented)."""


DELETION_PROTECTION, IDLE_TIMEOUT = "deletion_protection.enabled", "idle_timeout.timeout_seconds"
ATTRIBUTES: dict[str, str] = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    DELETION_PROTECTION: "false",
    IDLE_TIMEOUT: str(IDLE_TIMEOUT_S),
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
"""What the attributes of a load balancer are before somebody changes them."""


class TargetGroup(Struct, kw_only=True):
    """Where requests are forwarded to: one function, or addresses.

    Attributes:
        function: its ARN, "" before it is registered.
        targets: what else is registered, each with its port.
        settings: protocol, port and network of addresses.
        changed: attributes that somebody has set.
    """

    arn: str
    name: str
    target_type: str = "lambda"
    targets: list[dict[str, Any]] = []
    settings: dict[str, Any] = {}
    changed: dict[str, str] = {}
    function: str = ""
    health_check: dict[str, Any] = {}
    tags: dict[str, str] = {}

    @property
    def attributes(self) -> dict[str, str]:
        """All its attributes."""
        own = {MULTI_VALUE: "false"} if self.target_type == "lambda" else _OF_ADDRESSES
        return {**_OF_EVERY_GROUP, **own, **self.changed}

    @property
    def has_many_values(self) -> bool:
        """Whether headers and query parameters are lists."""
        return self.attributes.get(MULTI_VALUE) == "true"

    @property
    def registered(self) -> list[dict[str, Any]]:
        """All targets, in AWS's words."""
        return [{"Id": self.function}] if self.function else self.targets

    def placed(self, target: Mapping[str, Any]) -> dict[str, Any]:
        """Return a target as it is registered: an address has a port, that of the group if no other is given."""
        if self.target_type == "lambda":
            return {"Id": target["Id"]}
        return {"Port": self.settings["Port"], **target}


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
    tags: dict[str, str] = {}


class Listener(Struct, kw_only=True):
    """One port."""

    arn: str
    balancer_arn: str
    port: int
    protocol: str
    rules: list[Rule] = []
    settings: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    tags: dict[str, str] = {}

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
    ip_address_type: str = "ipv4"
    attributes: dict[str, str] = msgspec.field(default_factory=lambda: dict(ATTRIBUTES))
    tags: dict[str, str] = {}

    @property
    def idle_timeout_s(self) -> int:
        """How long it waits for a target."""
        return int(self.attributes[IDLE_TIMEOUT])
