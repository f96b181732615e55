"""Which session does `boto3.client` take its settings from? Its environment's own, made from its own variables.

boto3 keeps one for the process. Kept for all, it would hold the region and credentials of whoever came first. What
sessions may share is what is the same for all: the service models that they have read, half of a cold start's real
time, and what they find out about the hundred handlers that each of them registers, another quarter.
"""

import functools
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, Final

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import current

_NAMES_MAX: Final = 10_000
"""How many names of events are remembered; those of all services are fewer."""


def swaps(boto3: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once boto3 has been imported."""
    session = boto3.__dict__["Session"]

    def setup(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def setup_default_session(**settings: Any) -> None:
            surroundings = current()
            if surroundings is None:
                original(**settings)
            else:
                surroundings.default_session = session(**settings)

        return setup_default_session

    def get(original: Callable[[], Any]) -> Callable[[], Any]:
        @functools.wraps(original)
        def get_default_session() -> Any:
            surroundings = current()
            if surroundings is None:
                return original()
            if surroundings.default_session is None:
                surroundings.default_session = session()
            return surroundings.default_session

        return get_default_session

    return [Swap(boto3, "setup_default_session", setup), Swap(boto3, "_get_default_session", get)]


class _Files:
    """Reads models for a loader: files of the machine, not of the function, whose log does not tell of them."""

    def __init__(self, files: Any) -> None:
        self._files = files

    def exists(self, path: str) -> bool:
        with strand.outside():
            return bool(self._files.exists(path))

    def load_file(self, path: str) -> Any:
        with strand.outside():
            return self._files.load_file(path)


@functools.cache
def loader_swaps(botocore_session: ModuleType) -> tuple[Swap, ...]:
    """Return the table by which the sessions of user code share service models, once botocore has been imported."""
    loaders: dict[str | None, Any] = {}

    def create(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def create_loader(search_path_string: str | None = None) -> Any:
            if current() is None:
                return original(search_path_string)
            loader = loaders.get(search_path_string)
            if loader is None:
                with strand.outside():
                    loader = loaders[search_path_string] = original(search_path_string)
                loader.file_loader = _Files(loader.file_loader)
            return loader

        return create_loader

    return (Swap(botocore_session, "create_loader", create),)


@functools.cache
def hook_swaps(botocore_hooks: ModuleType) -> tuple[Swap, ...]:
    """Return the table by which sessions find out once about names of events and handlers of botocore's own."""
    without_alias: set[str] = set()

    def alias(original: Callable[..., str]) -> Callable[..., str]:
        @functools.wraps(original)
        def alias_event_name(self: Any, event_name: str) -> str:
            if event_name in without_alias:
                return event_name
            found = original(self, event_name)  # one that has an alias is logged by each session
            if found == event_name and len(without_alias) < _NAMES_MAX:
                without_alias.add(event_name)
            return found

        return alias_event_name

    def accept(original: Callable[..., Any]) -> Callable[..., Any]:
        remembered = functools.cache(original)

        @functools.wraps(original)
        def accepts_kwargs(handler: Any) -> Any:
            is_botocores = isinstance(handler, FunctionType) and handler.__module__ == "botocore.handlers"
            return remembered(handler) if is_botocores else original(handler)

        return accepts_kwargs

    return (
        Swap(botocore_hooks.__dict__["EventAliaser"], "_alias_event_name", alias),
        Swap(botocore_hooks, "accepts_kwargs", accept),
    )
