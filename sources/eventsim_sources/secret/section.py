"""What does a scenario say of a secret? The settings under `secrets:`."""

import base64
import binascii
import json
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Request, World
from eventsim_sources.secret.api import create_secret
from eventsim_sources.secret.store import Regions, Secret


class SecretSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret of Secrets Manager. Without a value it has no version yet."""

    precedes_templates: ClassVar[bool] = True

    secret_string: Annotated[
        str | dict[str, Any] | list[Any] | None,
        Meta(
            description="`SecretString`: text, or data that becomes JSON.",
            examples=[{"username": "shop", "password": "s3cr3t"}],
        ),
    ] = None
    secret_binary: Annotated[str | None, Meta(description="`SecretBinary`: bytes in Base64.")] = None
    description: Annotated[str, Meta(description="`Description`.")] = ""
    kms_key_id: Annotated[str, Meta(description="`KmsKeyId`; it is told, and encrypts nothing.")] = ""
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}


class SecretKind:
    """The section `secrets:` of a scenario."""

    section: ClassVar[str] = Secret.kind
    spec: ClassVar[type[SecretSpec]] = SecretSpec

    def create(self, world: World, name: str, spec: SecretSpec) -> Secret:
        """Make a secret in the region of the simulation.

        Raises:
            ConfigurationError: AWS would refuse it.
        """
        secrets = world.share(Regions).of(world.region)
        request = Request(
            service="secretsmanager", operation="CreateSecret", parameters=_asked(name, spec), region=world.region
        )
        try:
            create_secret(secrets, request)
        except ApiError as error:
            key = "secret_binary" if spec.secret_string is None else "secret_string"
            raise ConfigurationError(error.message, key=key) from error
        return secrets.find(name)

    def connect(self, world: World, source: Secret, spec: SecretSpec) -> None:
        """Do nothing: a secret is tied to nobody."""


def _asked(name: str, spec: SecretSpec) -> dict[str, Any]:
    """Return a secret's settings as `CreateSecret` has them."""
    return {
        "Name": name,
        "SecretString": _text(spec.secret_string),
        "SecretBinary": None if spec.secret_binary is None else _bytes(spec.secret_binary),
        "Description": spec.description,
        "KmsKeyId": spec.kms_key_id,
        "Tags": [{"Key": key, "Value": value} for key, value in spec.tags.items()],
    }


def _text(value: Any) -> str | None:
    """Return the text of a secret; data is written as the console writes it, without blanks."""
    return value if value is None or isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ConfigurationError(f"this is no Base64: {error}", key="secret_binary") from None
