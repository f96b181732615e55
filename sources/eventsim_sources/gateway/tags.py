"""Whose tags are meant? Everything of API Gateway that bears tags, by its ARN."""

from collections.abc import Mapping
from typing import Any

from eventsim_sources.gateway.register import Register


def find(register: Register, arn: str) -> dict[str, str] | None:
    """Return the tags of what an ARN names, where they are kept; None if it names nothing here."""
    section, _, rest = arn.partition("::/")[2].partition("/")
    name, _, below = rest.partition("/")
    if section in ("restapis", "apis"):
        return _of_api(register, name, below)
    inventory = register.inventory
    kept: Mapping[str, Mapping[str, Any]] = {
        "apikeys": register.usage.keys,
        "clientcertificates": inventory.certificates,
        "domainnames": register.domains.by_name,
        "usageplans": register.usage.plans,
        "vpclinks": {**inventory.links, **inventory.links_2},
    }
    found = kept.get(section, {}).get(name)
    return None if found is None else found.tags


def _of_api(register: Register, name: str, below: str) -> dict[str, str] | None:
    source = register.sources.get(name)
    if source is None:
        return None
    what, _, stage = below.partition("/")
    if what != "stages":
        return source.api.settings.tags
    return source.api.stages[stage].tags if stage in source.api.stages else None
