"""Is a parameter ever ignored in silence? It is taken, told of, or refused."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest

from eventsim import ApiError, Request, Trace
from eventsim.calls import cloudwatch_api, lambda_api, logs_api, sts_api
from eventsim.calls.inert import Inert, Offer, offer, operations

OFFERS: Mapping[str, Mapping[str, Offer]] = {
    "lambda": lambda_api.OFFERS,
    "logs": logs_api.OFFERS,
    "sts": sts_api.OFFERS,
    "cloudwatch": cloudwatch_api.OFFERS,
}


class Standstill:
    """A time that does not pass."""

    now_us = 0


def call(parameters: Mapping[str, object], *, times: int = 1) -> list[Any]:
    """Send a letter, and return what the trace tells of it."""
    trace = Trace(Standstill())
    inert = Inert(trace, {"Stamp": "nobody looks at it"}, ["Smile"])
    carry = operations("post", {"Send": offer(lambda service, request: {"by": service}, "To From")}, inert)["Send"]
    for _ in range(times):
        carry(Request(service="post", operation="Send", parameters=parameters, region=""))
    return [entry.detail for entry in trace.entries()]


def test_what_an_operation_takes_is_its_own_business() -> None:
    """So is what has nothing to change."""
    assert call({"To": "Ada", "From": "Bob", "Smile": True}) == []


@pytest.mark.parametrize("nothing", [None, False, [], {}])
def test_what_asks_for_nothing_is_as_good_as_left_out(nothing: object) -> None:
    """Tools send switches that are off."""
    assert call({"To": "Ada", "Postbox": nothing, "Stamp": nothing}) == []


def test_what_has_no_effect_is_told_once() -> None:
    """With the reason."""
    assert call({"To": "Ada", "Stamp": "red"}, times=3) == [{"parameter": "Stamp", "reason": "nobody looks at it"}]


def test_anything_else_is_refused_by_name() -> None:
    """And the error says what to do instead."""
    with pytest.raises(ApiError, match=r"post\.Send: Postbox is not simulated.*simulation\.stub") as refused:
        call({"Postbox": 7})

    assert (refused.value.code, refused.value.status) == ("NotImplemented", 501)


@pytest.mark.parametrize("service", OFFERS)
def test_offers_name_what_the_service_has(service: str) -> None:
    """Operations and parameters are those of botocore's models."""
    model = botocore.session.get_session().get_service_model(service)

    for name, made in OFFERS[service].items():
        shape = model.operation_model(name).input_shape
        assert made.takes <= (set() if shape is None else shape.members.keys()), name
