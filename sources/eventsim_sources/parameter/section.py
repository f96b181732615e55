"""What does a scenario say of a parameter? The settings under `parameters:`."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Request, World
from eventsim_sources.parameter.api import keep_parameter, put_parameter
from eventsim_sources.parameter.store import PUBLIC, Parameter, Regions


class ParameterSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parameter of Systems Manager."""

    precedes_templates: ClassVar[bool] = True

    value: Annotated[
        str | list[str],
        Meta(description="`Value`: text, or a list of texts.", examples=["0.19", ["eu-west-1", "us-east-1"]]),
    ]
    type: Annotated[
        Literal["String", "StringList", "SecureString"] | None,
        Meta(description="`Type`: `String` if not given, `StringList` for a list."),
    ] = None
    description: Annotated[str, Meta(description="`Description`.")] = ""
    key_id: Annotated[str, Meta(description="`KeyId` of a `SecureString`; it is told, and encrypts nothing.")] = ""
    allowed_pattern: Annotated[
        str, Meta(description="`AllowedPattern`: a regular expression that values match.", examples=["^\\d+$"])
    ] = ""
    tier: Annotated[
        Literal["Standard", "Advanced", "Intelligent-Tiering"],
        Meta(description="`Tier`: values of the standard one have up to 4096 characters."),
    ] = "Standard"
    data_type: Annotated[
        Literal["text", "aws:ec2:image", "aws:ssm:integration"], Meta(description="`DataType`; nothing is looked up.")
    ] = "text"
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}


class ParameterKind:
    """The section `parameters:` of a scenario."""

    section: ClassVar[str] = Parameter.kind
    spec: ClassVar[type[ParameterSpec]] = ParameterSpec

    def create(self, world: World, name: str, spec: ParameterSpec) -> Parameter:
        """Make a parameter in the region of the simulation.

        Raises:
            ConfigurationError: AWS would refuse it.
        """
        parameters = world.share(Regions).of(world.region)
        request = Request(service="ssm", operation="PutParameter", parameters=_asked(name, spec), region=world.region)
        try:
            (keep_parameter if name.startswith(PUBLIC) else put_parameter)(parameters, request)
        except ApiError as error:
            is_of_name = error.message.startswith("Parameter name")
            raise ConfigurationError(error.message, key="" if is_of_name else "value") from error
        return parameters.get(name)

    def connect(self, world: World, source: Parameter, spec: ParameterSpec) -> None:
        """Do nothing: a parameter is tied to nobody."""


def _asked(name: str, spec: ParameterSpec) -> dict[str, Any]:
    """Return a parameter's settings as `PutParameter` has them.

    Raises:
        ConfigurationError: it is a list, and of another type.
    """
    is_list = isinstance(spec.value, list)
    if is_list and spec.type not in (None, "StringList"):
        raise ConfigurationError(f"a list is a `StringList`, and this is a `{spec.type}`", key="value")
    return {
        "Name": name,
        "Value": ",".join(spec.value) if isinstance(spec.value, list) else spec.value,
        "Type": spec.type or ("StringList" if is_list else "String"),
        "Description": spec.description,
        "KeyId": spec.key_id,
        "AllowedPattern": spec.allowed_pattern,
        "Tier": spec.tier,
        "DataType": spec.data_type,
        "Tags": [{"Key": key, "Value": value} for key, value in spec.tags.items()],
    }
