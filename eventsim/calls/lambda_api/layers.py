"""What are layers? Archives that several functions share; a version of a layer never changes.

A layer of another account cannot be fetched. It is accepted by name: what it would bring is taken to be installed here.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.code import Code, location_of
from eventsim.calls.lambda_api.errors import invalid, malformed, resource_not_found
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.upload import uploaded
from eventsim.function.extension import extension_of
from eventsim.limits import LAYERS_MAX

if TYPE_CHECKING:
    from eventsim.calls.lambda_api.service import Service

_ARN = re.compile(
    r"(?P<layer>arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<name>[a-zA-Z0-9-_]+))"
    r"(?::(?P<version>\d+))?"
)
_NAME_PATTERN = r"((arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+)"
_NAME_CHARACTERS_MAX = 140


class LayerVersion(Struct, frozen=True, kw_only=True, gc=False):
    """One version of a layer.

    Attributes:
        told: what the request said of it: description, runtimes, architectures, licence.
    """

    layer_arn: str
    number: int
    code: Code
    created_us: int
    told: dict[str, Any]

    @property
    def arn(self) -> str:
        """The ARN by which functions name it."""
        return f"{self.layer_arn}:{self.number}"


@dataclass(slots=True)
class LayerPolicy:
    """Who may use a version of a layer: statements by their ids."""

    statements: dict[str, dict[str, Any]] = field(default_factory=dict)
    revision_id: str = ""


class Layers:
    """All layers, by ARN of their versions.

    Attributes:
        highest: the highest number of each layer; numbers are not used twice.
        policies: ARN of a version → who may use it.
    """

    def __init__(self) -> None:
        self._versions: dict[str, LayerVersion] = {}
        self.highest: dict[str, int] = {}
        self.policies: dict[str, LayerPolicy] = {}

    def get(self, arn: str) -> LayerVersion | None:
        """Return a version by its ARN, None if there is none."""
        return self._versions.get(arn)

    def add(self, version: LayerVersion) -> None:
        """Keep a new version."""
        self.highest[version.layer_arn] = version.number
        self._versions[version.arn] = version

    def remove(self, arn: str) -> None:
        """Forget a version; functions that use it go on doing so (documented)."""
        self._versions.pop(arn, None)
        self.policies.pop(arn, None)

    def of(self, layer_arn: str | None = None) -> list[LayerVersion]:
        """Return the versions of one layer or of all, newest first."""
        versions = [version for version in self._versions.values() if layer_arn in (None, version.layer_arn)]
        return sorted(versions, key=lambda version: (version.layer_arn, -version.number))


def layer_folders(service: "Service", request: Request, arns: Any) -> tuple[Path, ...]:
    """Return the folders of a function's layers; those of other accounts have none.

    Raises:
        ApiError: there are too many, or one is not there.
    """
    if len(arns) > LAYERS_MAX:
        raise invalid(f"Cannot reference more than {LAYERS_MAX} layers.")
    seen: dict[str, str] = {}
    folders = []
    for arn in arns:
        match = _ARN.fullmatch(arn)
        if match is None or match["version"] is None:
            raise malformed(
                f"[{', '.join(arns)}]", "layers", "Member must satisfy constraint: [Member must be a layer version ARN]"
            )
        if match["region"] != service.functions.region:  # as users report it
            raise invalid(
                "Layers are not in the same region as the function. Layers are expected to be in region "
                f"{service.functions.region}."
            )
        if match["layer"] in seen:  # as users report it
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{seen[match['layer']]} and {arn} are versions of the same layer."
            )
        seen[match["layer"]] = arn
        version = service.layers.get(arn)
        if version is not None and version.code.folder is not None:
            folders.append(version.code.folder)
        elif extension_of(arn):
            continue  # stood in for
        elif match["account"] == service.functions.account_id:
            raise invalid(f"Layer version {arn} does not exist.")
        else:
            reason = "the layer of another account is not fetched: what it brings must be installed here"
            service.inert.tell(request, f"Layers={arn}", reason)
    return tuple(folders)


def publish_layer_version(service: "Service", request: Request) -> Result:
    """Make the next version of a layer."""
    given = request.parameters
    layer_arn = _layer_arn(service, str(given["LayerName"]))
    content: Any = given["Content"]
    code = uploaded(service, request, content)
    told = {
        name: given[name]
        for name in ("Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo")
        if given.get(name) is not None
    }
    version = LayerVersion(
        layer_arn=layer_arn,
        number=service.layers.highest.get(layer_arn, 0) + 1,
        code=code,
        created_us=service.clock.now_us,
        told=told,
    )
    service.layers.add(version)
    return {"Content": _content(service, version), **_described(service, version)}


def get_layer_version(service: "Service", request: Request) -> Result:
    """Describe one version of a layer, with a place to fetch it from."""
    version = service.layers.get(version_arn(service, request))
    if version is None:
        raise resource_not_found()
    return {"Content": _content(service, version), **_described(service, version)}


def get_layer_version_by_arn(service: "Service", request: Request) -> Result:
    """Describe the version of a layer with this ARN."""
    version = service.layers.get(str(request.parameters["Arn"]))
    if version is None:
        raise resource_not_found()
    return {"Content": _content(service, version), **_described(service, version)}


def list_layers(service: "Service", request: Request) -> Result:
    """List all layers, each with its newest version."""
    newest: dict[str, LayerVersion] = {}
    for version in service.layers.of():
        if _suits(version, request):
            newest.setdefault(version.layer_arn, version)
    items, more = page(list(newest.values()), request.parameters)
    layers = [
        {
            "LayerName": version.layer_arn.rpartition(":")[2],
            "LayerArn": version.layer_arn,
            "LatestMatchingVersion": _described(service, version, is_listed=True),
        }
        for version in items
    ]
    return {"Layers": layers, **more}


def list_layer_versions(service: "Service", request: Request) -> Result:
    """List the versions of a layer, newest first."""
    versions = service.layers.of(_layer_arn(service, str(request.parameters["LayerName"])))
    items, more = page([version for version in versions if _suits(version, request)], request.parameters)
    return {"LayerVersions": [_described(service, version, is_listed=True) for version in items], **more}


def delete_layer_version(service: "Service", request: Request) -> Result:
    """Forget a version of a layer; one that is not there is no error (documented)."""
    service.layers.remove(version_arn(service, request))
    return {}


def _suits(version: LayerVersion, request: Request) -> bool:
    for wanted, offered in (
        ("CompatibleRuntime", "CompatibleRuntimes"),
        ("CompatibleArchitecture", "CompatibleArchitectures"),
    ):
        want = request.parameters.get(wanted)
        if want is not None and want not in version.told.get(offered, ()):
            return False
    return True


def _layer_arn(service: "Service", name: str) -> str:
    if _ARN.fullmatch(name):
        return name
    if not re.fullmatch(_NAME_PATTERN, name) or len(name) > _NAME_CHARACTERS_MAX:
        raise malformed(name, "layerName", f"Member must satisfy regular expression pattern: {_NAME_PATTERN}")
    return f"arn:aws:lambda:{service.functions.region}:{service.functions.account_id}:layer:{name}"


def version_arn(service: "Service", request: Request) -> str:
    """Return the ARN of the version of a layer that a request names.

    Raises:
        ApiError: it can be none.
    """
    given = request.parameters
    if int(str(given["VersionNumber"])) < 1:
        raise invalid("Layer Version Cannot be less than 1.")
    return f"{_layer_arn(service, str(given['LayerName']))}:{given['VersionNumber']}"


def _content(service: "Service", version: LayerVersion) -> dict[str, Any]:
    return {
        "Location": location_of(version.code, service.functions, of="layers"),
        "CodeSha256": version.code.sha256,
        "CodeSize": version.code.size_bytes,
    }


def _described(service: "Service", version: LayerVersion, *, is_listed: bool = False) -> dict[str, Any]:
    described = {
        "LayerVersionArn": version.arn,
        "Version": version.number,
        "CreatedDate": service.modified_at(version.created_us),
        **version.told,
    }
    if not is_listed:
        described = {"LayerArn": version.layer_arn, "Description": "", **described}
    return described
