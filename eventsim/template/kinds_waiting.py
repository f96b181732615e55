"""How do stacks wait? By a handle, whose address takes signals, and a condition, which is made once they have come."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from eventsim.template.inert import placeholder
from eventsim.template.signals import Signals
from eventsim.template.site import Item, Made
from eventsim.template.trouble import Worded

CONDITION: Final = "AWS::CloudFormation::WaitCondition"
HOST: Final = "cloudformation-waitcondition"
ANSWERS: Final = "/_answer/"
"""Where a server takes what is put to CloudFormation's addresses."""
_TIMEOUT_S_MAX: Final = 43_200
_UNCHANGING: Final = f"Update to resource type {CONDITION} is not supported."


async def handle(item: Item) -> Made:
    """Make an address to which signals are put."""
    site = item.site
    ground = site.ground
    token = ground.chance.uuids("wait condition handle", site.stack_id, item.logical_id)()
    ground.share(Signals).expect(token)
    place = f"{quote(site.stack_id, safe='')}/{item.logical_id}?token={token}"
    root = f"https://{HOST}-{ground.region}.s3.amazonaws.com/"
    return Made(physical_id=f"{ground.endpoint_url}{ANSWERS}{place}" if ground.is_live else f"{root}{place}")


async def condition(item: Item) -> Made:
    """Wait for signals, unless there is nobody here who could send them."""
    address, timeout_s = item.text("Handle"), item.number("Timeout")
    given = item.number("Count")
    count = 1 if given is None else given
    if not address:
        item.taken |= set(item.properties)
        return placeholder(item, problem="waits for signals by its `CreationPolicy`, which are not simulated")
    physical_id = f"{item.site.stack_id}/{item.logical_id}"
    item.begin(physical_id)
    query = parse_qs(urlsplit(address).query)
    token = query.get("token", [""])[0]
    nobody = _nobody(item, urlsplit(address).path.rpartition("/")[2])
    if count and nobody:
        item.site.notes.add(f"{item.logical_id}: it does not wait for signals: {nobody}")
    elif count:
        await _signalled(item.site.ground.share(Signals), token, count, timeout_s)
    data = {each.unique_id: each.data for each in item.site.ground.share(Signals).received(token)}
    return Made(physical_id=physical_id, attributes={"Data": json.dumps(data, separators=(",", ":"))})


def _nobody(item: Item, logical_id: str) -> str:
    """Return why no signal can come, "" if one may."""
    users = {kind: acts for kind, acts in item.site.users.get(logical_id, {}).items() if kind != CONDITION}
    if not users:
        return "" if item.site.is_of_client else "nobody has the address to which they are put"
    return "" if any(users.values()) else f"who would send them is not here ({', '.join(users)})"


async def _signalled(signals: Signals, token: str, count: int, timeout_s: int | None) -> None:
    """Wait for signals.

    Raises:
        Worded: they did not come in time, or one tells of a failure.
    """
    try:
        await asyncio.wait_for(signals.enough(token, count), _TIMEOUT_S_MAX if timeout_s is None else timeout_s)
    except TimeoutError:
        received = len(signals.received(token))
        words = f"WaitCondition timed out. Received {received} conditions when expecting {count}"
        raise Worded(words, words) from None
    failed = next((each for each in signals.received(token) if not each.is_success), None)
    if failed is not None:
        words = f"WaitCondition received failed message: '{failed.reason}' for uniqueId: {failed.unique_id}"
        raise Worded(words, words)


async def unchanging(_item: Item, _made: Made, _before: Mapping[str, Any]) -> None:
    """Refuse to change a condition."""
    raise Worded(_UNCHANGING, _UNCHANGING)


WAITING: Mapping[str, Any] = {
    CONDITION: condition,
    "AWS::CloudFormation::WaitConditionHandle": handle,
}
