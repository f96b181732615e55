"""Which API does a domain of one's own lead to? Names, and what of a path each of them maps to which stage."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventsim import HttpRequest, World
from eventsim_sources.gateway.address import Address
from eventsim_sources.gateway.routing_rule import ONLY_RULES, RULES_FIRST, RoutingRule, begins, first_of

ROOT = "(none)"
"""What REST APIs call the base path of a domain that maps all of it."""


class BasePath(Struct, kw_only=True):
    """What a domain does with one beginning of a path.

    Attributes:
        path: without slashes at its ends, "" for all that nothing else takes.
        stage: "" leaves it to the path to name one.
    """

    id: str
    path: str
    api_id: str
    stage: str = ""


class Domain(Struct, kw_only=True):
    """A domain name; both versions of API Gateway know it.

    Attributes:
        configuration: what version 2 calls the one element of `DomainNameConfigurations`.
        id: what private domains of the same name are told apart by.
        more: what was given besides, and is kept and given back.
        rules: by id; they count in some routing modes.
    """

    name: str
    id: str
    created_date: datetime
    configuration: dict[str, Any] = {}
    more: dict[str, Any] = {}
    tags: dict[str, str] = {}
    mappings: dict[str, BasePath] = {}
    rules: dict[str, RoutingRule] = {}

    @property
    def routing_mode(self) -> str:
        """Whether rules or mappings say which API is meant."""
        return str(self.more.get("routingMode", "API_MAPPING_ONLY"))

    def at(self, path: str) -> BasePath | None:
        """Return what is mapped to exactly this base path."""
        return next((each for each in self.mappings.values() if each.path == path), None)


class Domains:
    """The domain names of one simulation."""

    def __init__(self, world: World) -> None:
        self.by_name: dict[str, Domain] = {}
        self.new_id = world.chance.hex_ids(10, "api domain")

    def lead_to(self, api_id: str) -> bool:
        """Tell whether a base path or a rule of any domain leads to an API."""
        return any(
            api_id in {each.api_id for each in ways.values()}
            for domain in self.by_name.values()
            for ways in (domain.mappings, domain.rules)
        )

    def find(self, request: HttpRequest) -> Domain | None:
        """Return whose domain the host of a request is, with or without `.localhost` behind it and a port."""
        if not self.by_name:
            return None
        host = request.headers.get("host").lower().partition(":")[0]
        found = self.by_name.get(host) or self.by_name.get(host.removesuffix(".localhost"))
        if found is None:
            found = self.by_name.get(f"*.{host.removesuffix('.localhost').partition('.')[2]}")
        return found

    def address_of(self, request: HttpRequest) -> Address | None:
        """Return which API a request means by its host and path, None if neither rule nor mapping takes it."""
        domain = self.find(request)
        return None if domain is None else _address(domain, request)


def _address(domain: Domain, request: HttpRequest) -> Address | None:
    mode = domain.routing_mode
    if mode in (ONLY_RULES, RULES_FIRST):
        found = first_of(domain.rules.values(), request)
        if found is not None:
            rule, base = found
            return _below(domain, request, base if rule.strips else "", rule)
        if mode == ONLY_RULES:
            return None
    fitting = [each for each in domain.mappings.values() if begins(request.path, each.path)]
    if not fitting:
        return None
    chosen = max(fitting, key=lambda each: len(each.path))
    return _below(domain, request, chosen.path, chosen)


def _below(domain: Domain, request: HttpRequest, base: str, way: BasePath | RoutingRule) -> Address:
    """Return the address of the API to which a way of a domain leads, with the path below a base path."""
    base = f"/{base}" if base else ""
    host = request.headers.get("host").lower().partition(":")[0]
    name = domain.name if "*" not in domain.name else host.removesuffix(".localhost")
    rest = request.path.removeprefix(base) or "/"
    return Address(way.api_id, rest, stage=way.stage, base=base, domain=name)


def regional_name(domain: Domain, region: str) -> str:
    """Return the name that a domain stands for in its region."""
    return f"d-{domain.id}.execute-api.{region}.amazonaws.com"


def url(domain: Domain, mapping: BasePath) -> str:
    """Return the URL below which the paths of a mapping's API begin."""
    return f"https://{domain.name}" + (f"/{mapping.path}" if mapping.path else "")


def told_v1(domain: Domain, region: str) -> Mapping[str, Any]:
    """Return a domain as version 1 tells it."""
    given = domain.configuration
    is_edge = given.get("EndpointType", "EDGE") == "EDGE"
    certificate = given.get("CertificateArn")
    told: dict[str, Any] = {
        "domainName": domain.name,
        "domainNameArn": f"arn:aws:apigateway:{region}::/domainnames/{domain.name}",
        "domainNameStatus": "AVAILABLE",
        "securityPolicy": given.get("SecurityPolicy", "TLS_1_2"),
        "endpointConfiguration": {"types": [given.get("EndpointType", "EDGE")], "ipAddressType": "ipv4"},
        **domain.more,
    }
    if is_edge:
        told["distributionDomainName"] = f"d{domain.id}.cloudfront.net"
        told["distributionHostedZoneId"] = "Z2FDTNDATAQYW2"
    else:
        told["regionalDomainName"] = regional_name(domain, region)
        told["regionalHostedZoneId"] = "Z1UJRXOUMOOFQ8"
    if certificate:
        told["certificateArn" if is_edge else "regionalCertificateArn"] = certificate
    name = given.get("CertificateName")
    if name:
        told["certificateName" if is_edge else "regionalCertificateName"] = name
        told["certificateUploadDate"] = domain.created_date
    if domain.tags:
        told["tags"] = dict(domain.tags)
    return told


def told_v2(domain: Domain, region: str) -> Mapping[str, Any]:
    """Return a domain as version 2 tells it."""
    configuration = {
        "ApiGatewayDomainName": regional_name(domain, region),
        "HostedZoneId": "Z1UJRXOUMOOFQ8",
        "DomainNameStatus": "AVAILABLE",
        "SecurityPolicy": "TLS_1_2",
        "EndpointType": "REGIONAL",
        "IpAddressType": "ipv4",
        **domain.configuration,
    }
    told: dict[str, Any] = {
        "DomainName": domain.name,
        "DomainNameArn": f"arn:aws:apigateway:{region}::/domainnames/{domain.name}",
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainNameConfigurations": [configuration],
        "RoutingMode": domain.routing_mode,
        "Tags": dict(domain.tags),
    }
    mutual = domain.more.get("mutualTlsAuthentication")
    if mutual:
        told["MutualTlsAuthentication"] = {f"{name[0].upper()}{name[1:]}": value for name, value in mutual.items()}
    return told
