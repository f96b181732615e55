"""Is there room for one more? Admission of every attempt that runs now.

An attempt of function f, version v, passes these questions in order (documented unless marked):

1. f has a reserved concurrency of 0: throttled.
2. v has provisioned concurrency and one of its environments is free (and its rate, 10 a second for each, is not
   used up): it runs there.
3. Otherwise it runs on demand: a function with reserved concurrency within what it reserved, less what it has
   provisioned (recorded: with all of it provisioned, every other version is always throttled); all functions
   without, together, within what the others leave of the account's limit.
4. The account, and a function with reserved concurrency, take 10 requests a second for each unit of concurrency.
5. Where a new environment is needed, f must have a scaling token: 1,000 at first, 100 more each second.

Everything here is arithmetic on integers; nobody asks the clock.
"""

import enum
from collections.abc import Mapping

from eventsim.limits import (
    ACCOUNT_CONCURRENCY_DEFAULT,
    REQUESTS_PER_S_OF_CONCURRENCY,
    SCALING_BURST_MAX,
    SCALING_PER_S,
    SCALING_THROTTLE_REASON,
    UNRESERVED_CONCURRENCY_MIN,
)
from eventsim.outcome import Throttled

ACCOUNT_FULL = Throttled("ConcurrentInvocationLimitExceeded")
RESERVED_FULL = Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
ACCOUNT_RATE_EXCEEDED = Throttled("CallerRateLimitExceeded")
RESERVED_RATE_EXCEEDED = Throttled("ReservedFunctionInvocationRateLimitExceeded")
SCALING_EXCEEDED = Throttled(SCALING_THROTTLE_REASON)

_TOKEN = 1_000_000
"""Buckets count in millionths of a token: at n tokens a second, n of these flow back each microsecond."""


class Room(enum.Enum):
    """Where an admitted attempt runs."""

    ON_DEMAND = "on demand"
    SPILLOVER = "spill-over"
    """On demand, because the version's provisioned environments are all busy."""
    PROVISIONED = "provisioned"


class TokenBucket:
    """So many at once, so many more each second; what is not used does not pile up."""

    __slots__ = ("_at_us", "_per_s", "_spent_max", "spent")

    def __init__(self, capacity: int, per_s: int) -> None:
        self._spent_max = (capacity - 1) * _TOKEN
        self._per_s = per_s
        self.spent = 0
        """Add a token to what is spent when `has_token` has just said that there is one."""
        self._at_us = 0

    def has_token(self, now_us: int) -> bool:
        """Tell whether `take` would succeed."""
        if now_us != self._at_us:
            left = self.spent - (now_us - self._at_us) * self._per_s
            self.spent = left if left > 0 else 0
            self._at_us = now_us
        return self.spent <= self._spent_max

    def take(self, now_us: int) -> bool:
        """Take a token if there is one."""
        if not self.has_token(now_us):
            return False
        self.spent += _TOKEN
        return True


def _request_rate(concurrency: int) -> TokenBucket:
    per_s = concurrency * REQUESTS_PER_S_OF_CONCURRENCY
    return TokenBucket(per_s, per_s)


class ProvisionedShare:
    """The provisioned environments of one version: how many are ready, how many are busy."""

    __slots__ = ("busy", "ready", "requests")

    def __init__(self, ready: int) -> None:
        self.ready = ready
        self.busy = 0
        self.requests = _request_rate(ready)

    def admit(self, now_us: int) -> bool:
        """Take a free environment, if there is one and its rate allows it."""
        if self.busy >= self.ready or not self.requests.take(now_us):
            return False
        self.busy += 1
        return True


class Share:
    """What one function may use of an account's concurrency, and what it uses."""

    __slots__ = ("asked", "on_demand", "provisioned", "requests", "reserved", "scaling")

    def __init__(self) -> None:
        self.reserved: int | None = None
        """Reserved concurrency, None for a part in the unreserved pool."""
        self.requests: TokenBucket | None = None
        """Its own request rate, if it has reserved concurrency."""
        self.provisioned: dict[str, ProvisionedShare] = {}
        """By version; what was never ready is not here."""
        self.asked: dict[str, int] = {}
        """How many provisioned environments each version is to have, ready or not."""
        self.on_demand = 0
        """Attempts in flight outside provisioned environments."""
        self.scaling = TokenBucket(SCALING_BURST_MAX, SCALING_PER_S)

    def set_aside(self) -> int:
        """Return how much of the account's limit it keeps from others."""
        return self.provisioned_count() if self.reserved is None else self.reserved

    def asked_count(self, but: str = "") -> int:
        """Return how many provisioned environments there are to be, over all versions but one."""
        return sum(count for version, count in self.asked.items() if version != but)

    def claim(self) -> int:
        """Return how much of the account's limit it will keep from others, once all that was asked for is ready."""
        return self.asked_count() if self.reserved is None else self.reserved

    def provisioned_count(self) -> int:
        """Return how many provisioned environments are ready, over all versions."""
        return sum(share.ready for share in self.provisioned.values())


