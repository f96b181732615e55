"""What holds for all REST APIs of an account: the role that writes logs, and the rates that AWS grants."""

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, shown
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.patches import patched

_THROTTLE = {"burstLimit": 5000, "rateLimit": 10000.0}
"""What AWS grants an account in most regions (documented); it is told, not enforced."""


def get_account(call: Call) -> Result:
    """Tell of the account."""
    return {
        **shown(call.register.usage.account),
        "throttleSettings": dict(_THROTTLE),
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    }


def update_account(call: Call) -> Result:
    """Keep the role that writes logs; nothing is written."""
    usage = call.register.usage
    usage.account = patched(usage.account, call.given.get("patchOperations", ()), patches.ACCOUNT)
    return get_account(call)
