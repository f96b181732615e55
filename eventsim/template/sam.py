"""What does SAM make of a template? AWS's own translator tells, and its answers are kept.

The translator is an extra (`pip install 'eventsim[sam]'`), imported only for a template with SAM's transform that is
not in the cache: in memory for the process, and in a file of the user's cache folder, named by a digest of everything
that the answer follows from.
"""

import contextlib
import copy
import hashlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from eventsim.errors import TemplateError
from eventsim.json_text import load_json
from eventsim.template.document import Document

TRANSFORM = "AWS::Serverless-2016-10-31"
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_DISTRIBUTION = "aws-sam-translator"
_INSTALL = (
    "this is a SAM template, and AWS's translator of these is not installed: `pip install 'eventsim[sam]'` "
    "(or deploy what `sam package` or `cdk synth` makes of it)"
)
_KEPT_MAX = 64
_kept: dict[str, str] = {}
"""Answers by digest, as JSON: pure results, so that every simulation of the process may share them."""


def transforms_of(body: Mapping[str, Any]) -> list[str]:
    """Return the names of the macros that a template asks for."""
    named = body.get("Transform") or []
    return [
        each if isinstance(each, str) else str(each.get("Name"))
        for each in (named if isinstance(named, list) else [named])
    ]


def translate(document: Document, body: dict[str, Any], parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Return the CloudFormation template that a SAM template means.

    Args:
        body: the template without local paths.
        parameters: values by name.

    Raises:
        TemplateError: the translator is not installed, or refuses the template.
    """
    try:
        version = metadata.version(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise document.error(("Transform",), _INSTALL) from None
    said = json.dumps([version, region, parameters, body], sort_keys=False, default=str)
    digest = hashlib.sha256(said.encode()).hexdigest()
    answer = _kept.get(digest) or _from_disk(digest)
    if answer is None:
        answer = json.dumps(_translated(document, body, parameters, region))
        _to_disk(digest, answer)
    if len(_kept) >= _KEPT_MAX:
        del _kept[next(iter(_kept))]
    _kept[digest] = answer
    translated: dict[str, Any] = load_json(answer)
    return translated


def _translated(document: Document, body: dict[str, Any], parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)  # what it refuses, it raises
    from boto3 import Session
    from samtranslator.metrics.metrics import Metrics
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    metrics = Metrics()
    translator = Translator({}, Parser(), boto_session=Session(region_name=region), metrics=metrics)
    try:
        translated: dict[str, Any] = translator.translate(
            sam_template=copy.deepcopy(body), parameter_values=dict(parameters)
        )
    except InvalidDocumentException as error:
        raise _refusal(document, error.causes) from None
    except Exception as error:
        raise document.error(("Transform",), f"SAM's translator failed: {type(error).__name__}: {error}") from error
    finally:
        metrics.publish()  # to nobody; else it would complain when it is collected, in whose log ever that happens
    return translated


def _refusal(document: Document, causes: Any) -> TemplateError:
    lines = []
    for cause in causes:
        message = str(getattr(cause, "message", cause))
        match = re.search(r"\[(\w+)\]", message)
        path = ("Resources", match[1]) if match and match[1] in document.resources else ("Transform",)
        lines.append(str(document.error(path, f"SAM: {message}")))
    return TemplateError("\n\n".join(lines))


def _file(digest: str) -> Path | None:
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # nobody's home
        return None
    return root / "eventsim" / "sam" / f"{digest}.json"


def _from_disk(digest: str) -> str | None:
    file = _file(digest)
    try:
        text = file.read_text(encoding="utf-8") if file is not None else None
        return text if text is not None and isinstance(load_json(text), dict) else None
    except (OSError, ValueError):
        return None


def _to_disk(digest: str, answer: str) -> None:
    """Keep an answer for other processes, whole or not at all; where one cannot write, nothing is kept."""
    file = _file(digest)
    if file is None:
        return
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(answer)
        Path(name).replace(file)
