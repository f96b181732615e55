"""Domain names of one's own, and which base path of theirs leads to which stage."""

from typing import Any

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, there
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.patches import check_path, no_such_path
from eventsim_sources.gateway.domain import ROOT, BasePath, Domain, told_v1

_CERTIFICATES = ("certificateArn", "regionalCertificateArn")
_CERTIFICATE_NAMES = ("certificateName", "regionalCertificateName")
_KEPT = (
    "mutualTlsAuthentication",
    "ownershipVerificationCertificateArn",
    "policy",
    "routingMode",
    "endpointAccessMode",
)


def create_domain_name(call: Call) -> Result:
    """Make a domain name; nobody checks its certificate."""
    name = call.text("domainName").lower()
    domains = call.register.domains
    if not name:
        raise bad_request("No Domain Name specified")
    if name in domains.by_name:
        raise conflict("The domain name you provided already exists.")
    given = call.given
    kinds = (given.get("endpointConfiguration") or {}).get("types") or ["EDGE"]
    certificate = next((given[each] for each in _CERTIFICATES if each in given), None)
    certificate_name = next((given[each] for each in _CERTIFICATE_NAMES if each in given), None)
    configuration = {
        "EndpointType": kinds[0],
        "CertificateArn": certificate,
        "CertificateName": certificate_name,
        "SecurityPolicy": given.get("securityPolicy"),
    }
    domain = Domain(
        name=name,
        id=domains.new_id(),
        created_date=call.world.clock.date(),
        configuration={key: value for key, value in configuration.items() if value is not None},
        more={key: given[key] for key in _KEPT if key in given},
        tags=dict(given.get("tags", {})),
    )
    domains.by_name[name] = domain
    return told_v1(domain, call.world.region)


def get_domain_name(call: Call) -> Result:
    """Tell of a domain name."""
    return told_v1(found(call), call.world.region)


def get_domain_names(call: Call) -> Result:
    """List domain names."""
    domains = call.register.domains.by_name.values()
    return listed(call, domains, lambda each: told_v1(each, call.world.region))


_PATCHED = {
    "/certificateArn": "CertificateArn",
    "/regionalCertificateArn": "CertificateArn",
    "/certificateName": "CertificateName",
    "/regionalCertificateName": "CertificateName",
    "/securityPolicy": "SecurityPolicy",
}


def update_domain_name(call: Call) -> Result:
    """Change a domain name: its certificate, its policy, its kind of endpoint."""
    domain = found(call)
    for each in call.given.get("patchOperations", ()):
        path, value = str(each.get("path", "")), each.get("value")
        if path in _PATCHED:
            domain.configuration[_PATCHED[path]] = value
        elif path.startswith("/endpointConfiguration/types"):
            domain.configuration["EndpointType"] = value
        elif path[1:] in _KEPT:
            domain.more[path[1:]] = value
        elif path.startswith("/mutualTlsAuthentication/"):
            mutual = domain.more.setdefault("mutualTlsAuthentication", {})
            mutual[path.rpartition("/")[2]] = value
        else:
            raise no_such_path(path, str(each.get("op") or ""), _PATCHED)
    return told_v1(domain, call.world.region)


def delete_domain_name(call: Call) -> Result:
    """Delete a domain name with its mappings."""
    del call.register.domains.by_name[found(call).name]
    return {}


def found(call: Call) -> Domain:
    """Return the domain that a request names.

    Raises:
        ApiError: there is none.
    """
    return there(
        call.register.domains.by_name.get(call.text("domainName").lower()), "Invalid domain name identifier specified"
    )


# --- base paths --------------------------------------------------------------------------------------------


def create_base_path_mapping(call: Call) -> Result:
    """Let a base path of a domain lead to an API."""
    domain = found(call)
    path = _path_of(call.text("basePath"))
    _check_target(call, call.text("restApiId"), call.text("stage"))
    if domain.at(path) is not None:
        raise conflict("Base path already exists for this domain name")
    made = BasePath(
        id=call.register.domains.new_id()[:6], path=path, api_id=call.text("restApiId"), stage=call.text("stage")
    )
    domain.mappings[made.id] = made
    return _told(made)


def get_base_path_mapping(call: Call) -> Result:
    """Tell of a mapping."""
    return _told(_mapping(call))


def get_base_path_mappings(call: Call) -> Result:
    """List the mappings of a domain."""
    return listed(call, found(call).mappings.values(), _told)


def update_base_path_mapping(call: Call) -> Result:
    """Change a mapping: its path, its API, its stage."""
    domain, mapping = found(call), _mapping(call)
    path, api_id, stage = mapping.path, mapping.api_id, mapping.stage
    for each in call.given.get("patchOperations", ()):
        check_path(each, patches.BASE_PATH_MAPPING)
        value = str(each.get("value") or "")
        match each["path"]:
            case "/basePath":
                path = _path_of(value)
            case "/restapiId":
                api_id = value
            case _:
                stage = value
    _check_target(call, api_id, stage)
    if domain.at(path) not in (None, mapping):
        raise conflict("Base path already exists for this domain name")
    mapping.path, mapping.api_id, mapping.stage = path, api_id, stage
    return _told(mapping)


def delete_base_path_mapping(call: Call) -> Result:
    """Let a base path lead nowhere."""
    del found(call).mappings[_mapping(call).id]
    return {}


def _mapping(call: Call) -> BasePath:
    return there(found(call).at(_path_of(call.text("basePath"))), "Invalid base path mapping identifier specified")


def _path_of(given: str) -> str:
    if "/" in given:
        raise bad_request(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level "
            "base path mapping, use API Gateway V2."
        )
    return "" if given == ROOT else given


def _check_target(call: Call, api_id: str, stage: str) -> None:
    api = call.register.rest(api_id)
    if api is None:
        raise bad_request("Invalid REST API identifier specified")
    if stage and stage not in api.stages:
        raise bad_request("Invalid stage identifier specified")


def _told(mapping: BasePath) -> dict[str, Any]:
    told = {"basePath": mapping.path or ROOT, "restApiId": mapping.api_id}
    return {**told, "stage": mapping.stage} if mapping.stage else told
