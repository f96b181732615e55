"""What do calls of Systems Manager need? The action of the same name on each parameter, or on the path above them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, for_each, if_given, like, on, only_given, text_in, together, told

_OF_A_PARAMETER: Final = (
    *("DeleteParameter", "GetParameter", "GetParameterHistory", "LabelParameterVersion", "UnlabelParameterVersion"),
)
_OF_AWS: Final = "/aws/service/"
"""What stands below this path belongs to no account."""
_ARN_PARTS: Final = 6
_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Association": "association",
        "Automation": "automation-execution",
        "Document": "document",
        "MaintenanceWindow": "maintenancewindow",
        "ManagedInstance": "managed-instance",
        "OpsItem": "opsitem",
        "OpsMetadata": "opsmetadata",
        "PatchBaseline": "patchbaseline",
    }
)
"""What has tags, as calls say it and as ARNs do; a parameter has other names as well."""

_FOUND: Final = only_given(told({"ssm:Recursive": "Recursive"}))
_PUT: Final = only_given(told({"ssm:Overwrite": "Overwrite", "ssm:Policies": "Policies"}))


def _arn(name: str, place: Place) -> str:
    """Return the ARN of the parameter that `/path/name`, `name:version` or an ARN means."""
    if name.startswith("arn:"):
        return ":".join(name.split(":")[:_ARN_PARTS])
    bare = name.partition(":")[0]
    owner = Place(place.region, "", place.sources) if bare.startswith(_OF_AWS) else place
    return owner.arn("ssm", f"parameter/{bare.removeprefix('/')}")


def _named(given: Mapping[str, Any], place: Place) -> str:
    return _arn(text_in(given, "Name"), place)


def _path(given: Mapping[str, Any], place: Place) -> str:
    return _arn(text_in(given, "Path"), place)


def _tagged(given: Mapping[str, Any], place: Place) -> str:
    kind = _KINDS.get(text_in(given, "ResourceType"))
    identifier = text_in(given, "ResourceId")
    return _arn(identifier, place) if kind is None else place.arn("ssm", f"{kind}/{identifier}")


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_named, f"ssm:{name}") for name in _OF_A_PARAMETER},
        **{
            name: for_each("Names", "Name", on(_named, f"ssm:{name}")) for name in ("DeleteParameters", "GetParameters")
        },
        **{
            name: on(_tagged, f"ssm:{name}")
            for name in ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource")
        },
        "DescribeParameters": on(like("arn:aws:ssm:{region}:{account_id}:*"), "ssm:DescribeParameters"),
        "GetParametersByPath": on(_path, "ssm:GetParametersByPath", keys=_FOUND),
        "PutParameter": together(
            on(_named, "ssm:PutParameter", keys=_PUT),
            if_given("Tags", on(_named, "ssm:AddTagsToResource")),
        ),
    }
)