class AccountConcurrency:
    """The concurrency of one account in one region, shared among its functions.

    Attributes:
        busy: attempts in flight.
        unreserved_busy: those in the pool of functions that have reserved nothing.
    """

    def __init__(self, limit: int = ACCOUNT_CONCURRENCY_DEFAULT) -> None:
        self.limit = limit
        self.busy = 0
        self.unreserved_busy = 0
        self._shares: dict[str, Share] = {}
        self._unreserved = limit
        self._requests = _request_rate(limit)

    @property
    def shares(self) -> Mapping[str, Share]:
        """What each function uses, by name."""
        return self._shares

    # --- settings --------------------------------------------------------------------------------------

    def share(self, function: str) -> Share:
        """Return a function's share; the first time it is a part in the unreserved pool."""
        share = self._shares.get(function)
        if share is None:
            share = self._shares[function] = Share()
        return share

    def reserve(self, function: str, reserved: int | None) -> None:
        """Set a function's reserved concurrency, None for none; ask `reservation_fault` first."""
        share = self.share(function)
        if (share.reserved is None) != (reserved is None):
            self.unreserved_busy += share.on_demand if reserved is None else -share.on_demand
        share.reserved = reserved
        share.requests = None if reserved is None else _request_rate(reserved)
        self._unreserved = self._left_over()

    def provision(self, function: str, version: str, ready: int) -> None:
        """Say that this many provisioned environments of a version are ready; 0 takes them away."""
        provisioned = self.share(function).provisioned
        before = provisioned.get(version)
        share = provisioned[version] = ProvisionedShare(ready)
        if before is not None:
            share.busy = before.busy
        self._unreserved = self._left_over()

    def _left_over(self) -> int:
        return self.limit - sum(share.set_aside() for share in self._shares.values())

    def reservation_fault(self, function: str, reserved: int) -> str | None:
        """Return in AWS's words why this cannot be reserved, or None (recorded)."""
        share = self._shares.get(function) or Share()
        provisioned = share.asked_count()
        if reserved < provisioned:
            return (
                f" ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned "
                f"concurrency [{provisioned}]."
            )
        if self._unclaimed() + share.claim() - reserved < UNRESERVED_CONCURRENCY_MIN:
            return (
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{UNRESERVED_CONCURRENCY_MIN}]."
            )
        return None

    def provisioning_fault(self, function: str, version: str, count: int) -> str | None:
        """Return in AWS's words why this cannot be provisioned, or None (recorded)."""
        share = self._shares.get(function) or Share()
        if share.reserved is not None:
            if share.asked_count(but=version) + count > share.reserved:
                return (
                    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution "
                    "for function"
                )
            return None
        left_over = self._unclaimed() + share.asked.get(version, 0)
        if count > left_over:
            return (
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                f"[{left_over}]."
            )
        if left_over - count < UNRESERVED_CONCURRENCY_MIN:
            return (
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
                f"its minimum value of [{UNRESERVED_CONCURRENCY_MIN}]."
            )
        return None

    def _unclaimed(self) -> int:
        return self.limit - sum(share.claim() for share in self._shares.values())

    # --- admission -------------------------------------------------------------------------------------

    def admit(self, share: Share, version: str, *, now_us: int, is_warm: bool) -> Room | Throttled:
        """Admit one attempt or say why not; who is admitted must be released.

        Args:
            is_warm: whether an idle environment waits for it outside the provisioned ones.
        """
        if share.reserved == 0:
            return RESERVED_FULL
        refusal = None if self._requests.has_token(now_us) else ACCOUNT_RATE_EXCEEDED
        if share.requests is not None and not share.requests.has_token(now_us):
            refusal = RESERVED_RATE_EXCEEDED
        room = Room.ON_DEMAND
        if share.provisioned:
            provisioned = share.provisioned.get(version)
            if provisioned is not None and provisioned.ready:
                if not refusal and provisioned.admit(now_us):
                    self._enter(share)
                    return Room.PROVISIONED
                room = Room.SPILLOVER
        if share.reserved is None:
            if self.unreserved_busy >= self._unreserved:
                return ACCOUNT_FULL
        elif share.on_demand >= share.reserved - share.provisioned_count():
            return RESERVED_FULL
        if refusal:
            return refusal
        if not is_warm and not share.scaling.take(now_us):
            return SCALING_EXCEEDED
        share.on_demand += 1
        if share.reserved is None:
            self.unreserved_busy += 1
        self._enter(share)
        return room

    def _enter(self, share: Share) -> None:
        self._requests.spent += _TOKEN
        if share.requests is not None:
            share.requests.spent += _TOKEN
        self.busy += 1

    def release(self, share: Share, version: str, room: Room) -> None:
        """Give back what `admit` gave."""
        self.busy -= 1
        if room is Room.PROVISIONED:
            share.provisioned[version].busy -= 1
        else:
            share.on_demand -= 1
            if share.reserved is None:
                self.unreserved_busy -= 1
