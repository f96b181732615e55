"""Operations on platform applications and their endpoints."""

from eventsim import Request, Result
from eventsim_sources.topic import errors
from eventsim_sources.topic.api.directory import Directory
from eventsim_sources.topic.api.parameters import mapping, page, text
from eventsim_sources.topic.platform import PLATFORMS, USER_DATA_BYTES_MAX, Application, Endpoint

_SECRETS = ("PlatformCredential", "PlatformPrincipal")
"""Attributes of an application that are taken and never told."""
_ENDPOINT_ATTRIBUTES = frozenset({"CustomUserData", "Enabled", "Token"})


def create_platform_application(directory: Directory, request: Request) -> Result:
    """Make an application, or return the one that is there (which attributes must be equal is unconfirmed)."""
    platform, name = text(request, "Platform"), text(request, "Name")
    if platform not in PLATFORMS:
        raise errors.invalid(f"Platform Reason: {platform} is not supported")
    world = directory.world
    arn = f"arn:aws:sns:{world.region}:{world.account_id}:app/{platform}/{name}"
    applications = directory.platforms.applications
    if arn not in applications:
        attributes = {"Enabled": "true", **mapping(request, "Attributes")}
        applications[arn] = Application(arn, platform, name, attributes)
    return {"PlatformApplicationArn": arn}


def delete_platform_application(directory: Directory, request: Request) -> Result:
    """Delete an application with its endpoints; one that is not there is no error."""
    directory.platforms.applications.pop(text(request, "PlatformApplicationArn"), None)
    return {}


def get_platform_application_attributes(directory: Directory, request: Request) -> Result:
    """Return the attributes of an application, without its credentials."""
    return {"Attributes": _shown(_application(directory, request))}


def set_platform_application_attributes(directory: Directory, request: Request) -> Result:
    """Set attributes of an application."""
    _application(directory, request).attributes.update(mapping(request, "Attributes"))
    return {}


def list_platform_applications(directory: Directory, request: Request) -> Result:
    """List applications."""
    listed, more = page(list(directory.platforms.applications.values()), request)
    return {
        "PlatformApplications": [{"PlatformApplicationArn": each.arn, "Attributes": _shown(each)} for each in listed],
        **more,
    }


def create_platform_endpoint(directory: Directory, request: Request) -> Result:
    """Make an endpoint of an application, or return the one with this token if it has the same attributes."""
    application = _application(directory, request)
    token = text(request, "Token")
    given = {"Enabled": "true", **mapping(request, "Attributes"), "Token": token}
    if text(request, "CustomUserData"):
        given["CustomUserData"] = text(request, "CustomUserData")
    _check(given)
    for endpoint in application.endpoints.values():
        if endpoint.attributes["Token"] == token:
            if endpoint.attributes != given:
                raise errors.invalid(
                    f"Token Reason: Endpoint {endpoint.arn} already exists with the same Token, but different "
                    "attributes."
                )
            return {"EndpointArn": endpoint.arn}
    endpoint_id = directory.platforms.new_endpoint_id()
    arn = f"{application.arn.replace(':app/', ':endpoint/')}/{endpoint_id}"
    application.endpoints[arn] = Endpoint(arn, given)
    return {"EndpointArn": arn}


def delete_endpoint(directory: Directory, request: Request) -> Result:
    """Delete an endpoint; one that is not there is no error."""
    arn = text(request, "EndpointArn")
    application = directory.platforms.application_of(arn)
    if application is not None:
        del application.endpoints[arn]
    return {}


def get_endpoint_attributes(directory: Directory, request: Request) -> Result:
    """Return the attributes of an endpoint."""
    return {"Attributes": dict(_endpoint(directory, request).attributes)}


def set_endpoint_attributes(directory: Directory, request: Request) -> Result:
    """Set attributes of an endpoint."""
    endpoint = _endpoint(directory, request)
    given = mapping(request, "Attributes")
    _check(given)
    endpoint.attributes.update(given)
    return {}


def list_endpoints_by_platform_application(directory: Directory, request: Request) -> Result:
    """List the endpoints of an application."""
    listed, more = page(list(_application(directory, request).endpoints.values()), request)
    return {"Endpoints": [{"EndpointArn": each.arn, "Attributes": dict(each.attributes)} for each in listed], **more}


def _application(directory: Directory, request: Request) -> Application:
    return directory.platforms.application(text(request, "PlatformApplicationArn"))


def _endpoint(directory: Directory, request: Request) -> Endpoint:
    endpoint = directory.platforms.endpoint(text(request, "EndpointArn"))
    if endpoint is None:
        raise errors.not_found("Endpoint does not exist")
    return endpoint


def _check(attributes: dict[str, str]) -> None:
    for name in attributes:
        if name not in _ENDPOINT_ATTRIBUTES:
            raise errors.invalid(f"Attributes Reason: Invalid attribute name: {name}")
    if attributes.get("Enabled", "true").lower() not in ("true", "false"):
        raise errors.invalid("Attributes Reason: Invalid value for attribute: Enabled: must be 'true' or 'false'")
    attributes.update({name: value.lower() for name, value in attributes.items() if name == "Enabled"})
    if len(attributes.get("CustomUserData", "").encode()) > USER_DATA_BYTES_MAX:
        raise errors.invalid(
            "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 "
            "encoding"
        )


def _shown(application: Application) -> dict[str, str]:
    return {name: value for name, value in application.attributes.items() if name not in _SECRETS}
