"""Operations on platform applications and their endpoints."""

from collections.abc import Container, Iterable

from eventsim import Request, Result
from eventsim_sources.parameters import mapping, text
from eventsim_sources.topic import errors
from eventsim_sources.topic.api.directory import Directory
from eventsim_sources.topic.api.parameters import page
from eventsim_sources.topic.courier import platform_of
from eventsim_sources.topic.names import arn_parts
from eventsim_sources.topic.platform import (
    PLATFORMS,
    USER_DATA_BYTES_MAX,
    Application,
    Endpoint,
    check_application_name,
    check_device_token,
)
from eventsim_sources.without_effect import WithoutEffect

_SECRETS = ("PlatformCredential", "PlatformPrincipal")
"""Attributes of an application that are taken and never told."""
_WITHOUT_EFFECT = {
    **dict.fromkeys(
        ("EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure"),
        "no topic is told of what happens to endpoints",
    ),
    **dict.fromkeys(
        ("SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate"),
        "no delivery log is written",
    ),
}
"""Attributes of an application that are kept and told, and why they change nothing."""
_APPLICATION_ATTRIBUTES = frozenset(
    {*_SECRETS, *_WITHOUT_EFFECT, "Enabled", "ApplePlatformTeamID", "ApplePlatformBundleID"}
)
_ENDPOINT_ATTRIBUTES = frozenset({"CustomUserData", "Enabled", "Token"})


def create_platform_application(directory: Directory, request: Request) -> Result:
    """Make an application, or return the one that is there (which attributes must be equal is unconfirmed)."""
    platform, name = text(request, "Platform"), text(request, "Name")
    check_application_name(name)
    if platform not in PLATFORMS:
        raise errors.invalid(f"Platform Reason: {platform} is not supported")
    world, given = directory.world, _application_attributes(directory, request)
    arn = f"arn:aws:sns:{world.region}:{world.account_id}:app/{platform}/{name}"
    applications = directory.platforms.applications
    if arn not in applications:
        applications[arn] = Application(arn, platform, name, {"Enabled": "true", **given})
    return {"PlatformApplicationArn": arn}


def delete_platform_application(directory: Directory, request: Request) -> Result:
    """Delete an application with its endpoints; one that is not there is no error."""
    directory.platforms.applications.pop(_arn(request, "PlatformApplicationArn"), None)
    return {}


def get_platform_application_attributes(directory: Directory, request: Request) -> Result:
    """Return the attributes of an application, without its credentials."""
    return {"Attributes": _shown(_application(directory, request))}


def set_platform_application_attributes(directory: Directory, request: Request) -> Result:
    """Set attributes of an application."""
    application = _application(directory, request)
    application.attributes.update(_application_attributes(directory, request))
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
    check_device_token(application.platform, token)
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
    arn = _arn(request, "EndpointArn")
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
    if "Token" in given:
        check_device_token(platform_of(endpoint.arn), given["Token"])
    endpoint.attributes.update(given)
    return {}


def list_endpoints_by_platform_application(directory: Directory, request: Request) -> Result:
    """List the endpoints of an application."""
    listed, more = page(list(_application(directory, request).endpoints.values()), request)
    return {"Endpoints": [{"EndpointArn": each.arn, "Attributes": dict(each.attributes)} for each in listed], **more}


def _application(directory: Directory, request: Request) -> Application:
    return directory.platforms.application(_arn(request, "PlatformApplicationArn"))


def _endpoint(directory: Directory, request: Request) -> Endpoint:
    endpoint = directory.platforms.endpoint(_arn(request, "EndpointArn"))
    if endpoint is None:
        raise errors.not_found("Endpoint does not exist")
    return endpoint


def _arn(request: Request, parameter: str) -> str:
    """Return the ARN that a request names.

    Raises:
        ApiError: it is none.
    """
    arn = text(request, parameter)
    arn_parts(arn, parameter)
    return arn


def _application_attributes(directory: Directory, request: Request) -> dict[str, str]:
    """Return the attributes that a request gives an application, and tell of those that change nothing.

    Raises:
        ApiError: one of them is unknown, or has a value that it cannot have.
    """
    given = mapping(request, "Attributes")
    _check_names(given, _APPLICATION_ATTRIBUTES)
    _check_enabled(given)
    for name in given:
        if name in _WITHOUT_EFFECT:
            directory.world.share(WithoutEffect).tell(request, name, _WITHOUT_EFFECT[name])
    return given


def _check_names(attributes: Iterable[str], known: Container[str]) -> None:
    for name in attributes:
        if name not in known:
            raise errors.invalid(f"Attributes Reason: Invalid attribute name: {name}")


def _check(attributes: dict[str, str]) -> None:
    _check_names(attributes, _ENDPOINT_ATTRIBUTES)
    _check_enabled(attributes)
    if len(attributes.get("CustomUserData", "").encode()) > USER_DATA_BYTES_MAX:
        raise errors.invalid(
            "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 "
            "encoding"
        )


def _check_enabled(attributes: dict[str, str]) -> None:
    """See that `Enabled`, if it is given, says yes or no, and spell it in small letters."""
    if "Enabled" not in attributes:
        return
    attributes["Enabled"] = attributes["Enabled"].lower()
    if attributes["Enabled"] not in ("true", "false"):
        raise errors.invalid("Attributes Reason: Invalid value for attribute: Enabled: must be 'true' or 'false'")


def _shown(application: Application) -> dict[str, str]:
    return {name: value for name, value in application.attributes.items() if name not in _SECRETS}
