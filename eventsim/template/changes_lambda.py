"""How do functions and their aliases change?"""

import io
import zipfile
from pathlib import Path
from typing import Any, Final

from eventsim.function.runtime import is_program
from eventsim.template.changes import Properties, defaulted, differs
from eventsim.template.code import Code, check_handler, find_code
from eventsim.template.kinds_lambda import alias_weights, echoed, layers_of, provision, qualified
from eventsim.template.site import Item, Made


async def function(item: Item, made: Made, before: Properties) -> Made | None:
    """Give a function other settings and other code."""
    if made.problem:
        return None
    name = made.physical_id
    code = await _change_code(item, name, before)
    await _change_concurrency(item, name, before)
    changed = {key: value for key, value in item.properties.items() if value != before.get(key) and key in _SETTINGS}
    wanted = {**defaulted(item, before, _DEFAULTS), **changed}
    if item.text("PackageType") == "Image" and any(differs(item, before, name) for name in _OF_IMAGES):
        wanted |= _by_image(item, code or await find_code(item, item.take("Code")))
    settings = Item(item.logical_id, item.type, wanted, item.site)
    if settings.properties:
        await settings.create("lambda", "UpdateFunctionConfiguration", {"FunctionName": name})
    item.taken |= settings.taken
    item.unused += settings.unused
    if differs(item, before, "Layers"):
        item.site.ground.set_layers(name, layers_of(item))
    item.site.ground.echo(name, echoed(item))
    return None


async def _change_code(item: Item, name: str, before: Properties) -> Code | None:
    """Give a function other code; return what was found, None if nobody looked."""
    given, handler = item.take("Code"), item.text("Handler")
    is_other_code, is_other_machine = differs(item, before, "Code"), differs(item, before, "Architectures")
    if not is_other_code and handler == before.get("Handler") and not is_other_machine:
        return None
    runtime = item.text("Runtime")
    code = await find_code(item, given, runtime)
    if code.folder is None:
        item.site.notes.add(f"{item.logical_id} {code.problem}; it keeps the code that it had")
        return code
    if not is_program(code.runtime or runtime):
        check_handler(item, code.folder, code.handler or handler)
    parameters: dict[str, Any] = {"FunctionName": name, "ZipFile": _zipped(code.folder)}
    if is_other_machine:
        parameters["Architectures"] = item.take("Architectures", ["x86_64"])
    await item.site.ask("lambda", "UpdateFunctionCode", parameters)
    return code


def _by_image(item: Item, code: Code) -> dict[str, Any]:
    """Return the properties that follow from an image."""
    own = (item.properties.get("Environment") or {}).get("Variables") or {}
    told = {"Handler": code.handler, "Runtime": code.runtime, "Environment": {"Variables": {**code.variables, **own}}}
    return {name: value for name, value in told.items() if value}


_OF_IMAGES = ("Code", "Environment", "ImageConfig")
"""Properties by which an image, or what is made of it, is another one."""


async def _change_concurrency(item: Item, name: str, before: Properties) -> None:
    if not differs(item, before, "ReservedConcurrentExecutions"):
        return
    reserved = item.number("ReservedConcurrentExecutions")
    if reserved is None:
        await item.site.ask("lambda", "DeleteFunctionConcurrency", {"FunctionName": name})
    else:
        parameters = {"FunctionName": name, "ReservedConcurrentExecutions": reserved}
        await item.site.ask("lambda", "PutFunctionConcurrency", parameters)


_SETTINGS: Final = frozenset(
    (
        *("DeadLetterConfig", "Description", "Environment", "EphemeralStorage", "Handler", "LoggingConfig"),
        *("DurableConfig", "MemorySize", "Runtime", "Timeout", "TracingConfig"),
    )
)
"""What `UpdateFunctionConfiguration` sets. What changes nothing is told by the API as the template has it."""

_DEFAULTS: Final[dict[str, Any]] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "LoggingConfig": {"LogFormat": "Text"},
    "MemorySize": 128,
    "TracingConfig": {"Mode": "PassThrough"},
    "Timeout": 3,
}
"""What a function has of which a template no longer speaks."""


def _zipped(folder: Path) -> bytes:
    """Return the files of a folder as an archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(folder))
    return data.getvalue()


async def alias(item: Item, made: Made, before: Properties) -> None:
    """Let an alias lead to another version, with as many environments ready as are wanted."""
    weights = alias_weights(item.take("RoutingConfig"))
    more = {"RoutingConfig": {"AdditionalVersionWeights": weights}}
    await item.create("lambda", "UpdateAlias", more, without=("RoutingConfig",))
    if not differs(item, before, "ProvisionedConcurrencyConfig"):
        return
    function, name = qualified(made.physical_id)
    if item.take("ProvisionedConcurrencyConfig"):
        await provision(item, function, name)
    else:
        where = {"FunctionName": function, "Qualifier": name}
        await item.site.ask("lambda", "DeleteProvisionedConcurrencyConfig", where)
