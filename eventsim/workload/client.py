"""What does the workload do to the world?"""

from collections.abc import Awaitable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from eventsim.api import OUTSIDE, Caller, Result
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.trace import Trace
from eventsim.wire.http import HttpResponse


class Client(Protocol):
    """The doors of a client outside."""

    clock: Clock
    chance: Chance
    trace: Trace
    folder: Path
    region: str
    account_id: str

    def send(
        self,
        queue: str,
        body: str,
        *,
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        delay_s: int | None = None,
        broker: str = "",
        virtual_host: str = "/",
    ) -> object:
        """Send a message to a queue.

        Raises:
            ApiError: the queue refuses it.
        """

    def produce(
        self,
        topic: str,
        value: str,
        *,
        key: str | None = None,
        cluster: str = "",
        partition: int | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        timestamp_ms: int | None = None,
    ) -> object:
        """Append a record to a topic of Kafka.

        Raises:
            ApiError: the cluster refuses it.
            ConfigurationError: there is no such cluster.
        """

    def change(self, collection: str, operation: str, document: Mapping[str, Any], *, database: str = "") -> object:
        """Change a document of DocumentDB.

        Raises:
            ApiError: the database refuses it.
            ConfigurationError: there is no such cluster.
        """

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> object:
        """Put an object into a bucket.

        Raises:
            ApiError: the bucket refuses it.
        """

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        caller: Caller = OUTSIDE,
        is_checked: bool = False,
    ) -> Result | Awaitable[Result]:
        """Call an AWS operation as a client outside.

        Args:
            is_checked: whether the parameters are known to be such as the service takes.

        Raises:
            ApiError: the operation refuses.
        """

    def exchange(
        self, method: str, url: str, *, api: str = "", headers: Mapping[str, str], body: str | bytes | None = None
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """Send an HTTP request as a client outside.

        Raises:
            ConfigurationError: nobody is there to answer.
        """
