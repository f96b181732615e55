"""Who owns all that is here? One account."""

import hashlib

from eventsim_sources.bucket.api.call import Call


def owner(call: Call) -> dict[str, str]:
    """Return the owner as answers have it: a canonical id of 64 hexadecimal digits."""
    return {"ID": hashlib.sha256(call.world.account_id.encode()).hexdigest()}
