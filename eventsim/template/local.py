"""Which files on this machine does a template mean? Code, definitions and nested templates beside it.

Every local path is taken out of the template and remembered by the logical id that it belongs to; in its place stands
an address in a bucket that is never asked, `LOCAL_BUCKET`, which transforms carry along. What is text to be merged
(`AWS::Include`, API definitions) is put in whole.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventsim.template.document import Document, Path_, plain, read_document

LOCAL_BUCKET = "eventsim-local"
_REMOTE = re.compile(r"(s3|https?)://", re.IGNORECASE)
_INCLUDE_DEPTH_MAX = 5


@dataclass(frozen=True, slots=True)
class Local:
    """A template in which no local path is left.

    Attributes:
        body: the template.
        paths: logical id → the file or folder that its code, content or definition is.
    """

    body: dict[str, Any]
    paths: Mapping[str, Path] = field(default_factory=dict)


def localise(document: Document, write_out: Callable[[dict[str, Any]], dict[str, Any]]) -> Local:
    """Take local paths out of a template.

    Args:
        write_out: writes out loops, in which each turn may have a path of its own.

    Raises:
        TemplateError: an included file cannot be read, or is not local.
    """
    body = write_out(_included(document, _with_include_inside(copy.deepcopy(document.body)), (), 0))
    finder = _Finder(document, body)
    resources = body.get("Resources")
    for logical_id, resource in (resources if isinstance(resources, dict) else {}).items():
        if isinstance(resource, dict):
            finder.take(logical_id, resource)
    finder.forget_globals()
    return Local(body, finder.paths)


class _Finder:
    """Takes the local paths out of resources, one after another."""

    def __init__(self, document: Document, body: dict[str, Any]) -> None:
        self._document = document
        shared = body.get("Globals")
        self._globals: dict[str, Any] = shared if isinstance(shared, dict) else {}
        self.paths: dict[str, Path] = {}

    def take(self, logical_id: str, resource: dict[str, Any]) -> None:
        properties = resource.setdefault("Properties", {})
        if properties is None:
            properties = resource["Properties"] = {}
        kind = resource.get("Type")
        if not isinstance(properties, dict) or not isinstance(kind, str):
            return
        if kind == "AWS::Serverless::Function":
            self._function(logical_id, properties)
        elif kind in ("AWS::Serverless::Api", "AWS::Serverless::HttpApi"):
            self._definition(logical_id, properties, "DefinitionUri", "DefinitionBody")
        elif kind == "AWS::ApiGateway::RestApi":
            self._definition(logical_id, properties, "BodyS3Location", "Body")
        elif kind == "AWS::Serverless::Application" and isinstance(properties.get("Location"), dict):
            _of_registry(resource, properties)
        elif kind in _PROPERTIES:
            name = _PROPERTIES[kind]
            if self._is_local(properties.get(name)):
                properties[name] = self._placeholder(kind, logical_id, str(properties[name]))

    def forget_globals(self) -> None:
        """Leave no path among the globals: every function has its own by now."""
        of_functions = self._globals.get("Function")
        if isinstance(of_functions, dict):
            of_functions.pop("CodeUri", None)

    def _function(self, logical_id: str, properties: dict[str, Any]) -> None:
        shared = self._globals.get("Function")
        shared = shared if isinstance(shared, dict) else {}
        if properties.get("PackageType", shared.get("PackageType")) == "Image":
            properties.setdefault("ImageUri", f"{LOCAL_BUCKET}/{logical_id.lower()}:latest")
            return
        if "InlineCode" in properties:
            return
        code = properties.get("CodeUri", shared.get("CodeUri", "."))
        if self._is_local(code) or code is None:
            properties["CodeUri"] = self._placeholder("", logical_id, code or ".")
        else:
            properties["CodeUri"] = code

    def _definition(self, logical_id: str, properties: dict[str, Any], uri: str, into: str) -> None:
        if not self._is_local(properties.get(uri)):
            return
        path = self._document.folder / properties.pop(uri)
        properties[into] = plain(read_document(path).root)
        self.paths[logical_id] = path

    @staticmethod
    def _is_local(value: object) -> bool:
        return isinstance(value, str) and not _REMOTE.match(value) and "${" not in value and "\n" not in value

    def _placeholder(self, kind: str, logical_id: str, path: str) -> Any:
        self.paths[logical_id] = self._document.folder / path.removeprefix("file://")
        if kind in ("AWS::CloudFormation::Stack", "AWS::Serverless::Application"):
            return f"https://s3.amazonaws.com/{LOCAL_BUCKET}/{logical_id}"
        if kind == "AWS::StepFunctions::StateMachine":
            return {"Bucket": LOCAL_BUCKET, "Key": logical_id}
        if kind in ("AWS::Lambda::Function", "AWS::Lambda::LayerVersion"):
            return {"S3Bucket": LOCAL_BUCKET, "S3Key": logical_id}
        return f"s3://{LOCAL_BUCKET}/{logical_id}"


def _of_registry(resource: dict[str, Any], properties: dict[str, Any]) -> None:
    """Make an application of AWS's registry the nested stack that it would be, whose template is not here."""
    wanted = properties.pop("Location").get("ApplicationId")
    resource["Type"] = "AWS::CloudFormation::Stack"
    properties["TemplateURL"] = wanted if isinstance(wanted, dict) else f"https://serverlessrepo/{wanted}"


_PROPERTIES = {
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::Application": "Location",
    "AWS::Lambda::Function": "Code",
    "AWS::Lambda::LayerVersion": "Content",
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::StepFunctions::StateMachine": "DefinitionS3Location",
}
"""Resource types and the property that may be a path on this machine, for those that need no further care."""


def _with_include_inside(body: dict[str, Any]) -> dict[str, Any]:
    """Return a template whose `Transform` includes a file as one that has this beside its sections."""
    named = body.get("Transform") or []
    listed = named if isinstance(named, list) else [named]
    including = [each for each in listed if isinstance(each, dict) and each.get("Name") == "AWS::Include"]
    if not including:
        return body
    rest = [each for each in listed if each is not including[0]]
    return {**body, "Transform": rest, "Fn::Transform": including[0]}


def _included(document: Document, value: Any, path: Path_, depth: int) -> Any:
    """Return plain data with every `AWS::Include` of a local file replaced by the file's content."""
    if isinstance(value, list):
        return [_included(document, each, (*path, index), depth) for index, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    value = {key: _included(document, each, (*path, key), depth) for key, each in value.items()}
    transform = value.get("Fn::Transform")
    if not isinstance(transform, dict) or transform.get("Name") != "AWS::Include":
        return value
    location = (transform.get("Parameters") or {}).get("Location")
    where = (*path, "Fn::Transform")
    if not isinstance(location, str) or _REMOTE.match(location):
        raise document.error(where, "`AWS::Include` is simulated for a file beside the template; name it as `Location`")
    if depth == _INCLUDE_DEPTH_MAX:
        raise document.error(where, f"files include one another more than {_INCLUDE_DEPTH_MAX} levels deep")
    file = document.folder / location
    if not file.is_file():
        raise document.error(where, f"there is no file {file} to include")
    content = _included(document, plain(read_document(file).root), where, depth + 1)
    rest = {key: each for key, each in value.items() if key != "Fn::Transform"}
    return {**content, **rest} if rest and isinstance(content, dict) else content
