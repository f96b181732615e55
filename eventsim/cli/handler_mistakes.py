"""Which functions cannot begin, where does the scenario name their handlers, and what is to be done about it?"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from eventsim.assembly import Assembly
from eventsim.errors import ConfigurationError
from eventsim.function.function import LATEST, Function, FunctionVersion
from eventsim.function.runtime import PYTHON_RUNTIMES, unbuilt
from eventsim.report.wording import printable, shortened
from eventsim.runtime_api.launch import locked_program
from eventsim.scenario.load import Scenario
from eventsim.spelling import did_you_mean
from eventsim.trace import Entry, Trace

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed
    from eventsim.template.stack import Stack

MODULES_LOOKED_AT_MAX = 1_000
_OF_NO_REQUEST = "RequestId:  Error: "
"""What Lambda puts before its own words when nobody has asked for anything yet."""
_NOT_THERE = frozenset(
    f"Runtime.{name}"
    for name in (
        *("HandlerNotFound", "ImportModuleError", "InvalidEntrypoint", "MalformedHandlerName"),
        "UserCodeSyntaxError",
    )
)
"""What says that there is no such handler, whatever happens in the run."""


def failed_inits(trace: Trace) -> dict[str, Entry]:
    """Return the first failed init of each function that has one, by the function's name."""
    found: dict[str, Entry] = {}
    for entry in trace.entries(("init failed",)):
        found.setdefault(entry.place.partition(" ")[2], entry)
    return found


def functions_of(simulation: Assembly) -> dict[str, Function]:
    """Return the functions of a run, here and elsewhere, as its trace calls them."""
    parts = simulation.parts().items()
    return {prefix + function.name: function for prefix, part in parts for function in part.functions}


def without_handlers(trace: Trace, functions: Mapping[str, Function]) -> dict[str, Entry]:
    """Return the first failed init of each function that is there and never began, for there is no such handler."""
    if not trace.count("init failed"):
        return {}
    return {
        name: entry
        for name, entry in failed_inits(trace).items()
        if name in functions
        and entry.detail["error_type"] in _NOT_THERE
        and not trace.count("initialised", entry.place)
    }


def told(
    scenario: Scenario,
    deployed: "Sequence[Deployed]",
    failures: Mapping[str, Entry],
    functions: Mapping[str, Function],
) -> str:
    """Return what to tell of functions that cannot begin: where they stand, why they cannot, what may be meant."""
    mistakes = scenario.mistakes()
    parts = {each.place: each for each in (scenario, *scenario.elsewhere)}
    of_templates = []
    for name, entry in failures.items():
        version = functions[name].versions[LATEST]
        words = str(entry.detail["message"]).removeprefix(_OF_NO_REQUEST)
        message = f"{entry.detail['error_type']}: {words}"
        remedy = _remedy(message, version.code) or _remedy_of_program(version) or _meant(message, version)
        what = shortened(printable(message)) + remedy
        place, _, own_name = name.rpartition("/")
        stack, logical_id = _declaration(deployed, own_name)
        part = parts[place]
        if stack is None or logical_id in part.spec.functions:
            part.note(mistakes, ConfigurationError(what, key=f"functions.{logical_id or own_name}.handler"))
        else:
            path = ("Resources", logical_id, "Properties", "Handler")
            of_templates.append(str(stack.document.error(path, f"{logical_id}: {what}")))
    of_scenario = [str(mistakes.error())] if len(mistakes) else []
    return "\n\n".join(of_scenario + of_templates)


def _declaration(deployed: "Sequence[Deployed]", function: str) -> "tuple[Stack | None, str]":
    """Return the stack and the logical id of a function; none for one of the scenario's own."""
    for each in deployed:
        for stack in each.stacks:
            for resource in stack.resources.values():
                if resource.declared.type == "AWS::Lambda::Function" and resource.physical_id == function:
                    return stack, resource.logical_id
    return None, ""


def _remedy(message: str, code: Path | None) -> str:
    """Return what to do about a module of Node.js that is missing here, "" if that is for its author to know."""
    found = re.search(r"Cannot find (?:module|package) '([^']+)", message)
    missing = "" if found is None else found[1]
    of_sdk = re.match(r"@(?:aws-sdk|smithy)/[\w-]+", missing)
    if of_sdk is not None:
        return f"; on Lambda it is there, here it must be installed: npm install --save-dev {of_sdk[0]}"
    source = unbuilt(code, missing) if code is not None and missing else ""
    return f"; {source} must be built first, as for Lambda (esbuild, tsc, `sam build`)" if source else ""


def _remedy_of_program(version: FunctionVersion) -> str:
    """Return what to do about a program that nobody may execute, "" if that is not the trouble."""
    program = locked_program(version)
    return "" if program is None else f"; {program} is not executable: chmod +x {program}"


# --- what a handler's name may have meant ------------------------------------------------------------------


def _meant(message: str, version: FunctionVersion) -> str:
    """Return which function or module in Python is there instead of the one that is named, "" for any other trouble."""
    if version.code is None or version.runtime not in PYTHON_RUNTIMES:
        return ""
    module, dot, function = version.handler_name.rpartition(".")
    if not dot:
        return "; a handler is named `module.function`"
    if message.startswith("Runtime.HandlerNotFound"):
        return _meant_function(version, module, function)
    missing = re.search(r"No module named '([^']+)'$", message)
    dotted = module.replace("/", ".")
    if missing is None or not f"{dotted}.".startswith(f"{missing[1]}."):
        return ""  # the module is there, and imports something that is not
    names = (name if "/" in module else name.replace("/", ".") for name in _modules(version.code))
    return did_you_mean(module, names)


def _meant_function(version: FunctionVersion, module: str, function: str) -> str:
    roots = [root for root in (version.code, *(layer / "python" for layer in version.layers)) if root is not None]
    way = module.replace(".", "/")
    files = (root / f"{way}{ending}" for root in roots for ending in (".py", "/__init__.py"))
    file = next((file for file in files if file.is_file()), None)
    return "" if file is None else did_you_mean(function, _functions(file))


def _functions(file: Path) -> Iterator[str]:
    """Yield the names that a module gives to what may be a function, without running it."""
    for statement in ast.parse(file.read_bytes()).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _modules(code: Path) -> list[str]:
    """Return the modules of a folder, and those of its folders, as `folder/module`."""
    files = (file for pattern in ("*.py", "*/*.py") for file in code.glob(pattern))
    return sorted(file.relative_to(code).with_suffix("").as_posix() for file in islice(files, MODULES_LOOKED_AT_MAX))
