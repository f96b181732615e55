"""Operations on configuration profiles and on the versions that they host."""

import re
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.configuration.api.applications import rename
from eventsim_sources.configuration.api.call import page, told
from eventsim_sources.configuration.store import (
    FEATURE_FLAGS,
    FREEFORM,
    Application,
    Configurations,
    HostedVersion,
    Profile,
    bad_request,
    conflict,
)
from eventsim_sources.configuration.validation import check_content, check_validators, check_version
from eventsim_sources.without_effect import not_simulated

HOSTED = "hosted"
_KEPT = ("RetrievalRoleArn", "KmsKeyIdentifier")


def create_configuration_profile(configurations: Configurations, request: Request) -> Result:
    """Make a profile for configurations that AppConfig itself keeps."""
    given: Any = request.parameters
    application = configurations.application(str(given["ApplicationId"]))
    kind = str(given.get("Type") or FREEFORM)
    if kind not in (FREEFORM, FEATURE_FLAGS):
        raise bad_request(f"Type is {FREEFORM} or {FEATURE_FLAGS}, and not {kind}.")
    if given["LocationUri"] != HOSTED:
        raise not_simulated(request, f"LocationUri={given['LocationUri']}", why="only hosted configurations are")
    if any(each.name == given["Name"] for each in application.profiles.values()):
        raise bad_request(f"There is a configuration profile named {given['Name']} in the application.")
    made = Profile(
        configurations.new_id(),
        str(given["Name"]),
        kind,
        str(given.get("Description") or ""),
        _validators(request),
        {name: given[name] for name in _KEPT if given.get(name)},
    )
    application.profiles[made.identifier] = made
    configurations.keep_tags(application.path_of(made), given.get("Tags"))
    return _profile_told(application, made)


def _validators(request: Request) -> list[dict[str, str]]:
    """Return the validators that a request brings.

    Raises:
        ApiError: one is a function, or no JSON Schema.
    """
    given: Any = request.parameters.get("Validators") or ()
    if any(each["Type"] == "LAMBDA" for each in given):
        raise not_simulated(request, "Validators.Type=LAMBDA")
    check_validators(given)
    return [dict(each) for each in given]


def get_configuration_profile(configurations: Configurations, request: Request) -> Result:
    """Tell of a profile."""
    return _profile_told(*profile_of(configurations, request))


def list_configuration_profiles(configurations: Configurations, request: Request) -> Result:
    """List the profiles of an application, or those of one type."""
    given = request.parameters
    application = configurations.application(str(given["ApplicationId"]))
    found = []
    for each in application.profiles.values():
        if given.get("Type") in (None, each.type):
            summary = _profile_told(application, each)
            kinds = [validator["Type"] for validator in summary.pop("Validators", ())]
            told_of = ("ApplicationId", "Id", "Name", "LocationUri", "Type")
            found.append(told(ValidatorTypes=kinds, **{name: summary[name] for name in told_of}))
    return page(found, given)


def update_configuration_profile(configurations: Configurations, request: Request) -> Result:
    """Give a profile another name, description or other validators."""
    given = request.parameters
    application, profile = profile_of(configurations, request)
    validators = _validators(request)
    rename(profile, given)
    if given.get("Validators") is not None:
        profile.validators = validators
    profile.told |= {name: given[name] for name in _KEPT if given.get(name) is not None}
    return _profile_told(application, profile)


def delete_configuration_profile(configurations: Configurations, request: Request) -> Result:
    """Forget a profile; it may host nothing any more."""
    application, profile = profile_of(configurations, request)
    if profile.versions:
        raise conflict("The configuration profile has hosted configuration versions; delete them first.")
    del application.profiles[profile.identifier]
    configurations.forget_tags(application.path_of(profile))
    return {}


def validate_configuration(configurations: Configurations, request: Request) -> Result:
    """See whether a version could be deployed."""
    _, profile = profile_of(configurations, request)
    check_version(profile, profile.version(str(request.parameters["ConfigurationVersion"])))
    return {}


def profile_of(configurations: Configurations, request: Request) -> tuple[Application, Profile]:
    """Return the profile that a request names, with its application.

    Raises:
        ApiError: there is none.
    """
    given = request.parameters
    application = configurations.application(str(given["ApplicationId"]))
    return application, application.profile(str(given["ConfigurationProfileId"]))


def _profile_told(application: Application, profile: Profile) -> dict[str, Any]:
    return told(
        ApplicationId=application.identifier,
        Id=profile.identifier,
        Name=profile.name,
        Description=profile.description,
        LocationUri=HOSTED,
        Type=profile.type,
        Validators=profile.validators,
        **profile.told,
    )


# --- hosted versions ---------------------------------------------------------------------------------------


def create_hosted_configuration_version(configurations: Configurations, request: Request) -> Result:
    """Keep the next version of a configuration."""
    given: Any = request.parameters
    application, profile = profile_of(configurations, request)
    latest, label = given.get("LatestVersionNumber"), str(given.get("VersionLabel") or "")
    if latest is not None and latest != profile.published:
        raise conflict(f"The latest version is {profile.published}, and not {latest}.")
    if label and not re.search(r"[^0-9]", label):
        raise bad_request("VersionLabel must contain at least one non-numeric character.")
    if label and any(each.label == label for each in profile.versions.values()):
        raise conflict(f"There is a version labelled {label}.")
    content = _bytes(given["Content"])
    check_content(profile, content)
    made = HostedVersion(
        profile.published + 1, content, str(given["ContentType"]), str(given.get("Description") or ""), label
    )
    profile.published = made.number
    profile.versions[made.number] = made
    return {**_version_told(application, profile, made), "Content": made.content}


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    return content.encode() if isinstance(content, str) else bytes(content.read())


def get_hosted_configuration_version(configurations: Configurations, request: Request) -> Result:
    """Return a version with its content."""
    application, profile = profile_of(configurations, request)
    version = _hosted(profile, request)
    return {**_version_told(application, profile, version), "Content": version.content}


def list_hosted_configuration_versions(configurations: Configurations, request: Request) -> Result:
    """List the versions of a profile, the newest first; those with a label, if it is given (`*` ends it)."""
    application, profile = profile_of(configurations, request)
    wanted = str(request.parameters.get("VersionLabel") or "")
    found = [each for each in reversed(profile.versions.values()) if _is_labelled(each.label, wanted)]
    return page([_version_told(application, profile, each) for each in found], request.parameters)


def _is_labelled(label: str, wanted: str) -> bool:
    return label.startswith(wanted[:-1]) and bool(label) if wanted.endswith("*") else wanted in ("", label)


def delete_hosted_configuration_version(configurations: Configurations, request: Request) -> Result:
    """Forget a version; what was deployed of it stays deployed."""
    _, profile = profile_of(configurations, request)
    del profile.versions[_hosted(profile, request).number]
    return {}


def _hosted(profile: Profile, request: Request) -> HostedVersion:
    number = request.parameters["VersionNumber"]
    if number not in profile.versions:
        message = f"HostedConfigurationVersion with number {number} could not be found."
        raise ApiError("ResourceNotFoundException", message, status=404)
    return profile.versions[int(str(number))]


def _version_told(application: Application, profile: Profile, version: HostedVersion) -> dict[str, Any]:
    return told(
        ApplicationId=application.identifier,
        ConfigurationProfileId=profile.identifier,
        VersionNumber=version.number,
        Description=version.description,
        ContentType=version.content_type,
        VersionLabel=version.label,
    )
