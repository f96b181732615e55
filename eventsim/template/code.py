"""Where is the code of a function or a layer? A folder beside the template as it lies there, an archive, a few lines.

Code that cannot be run here is told of; a scenario may name a stand-in for it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from msgspec import Struct

from eventsim.calls.lambda_api.code import CodeStore
from eventsim.container.build import Build
from eventsim.container.image import ImageConfig, read_image
from eventsim.errors import ApiError, ConfigurationError, NotSimulated
from eventsim.function.runtime import NODE, is_program
from eventsim.template.local import LOCAL_BUCKET
from eventsim.template.site import Item

ARCHIVES = (".zip", ".whl")


class Code(Struct, frozen=True, kw_only=True, gc=False):
    """The code of a function, or why there is none; and what else an image says of its function.

    Attributes:
        problem: the end of a sentence that begins with the function's name.
        layers: what it has as layers have it: a folder, and the ARN of the web adapter's.
        runtime: Lambda's name, "" if the image does not say.
    """

    folder: Path | None = None
    problem: str = ""
    layers: tuple[str, ...] = ()
    runtime: str = ""
    handler: str = ""
    variables: Mapping[str, str] = {}


async def find_code(item: Item, given: Any, runtime: str = "") -> Code:
    """Return where the code is that a property (`Code`, `Content`) means.

    Args:
        runtime: the function's, which says in what language code is that stands in the template.

    Raises:
        TemplateError: it should be here, and is not.
    """
    if not isinstance(given, dict):
        return Code(problem="names no code")
    if "ImageUri" in given:
        return _in_image(item)
    if "ZipFile" in given:
        return Code(folder=_inline(item, str(given["ZipFile"]), runtime))
    bucket, key = str(given.get("S3Bucket", "")), str(given.get("S3Key", ""))
    if bucket == LOCAL_BUCKET:
        return _at(item, item.site.paths[key])
    asset = item.site.assets.get(key.rpartition("/")[2].partition(".")[0])
    if asset is not None:
        return _at(item, asset)
    try:
        result = await item.site.ask("s3", "GetObject", {"Bucket": bucket, "Key": key})
    except (ApiError, NotSimulated):
        beside = item.site.document.folder / key.rpartition("/")[2]  # as the Serverless Framework leaves its archives
        if beside.suffix in ARCHIVES and beside.is_file():
            return _at(item, beside)
        return Code(problem=f"has its code in s3://{bucket}/{key}, which is not here")
    body: Any = result["Body"]
    return Code(folder=_unpacked(item, body if isinstance(body, bytes) else body.read(), f"s3://{bucket}/{key}"))


def _in_image(item: Item) -> Code:
    """Lay out the image whose Dockerfile SAM or CDK name beside the resource.

    Raises:
        TemplateError: the Dockerfile is not there, or makes no sense.
    """
    build = _build_of(item)
    if build is None:
        return Code(problem="is a container image whose Dockerfile is not known here")
    given = item.take("ImageConfig") or {}
    config = ImageConfig(
        command=[str(word) for word in given.get("Command") or ()],
        entry_point=[str(word) for word in given.get("EntryPoint") or ()],
        working_directory=str(given.get("WorkingDirectory") or ""),
    )
    try:
        image = read_image(build, config)
        root = item.site.ground.work_folder / "images" / item.site.stack_name / item.logical_id
        folder, layers = (None, ()) if image.problem else image.lay_out(root)
    except ConfigurationError as error:
        place = ("Resources", item.logical_id, "Metadata")
        raise item.site.document.error(place, f"{item.logical_id}: {error}") from None
    for remark in image.remarks:
        item.site.notes.add(f"{item.logical_id}: {remark}")
    return Code(
        folder=folder,
        layers=layers,
        runtime=image.runtime,
        handler=image.handler,
        variables=image.variables,
        problem=image.problem,
    )


def _build_of(item: Item) -> Build | None:
    """Return how an image is built: SAM's `DockerContext` and its like, or the asset that CDK names."""
    told = item.metadata
    for context, dockerfile, arguments, target in _NAMES_IN_METADATA:
        if isinstance(told.get(context), str):
            folder = item.site.document.folder / told[context]
            given = told.get(arguments) or {}
            return Build(
                context=folder,
                dockerfile=folder / str(told.get(dockerfile) or "Dockerfile"),
                arguments={name: str(value) for name, value in given.items()} if isinstance(given, dict) else {},
                target=str(told.get(target) or ""),
            )
    return None


_OF_CDK = "aws:asset:docker"
_NAMES_IN_METADATA = (
    ("DockerContext", "Dockerfile", "DockerBuildArgs", "DockerBuildTarget"),
    ("aws:asset:path", f"{_OF_CDK}file-path", f"{_OF_CDK}-build-args", f"{_OF_CDK}-build-target"),
)
"""What the context, the Dockerfile, the arguments and the target stage are called."""


