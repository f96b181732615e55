"""Which Python function beside the scenario is meant? `module.function` in a file of the scenario's folder."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eventsim.errors import ConfigurationError
from eventsim.spelling import did_you_mean


def load_function(name: str, folder: Path, *, key: str = "") -> Callable[[Any], Any]:
    """Return the function `module.function`; its file is run anew, under a private name.

    Raises:
        ConfigurationError: the file is not there, does not import or has no such function; `key` is carried along.
    """
    module_name, _, function_name = name.rpartition(".")
    path = folder / f"{module_name.replace('.', '/')}.py"
    if not module_name or not path.is_file():
        raise ConfigurationError(f"`{name}`: there is no file {path}; write `module.function`", key=key)
    spec = importlib.util.spec_from_file_location(f"eventsim_companion_{module_name}", path)
    assert spec is not None, "the suffix .py has a loader"
    assert spec.loader is not None, "the suffix .py has a loader"
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's code may raise anything
        message = f"`{name}`: {path} does not import: {type(error).__name__}: {error}"
        raise ConfigurationError(message, key=key) from error
    function: Any = getattr(module, function_name, None)
    if not callable(function):
        public = [word for word in vars(module) if not word.startswith("_")]
        message = f"{path} has no function `{function_name}`{did_you_mean(function_name, public)}"
        raise ConfigurationError(message, key=key)
    found: Callable[[Any], Any] = function
    return found
