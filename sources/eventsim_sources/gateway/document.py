"""What does an OpenAPI document hold? Operations with `x-amazon-apigateway-integration`, schemas, security schemes."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eventsim import ConfigurationError, load_json

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
_OBJECTS = ("components", "definitions", "info", "paths", "securityDefinitions")
_BYTES_MAX = 6_000_000
"""A definition may have 6 MB (documented)."""

Document = Mapping[str, Any]


def load(definition: str | Document, folder: Path) -> Document:
    """Return the document that a scenario names or holds.

    Raises:
        ConfigurationError: it cannot be read.
    """
    if not isinstance(definition, str):
        return definition
    path = folder / definition
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}", key="definition") from None
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}", key="definition") from None


def parse(content: bytes | str) -> Document:
    """Return a document in JSON or YAML.

    Raises:
        ValueError: it is neither, or too large.
    """
    if len(content) > _BYTES_MAX:
        raise ValueError(f"a definition may have {_BYTES_MAX:,} bytes")
    try:
        document = load_json(content)
    except ValueError:
        import yaml

        try:
            document = yaml.safe_load(content)
        except yaml.YAMLError as error:
            raise ValueError(f"neither JSON nor YAML: {error}") from None
    if not isinstance(document, dict):
        raise ValueError("an OpenAPI document is an object with `paths`")
    return document


def check_soundness(document: Document) -> None:
    """See that a document is made as such documents are, and of a version that can be imported.

    Raises:
        ValueError: it is not.
    """
    for name in _OBJECTS:
        if not isinstance(document.get(name) or {}, dict):
            raise ValueError(f"`{name}` is an object")
    version = str(document.get("swagger") or document.get("openapi") or "")
    if not (version == "2.0" or version.startswith("3.")):
        raise ValueError('the document has neither `swagger: "2.0"` nor `openapi: "3.0.1"`')


def operations(document: Document) -> Iterator[tuple[str, str, Document, list[Any]]]:
    """Yield path, verb and operation of everything in a document, with the parameters of its path.

    Raises:
        ConfigurationError: a path holds no operations.
    """
    for path, item in (document.get("paths") or {}).items():
        if not isinstance(item, Mapping):
            raise ConfigurationError(f"the path {path} holds no operations", key="definition")
        shared = list(item.get("parameters") or ())
        for verb, operation in item.items():
            if verb == _ANY or verb.lower() in _VERBS:
                yield path, "ANY" if verb == _ANY else verb.upper(), operation or {}, shared


def schemas(document: Document) -> Document:
    """Return the schemas of a document by their names."""
    return document.get("definitions") or (document.get("components") or {}).get("schemas") or {}


def security_schemes(document: Document) -> Document:
    """Return the security schemes of a document by their names."""
    return document.get("securityDefinitions") or (document.get("components") or {}).get("securitySchemes") or {}


def resolved(document: Document, value: Any) -> Any:
    """Follow a reference within the document."""
    reference = value.get("$ref") if isinstance(value, Mapping) else None
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return value
    found: Any = document
    for part in reference[2:].split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found


def plain_uri(uri: Any) -> str:
    """Return a URI; whatever a template engine was to fill in is filled in by now.

    Raises:
        ConfigurationError: it is no text.
    """
    if uri is None:
        return ""
    if not isinstance(uri, str):
        raise ConfigurationError(f"the URI of an integration is a text, not {uri!r:.200}", key="definition")
    return re.sub(r"\s+", "", uri)
