"""Where does Firehose write what went wrong? Into the log stream that its `CloudWatchLoggingOptions` name, if any."""

import json
from collections.abc import Mapping
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any, Final

from eventsim import Caller, Delivery, DeliveryPolicy, GivenUp, World
from eventsim_sources.delivery_stream.journal import Journal

_ONCE: Final = DeliveryPolicy(retries_max=0, delays_us=(0,))


class ErrorLog:
    """Writes the errors of one delivery stream.

    Args:
        arn: the delivery stream's.
    """

    def __init__(self, world: World, arn: str, journal: Journal, luck: Random) -> None:
        self._world = world
        self._arn = arn
        self._journal = journal
        self._luck = luck

    def write(
        self,
        given: Mapping[str, Any],
        version: int,
        *,
        destination: str,
        code: str,
        message: str,
        cause: int,
        processor: str = "",
    ) -> None:
        """Write one error, in a later step, if anybody wants it.

        Args:
            given: the settings of the destination, among them where errors are written.
            version: of the delivery stream.
            destination: where the records should have gone: an ARN or a URL.
            processor: the function that is to blame, "" if none is.
        """
        options = given.get("CloudWatchLoggingOptions") or {}
        if not options.get("Enabled"):
            return
        told = {
            "deliveryStreamARN": self._arn,
            "destination": destination,
            "deliveryStreamVersionId": version,
            "message": message,
            "errorCode": code,
            **({"processor": processor} if processor else {}),
        }
        place = {"logGroupName": options.get("LogGroupName", ""), "logStreamName": options.get("LogStreamName", "")}
        event = {"timestamp": self._world.clock.epoch_ms(), "message": json.dumps(told, separators=(",", ":"))}
        parameters, caller = {**place, "logEvents": [event]}, Caller(role_arn=given.get("RoleARN") or "")

        def give_up(end: GivenUp) -> None:
            self._journal.unlogged(cause, "/".join(place.values()), str(end.error))

        Delivery(
            clock=self._world.clock,
            chance=self._luck,
            policy=_ONCE,
            attempt=lambda _: self._world.call("logs", "PutLogEvents", parameters, caller=caller),
            retrying=lambda _problem, _at_us: None,
            given_up=give_up,
        ).begin()