def _at(item: Item, path: Path) -> Code:
    if path.is_dir():
        return Code(folder=path)
    if not path.exists():
        message = f"{item.logical_id}: there is no {path}"
        raise item.site.document.error(("Resources", item.logical_id), message)
    if path.suffix in ARCHIVES:
        return Code(folder=_unpacked(item, path.read_bytes(), str(path)))
    return Code(folder=path.parent)


def _unpacked(item: Item, archive: bytes, name: str) -> Path:
    """Unpack an archive below the run's own folder.

    Raises:
        TemplateError: it is none, or too large.
    """
    root = item.site.ground.work_folder / "archives" / item.site.stack_name / item.logical_id
    try:
        folder = CodeStore(root).unpack(archive).folder
    except ApiError as error:
        message = f"{item.logical_id}: {name}: {error.message}"
        raise item.site.document.error(("Resources", item.logical_id), message) from None
    assert folder is not None, "archives have a folder"
    return folder


def _inline(item: Item, text: str, runtime: str) -> Path:
    """Write code that stands in the template where it can be imported, with the module that AWS adds to it.

    Raises:
        TemplateError: it is in a language in which it cannot stand there (documented).
    """
    if is_program(runtime) and runtime not in NODE.versions:
        message = f"{item.logical_id}: ZipFile holds code in Python or JavaScript, not for {runtime}; name a folder"
        raise item.site.document.error(("Resources", item.logical_id), message)
    folder = item.site.ground.work_folder / "inline" / item.site.stack_name / item.logical_id
    folder.mkdir(parents=True, exist_ok=True)
    if runtime in NODE.versions:
        module, answers = "index.js", folder / "node_modules" / "cfn-response.js"
    else:
        module, answers = "index.py", folder / "cfnresponse.py"
    (folder / module).write_text(text, encoding="utf-8")
    answers.parent.mkdir(exist_ok=True)
    source = resources.files("eventsim.template").joinpath("inline", f"{answers.name}.txt")
    answers.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


_IN_LAYERS = ("python", "nodejs", "ruby", "bin", "lib", "extensions", "bootstrap")
"""What Lambda looks for in a layer (documented)."""


def layer_folder(item: Item, folder: Path) -> Path:
    """Return the folder of a layer, whose `python` folder can be imported from.

    Content without anything that a layer has is what `sam build` would put into that one.
    """
    if any((folder / name).exists() for name in _IN_LAYERS):
        return folder
    shelf = item.site.ground.work_folder / "layers" / item.site.stack_name / item.logical_id
    shelf.mkdir(parents=True, exist_ok=True)
    link = shelf / "python"
    if link.is_symlink() and link.readlink() != folder.resolve():
        link.unlink()  # of an earlier server, whose template lay elsewhere
    if not link.is_symlink():
        link.symlink_to(folder.resolve(), target_is_directory=True)
    return shelf


def missing_packages(folder: Path) -> list[str]:
    """Return what a function's `requirements.txt` names that is neither installed nor in the folder itself."""
    file = folder / "requirements.txt"
    if not file.is_file():
        return []
    there = {path.name.partition(".")[0].lower().replace("-", "_") for path in folder.iterdir()}
    return [
        name
        for name in _required(file.read_text(encoding="utf-8", errors="replace").splitlines())
        if not _is_installed(name) and name.lower().replace("-", "_") not in there
    ]


def _required(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?!\S*[:/]{2})", line)
        if match and "://" not in line.partition("#")[0]:
            yield match[1]


@cache
def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def starts_server(folder: Path, handler: str) -> bool:
    """Tell whether a handler is no function but a file to start, such as `run.sh` of a web adapter."""
    return (folder / handler).is_file() and not (folder / handler).with_suffix(".py").is_file()


def check_handler(item: Item, folder: Path, handler: str) -> None:
    """See that the module which a handler names is there, or could come from somewhere else.

    Raises:
        TemplateError: the handler's name has no dot in it.
    """
    module, dot, _ = handler.rpartition(".")
    if not dot or not module:
        message = f"{item.logical_id}: the handler {handler!r} is not `module.function`"
        raise item.site.document.error(("Resources", item.logical_id, "Properties", "Handler"), message)
    path = folder.joinpath(*re.split(r"[./]", module))
    if not path.with_suffix(".py").is_file() and not path.is_dir() and not list(folder.glob(f"{path.name}.*so")):
        item.site.notes.add(f"{item.logical_id}: there is no {path.with_suffix('.py')} for its handler {handler}")
