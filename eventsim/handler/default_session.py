"""Which session does `boto3.client` take its settings from? Its environment's own, made from its own variables.

boto3 keeps one for the process. Kept for all, it would hold the region and credentials of whoever came first. What
sessions may share is the service models that they have read: the same for all, and half of a cold start's real time.
"""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import current


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


def loader_swaps(botocore_session: ModuleType) -> list[Swap]:
    """Return the table by which the sessions of user code share service models, once botocore has been imported."""
    loaders: dict[str | None, Any] = {}

    def create(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def create_loader(search_path_string: str | None = None) -> Any:
            if current() is None:
                return original(search_path_string)
            loader = loaders.get(search_path_string)
            if loader is None:
                with strand.outside():  # the models are the machine's files, not the function's
                    loader = loaders[search_path_string] = original(search_path_string)
            return loader

        return create_loader

    return [Swap(botocore_session, "create_loader", create)]
