"""Domain names of one's own, and which key of theirs leads to which stage: `v1/orders`, as deep as one likes."""

import re
from typing import Any

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, there
from eventsim_sources.gateway.api.v2.apis import listed
from eventsim_sources.gateway.domain import BasePath, Domain, told_v2

_KEY = re.compile(r"[A-Za-z0-9\-._~/]*")


def create_domain_name(call: Call) -> Result:
    """Make a domain name; nobody checks its certificate."""
    name = call.text("DomainName").lower()
    domains = call.register.domains
    if name in domains.by_name:
        raise conflict("The domain name you provided already exists.")
    made = Domain(
        name=name,
        id=domains.new_id(),
        created_date=call.world.clock.date(),
        configuration=_configuration(call),
        more=_more(call),
        tags=dict(call.given.get("Tags", {})),
    )
    domains.by_name[name] = made
    return told_v2(made, call.world.region)


def get_domain_name(call: Call) -> Result:
    """Tell of a domain name."""
    return told_v2(found(call), call.world.region)


def get_domain_names(call: Call) -> Result:
    """List domain names."""
    domains = call.register.domains.by_name.values()
    return listed(call, [dict(told_v2(each, call.world.region)) for each in domains])


def update_domain_name(call: Call) -> Result:
    """Change a domain name: its certificate, its policy."""
    domain = found(call)
    domain.configuration = {**domain.configuration, **_configuration(call)}
    domain.more = {**domain.more, **_more(call)}
    return told_v2(domain, call.world.region)


def delete_domain_name(call: Call) -> Result:
    """Delete a domain name with its mappings."""
    del call.register.domains.by_name[found(call).name]
    return {}


def _configuration(call: Call) -> dict[str, Any]:
    given = call.given.get("DomainNameConfigurations") or [{}]
    return dict(given[0])


def _more(call: Call) -> dict[str, Any]:
    given = call.given
    more: dict[str, Any] = {}
    if "MutualTlsAuthentication" in given:
        mutual = given["MutualTlsAuthentication"]
        more["mutualTlsAuthentication"] = {f"{name[0].lower()}{name[1:]}": value for name, value in mutual.items()}
    if "RoutingMode" in given:
        more["routingMode"] = given["RoutingMode"]
    return more


def found(call: Call) -> Domain:
    """Return the domain that a request names.

    Raises:
        ApiError: there is none.
    """
    return there(
        call.register.domains.by_name.get(call.text("DomainName").lower()), "Invalid domain name identifier specified"
    )


# --- mappings ----------------------------------------------------------------------------------------------


def create_api_mapping(call: Call) -> Result:
    """Let a key of a domain lead to a stage."""
    domain = found(call)
    key = _key_of(call.text("ApiMappingKey"))
    check_target(call, call.text("ApiId"), call.text("Stage"))
    if domain.at(key) is not None:
        raise conflict("ApiMapping key already exists for this domain name")
    made = BasePath(
        id=call.register.domains.new_id()[:6], path=key, api_id=call.text("ApiId"), stage=call.text("Stage")
    )
    domain.mappings[made.id] = made
    return _told(made)


def get_api_mapping(call: Call) -> Result:
    """Tell of a mapping."""
    return _told(_mapping(call))


def get_api_mappings(call: Call) -> Result:
    """List the mappings of a domain."""
    return listed(call, [_told(each) for each in found(call).mappings.values()])


def update_api_mapping(call: Call) -> Result:
    """Change a mapping: its key, its API, its stage."""
    domain, mapping = found(call), _mapping(call)
    given = call.given
    key = _key_of(str(given.get("ApiMappingKey", mapping.path)))
    api_id, stage = str(given.get("ApiId", mapping.api_id)), str(given.get("Stage", mapping.stage))
    check_target(call, api_id, stage)
    if domain.at(key) not in (None, mapping):
        raise conflict("ApiMapping key already exists for this domain name")
    mapping.path, mapping.api_id, mapping.stage = key, api_id, stage
    return _told(mapping)


def delete_api_mapping(call: Call) -> Result:
    """Let a key lead nowhere."""
    del found(call).mappings[_mapping(call).id]
    return {}


def _mapping(call: Call) -> BasePath:
    return there(
        found(call).mappings.get(call.text("ApiMappingId")),
        "The api mapping resource specified in the request was not found.",
    )


def _key_of(given: str) -> str:
    key = "" if given == "(none)" else given
    if key.startswith("/") or key.endswith("/") or "//" in key or not _KEY.fullmatch(key):
        raise bad_request(
            "API mapping key should not start with a '/' or have consecutive '/'s, and holds letters, digits and "
            "-._~/ only."
        )
    return key


def check_target(call: Call, api_id: str, stage: str) -> None:
    """See that there is an API with this stage.

    Raises:
        ApiError: there is none.
    """
    source = there(
        call.register.sources.get(api_id), f"Invalid API identifier specified {call.world.account_id}:{api_id}"
    )
    if stage not in source.api.stages:
        raise bad_request("Invalid stage identifier specified")


def _told(mapping: BasePath) -> dict[str, Any]:
    return {
        "ApiId": mapping.api_id,
        "ApiMappingId": mapping.id,
        "ApiMappingKey": mapping.path,
        "Stage": mapping.stage,
    }
