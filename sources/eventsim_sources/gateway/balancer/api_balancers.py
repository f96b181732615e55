"""Load balancers themselves: make, tell, change and delete them."""

from typing import Any

from eventsim import ApiError, Result
from eventsim_sources.gateway.balancer.call import (
    Call,
    changed_attributes,
    check_name,
    duplicate,
    missing,
    pairs,
    refused,
    tags_of,
)
from eventsim_sources.gateway.balancer.model import DELETION_PROTECTION, IDLE_TIMEOUT, LoadBalancer
from eventsim_sources.without_effect import not_simulated

_ATTRIBUTES = (
    *(
        "access_logs.",
        "client_keep_alive.",
        "connection_logs.",
        "deletion_protection.",
        "dns_record.",
        "health_check_logs.",
    ),
    *("idle_timeout.", "ipv6.", "load_balancing.", "routing.", "secondary_ips.", "waf.", "zonal_shift."),
)
"""With what attributes begin that load balancers of any type may have (documented)."""


def create_load_balancer(call: Call) -> Result:
    """Make a load balancer; one that is there with the same settings is as good."""
    name = str(call.given["Name"])
    kind = str(call.given.get("Type", "application"))
    if kind != "application":
        raise not_simulated(call.request, f"the type {kind}")
    check_name("Load balancer", name)
    settings: dict[str, Any] = {
        "scheme": str(call.given.get("Scheme", "internet-facing")),
        "subnets": _subnets(call),
        "ip_address_type": str(call.given.get("IpAddressType", "ipv4")),
        "security_groups": call.wanted("SecurityGroups"),
    }
    same = next((each.balancer for each in call.register.balancers.values() if each.name == name), None)
    if same is not None and any(getattr(same, key) != value for key, value in settings.items()):
        raise duplicate(
            "LoadBalancer", f"A load balancer with the same name '{name}' exists, but with different settings"
        )
    if same is not None:
        return {"LoadBalancers": [_balancer_told(call, same)]}
    source = call.register.make_balancer(name, **settings, tags=tags_of(call.given.get("Tags")))
    call.world.add(source)
    return {"LoadBalancers": [{**_balancer_told(call, source.balancer), "State": {"Code": "provisioning"}}]}


def describe_load_balancers(call: Call) -> Result:
    """Tell of load balancers."""
    arns, names = call.wanted("LoadBalancerArns"), call.wanted("Names")
    found = [source.balancer for source in call.register.balancers.values()]
    if arns or names:
        found = [each for each in found if each.arn in arns or each.name in names]
        if len(found) < len(arns) + len(names):
            raise missing("LoadBalancer", f"Load balancers '[{', '.join([*arns, *names])}]' not found")
    return call.page("LoadBalancers", [_balancer_told(call, each) for each in found])


def _subnets(call: Call) -> list[str]:
    given = call.wanted("Subnets") or [each.get("SubnetId") for each in call.given.get("SubnetMappings") or ()]
    if not all(given):
        raise refused("A subnet ID must be specified")
    return given


def set_subnets(call: Call) -> Result:
    """Put a load balancer into other subnets; it has no effect."""
    balancer = balancer_of(call)
    balancer.subnets = _subnets(call)
    return {"AvailabilityZones": _zones(call, balancer), "IpAddressType": balancer.ip_address_type}


def set_security_groups(call: Call) -> Result:
    """Give a load balancer other security groups; they have no effect."""
    balancer = balancer_of(call)
    balancer.security_groups = call.wanted("SecurityGroups")
    return {"SecurityGroupIds": balancer.security_groups}


def set_ip_address_type(call: Call) -> Result:
    """Give a load balancer another type of addresses; it has no effect."""
    balancer = balancer_of(call)
    balancer.ip_address_type = str(call.given["IpAddressType"])
    return {"IpAddressType": balancer.ip_address_type}


def delete_load_balancer(call: Call) -> Result:
    """Delete a load balancer; one that is not there is no error."""
    arn = str(call.given["LoadBalancerArn"])
    source = call.register.balancers.get(arn)
    if source is not None and source.balancer.attributes.get(DELETION_PROTECTION) == "true":
        raise ApiError(
            "OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        )
    if call.register.balancers.pop(arn, None) is not None:
        call.world.remove(arn)
    return {}


def modify_load_balancer_attributes(call: Call) -> Result:
    """Change attributes of a load balancer: whether it may be deleted, and how long it waits."""
    balancer = balancer_of(call)
    balancer.attributes = changed_attributes(
        call, "Load balancer", balancer.attributes, known=_ATTRIBUTES, heeded=(DELETION_PROTECTION, IDLE_TIMEOUT)
    )
    return {"Attributes": pairs(balancer.attributes)}


def describe_load_balancer_attributes(call: Call) -> Result:
    """Tell the attributes of a load balancer."""
    return {"Attributes": pairs(balancer_of(call).attributes)}


def balancer_of(call: Call) -> LoadBalancer:
    """Return the load balancer that a request names.

    Raises:
        ApiError: there is none.
    """
    source = call.register.balancers.get(str(call.given["LoadBalancerArn"]))
    if source is None:
        raise missing("LoadBalancer", f"Load balancer '{call.given['LoadBalancerArn']}' not found")
    return source.balancer


def _balancer_told(call: Call, balancer: LoadBalancer) -> dict[str, Any]:
    return {
        "LoadBalancerArn": balancer.arn,
        "DNSName": balancer.dns_name,
        "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
        "CreatedTime": balancer.created_at,
        "LoadBalancerName": balancer.name,
        "Scheme": balancer.scheme,
        "VpcId": "vpc-00000000",
        "State": {"Code": "active"},
        "Type": "application",
        "AvailabilityZones": _zones(call, balancer),
        "SecurityGroups": balancer.security_groups,
        "IpAddressType": balancer.ip_address_type,
    }


def _zones(call: Call, balancer: LoadBalancer) -> list[dict[str, Any]]:
    return [
        {"ZoneName": f"{call.world.region}{letter}", "SubnetId": subnet, "LoadBalancerAddresses": []}
        for letter, subnet in zip("abcdef", balancer.subnets, strict=False)
    ]
