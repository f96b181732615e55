"""Who gets push notifications? Platform applications and their endpoints; they are kept, nothing is pushed for real."""

import re
from collections.abc import Mapping

from eventsim import World
from eventsim_sources.topic import errors

PLATFORMS = ("ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "FCM", "GCM", "MACOS",
             "MACOS_SANDBOX", "MPNS", "WNS", "APNS_MDM", "APNS_PASSBOOK")  # fmt: skip
_APPLE = ("APNS", "MACOS")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_NAME_LENGTH_MAX = 256
_APPLE_TOKEN = re.compile(r"[0-9A-Fa-f]{1,400}")
USER_DATA_BYTES_MAX = 2_048


def check_application_name(name: str) -> None:
    """See that an application may have this name (words emulated).

    Raises:
        ApiError: it may not.
    """
    if not name:
        raise errors.invalid(f"{name} Reason: cannot be empty")
    if len(name) > _NAME_LENGTH_MAX:
        raise errors.invalid(f"{name} Reason: must be at most {_NAME_LENGTH_MAX} characters long")
    if not _NAME.fullmatch(name):
        characters = "'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"
        raise errors.invalid(f"{name} Reason: must contain only characters {characters}")


def check_device_token(platform: str, token: str) -> None:
    """See that a platform may have given a device this token.

    Raises:
        ApiError: it may not; the words for Apple's are as users report them, those for an empty one unconfirmed.
    """
    if platform.startswith(_APPLE) and not _APPLE_TOKEN.fullmatch(token):
        raise errors.invalid("Token Reason: iOS device tokens must be no more than 400 hexadecimal characters")
    if not token:
        raise errors.invalid("Token Reason: cannot be empty")


class Endpoint:
    """A device with an application.

    Attributes:
        attributes: `Enabled`, `Token` and `CustomUserData`.
    """

    def __init__(self, arn: str, attributes: Mapping[str, str]) -> None:
        self.arn = arn
        self.attributes = dict(attributes)

    @property
    def is_enabled(self) -> bool:
        """Whether it takes notifications."""
        return self.attributes.get("Enabled") == "true"


class Application:
    """An application of a platform.

    Attributes:
        endpoints: by ARN, in order of creation.
    """

    def __init__(self, arn: str, platform: str, name: str, attributes: Mapping[str, str]) -> None:
        self.arn = arn
        self.platform = platform
        self.name = name
        self.attributes = dict(attributes)
        self.endpoints: dict[str, Endpoint] = {}


class Platforms:
    """All applications of one world; `world.share(Platforms)` returns it."""

    def __init__(self, world: World) -> None:
        self.applications: dict[str, Application] = {}
        self.new_endpoint_id = world.chance.uuids("topic", "platform endpoints")

    def application(self, arn: str) -> Application:
        """Return the application with this ARN.

        Raises:
            ApiError: there is none.
        """
        application = self.applications.get(arn)
        if application is None:
            raise errors.not_found("PlatformApplication does not exist")
        return application

    def endpoint(self, arn: str) -> Endpoint | None:
        """Return the endpoint with this ARN, if there is one."""
        for application in self.applications.values():
            if arn in application.endpoints:
                return application.endpoints[arn]
        return None

    def application_of(self, endpoint_arn: str) -> Application | None:
        """Return the application that an endpoint belongs to."""
        return next((each for each in self.applications.values() if endpoint_arn in each.endpoints), None)
