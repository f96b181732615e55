"""How does a pushed event reach its target? Attempts with delays between them, and a dead letter at the end.

Topic subscriptions, targets of bus rules and schedules all deliver so; what differs is the policy, which is data, and
what one attempt is.

- An attempt that is refused for good (no such target, no permission, a bad parameter) is not repeated.
- Any other failure is repeated after the policy's delay, until attempts or age are used up.

With a passage, a delivery is kept from the instant at which it is made until it has ended, and the next server goes on
with it: its age and its retries count on, and what was due meanwhile is due at once. An attempt that was under way when
the server was killed counts as not having happened.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Generic, Self, TypeVar

from msgspec import Struct

from eventsim.clock import Clock
from eventsim.errors import ApiError, NotSimulated
from eventsim.source import Transit

T = TypeVar("T")

ATTEMPTS, AGE = "MaximumRetryAttempts", "MaximumEventAgeInSeconds"
"""What was used up, in AWS's words."""
_US_PER_S = 1_000_000


class RetryIn(Struct, frozen=True, gc=False):
    """Try again after `delay_us`."""

    delay_us: int


class GivenUp(Struct, frozen=True, kw_only=True, gc=False):
    """The event did not reach its target and is not tried again.

    Attributes:
        error: what the last attempt met.
        retries: attempts after the first.
        condition: what was used up, `MaximumRetryAttempts` or `MaximumEventAgeInSeconds`; "" if refused for good.
    """

    error: ApiError
    retries: int
    condition: str = ""


class DeliveryPolicy(Struct, frozen=True, kw_only=True):
    """How often and for how long a pushed event is tried.

    Attributes:
        retries_max: attempts after the first.
        age_max_us: how old an event may grow, None for any age.
        delays_us: the delay before each retry; the last one goes on. A pair is a range that chance draws from. A target
            that says for how long it wants to be left alone is left alone for so long at least.
    """

    retries_max: int
    age_max_us: int | None = None
    delays_us: Sequence[int | tuple[int, int]] = (0,)

    def decide(self, error: ApiError, *, retries: int, age_us: int, chance: Random) -> RetryIn | GivenUp:
        """Decide what follows a failed attempt.

        Args:
            retries: retries made so far.
            age_us: how old the event is.
        """
        if not is_retryable(error):
            return GivenUp(error=error, retries=retries)
        if retries >= self.retries_max:
            return GivenUp(error=error, retries=retries, condition=ATTEMPTS)
        delay = self.delays_us[min(retries, len(self.delays_us) - 1)]
        delay_us = chance.randint(*delay) if isinstance(delay, tuple) else delay
        delay_us = max(delay_us, error.retry_after_s * _US_PER_S)
        if self.age_max_us is not None and age_us + delay_us >= self.age_max_us:
            return GivenUp(error=error, retries=retries, condition=AGE)
        return RetryIn(delay_us)


def is_retryable(error: ApiError) -> bool:
    """Tell whether another attempt may do better: throttled, or the service's own trouble (documented)."""
    return error.status == 429 or error.status >= 500 or "Throttl" in error.code or "Throughput" in error.code


class Underway(Struct, Generic[T], frozen=True, kw_only=True):
    """A delivery as the next server finds it; instants in microseconds since 1970.

    Attributes:
        content: what is delivered, and to whom.
        due_us: when the next attempt is to be made.
    """

    content: T
    born_us: int
    due_us: int
    retries: int = 0


class Passage:
    """A delivery's place among what is on its way: it is kept for the next server from now on.

    Args:
        content: returns what the next server needs to go on with it, as plain data or a struct.

    Attributes:
        born_us: when it began; before the run did if an earlier server made it.
        due_us: when its next attempt is made.
        retries: attempts after the first.
    """

    def __init__(self, clock: Clock, transit: Transit, content: Callable[[], object]) -> None:
        self.born_us = self.due_us = clock.now_us
        self.retries = 0
        self._start_epoch_us = clock.start_epoch_us
        self._transit = transit
        self._content = content
        self._number = transit.new_number()
        transit.put(self._number, self._underway)

    @classmethod
    def again(cls, clock: Clock, transit: Transit, number: int, underway: Underway[T]) -> Self:
        """Return that of a delivery that an earlier server left; what was due meanwhile is due now."""
        passage = cls.__new__(cls)
        passage.born_us = underway.born_us - clock.start_epoch_us
        passage.due_us = max(underway.due_us - clock.start_epoch_us, clock.now_us)
        passage.retries = underway.retries
        passage._start_epoch_us = clock.start_epoch_us
        passage._transit, passage._number, passage._content = transit, number, lambda: underway.content
        return passage

    def keep(self, *, due_us: int, retries: int) -> None:
        """Let the next server know how far it has come."""
        self.due_us, self.retries = due_us, retries
        self._transit.put(self._number, self._underway)

    def end(self) -> None:
        """Let it have ended."""
        self._transit.drop(self._number)

    def _underway(self) -> Underway[object]:
        return Underway(
            content=self._content(),
            born_us=self._start_epoch_us + self.born_us,
            due_us=self._start_epoch_us + self.due_us,
            retries=self.retries,
        )


class Delivery:
    """One event on its way to one target.

    Args:
        attempt: carries out one attempt, given its number from 1 on; raises `ApiError` when it fails. It may give
            an awaitable when the outcome takes time.
        retrying: told of a failure and the delay until the next attempt, in microseconds.
        given_up: told at the end, if the event did not get there.
        passage: what keeps it for the next server, None if it ends with the run.

    The first attempt is made by `begin`, at once; that of a delivery of an earlier server by `resume`, when it is due.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Random,
        policy: DeliveryPolicy,
        attempt: Callable[[int], Awaitable[object] | object],
        retrying: Callable[[ApiError, int], None],
        given_up: Callable[[GivenUp], None],
        passage: Passage | None = None,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._policy = policy
        self._attempt = attempt
        self._retrying = retrying
        self._given_up = given_up
        self._passage = passage
        self._born_us = clock.now_us if passage is None else passage.born_us
        self._retries = 0 if passage is None else passage.retries
        self._task: asyncio.Task[None] | None = None

    def begin(self, _: None = None) -> None:
        """Make an attempt; what follows happens by itself."""
        try:
            answer = self._attempt(self._retries + 1)
        except (ApiError, NotSimulated) as error:
            self._fail(_as_api_error(error))
            return
        if isinstance(answer, Awaitable):
            self._task = self._clock.loop.create_task(self._await(answer))
        elif self._passage is not None:
            self._passage.end()

    def resume(self) -> None:
        """Make the next attempt when it is due; there is a passage, which says when."""
        assert self._passage is not None, "it comes from an earlier server"
        self._clock.at(self._passage.due_us, self.begin, None)

    async def _await(self, answer: Awaitable[object]) -> None:
        try:
            await answer
        except (ApiError, NotSimulated) as error:
            self._fail(_as_api_error(error))
        else:
            if self._passage is not None:
                self._passage.end()

    def _fail(self, error: ApiError) -> None:
        passage, now_us = self._passage, self._clock.now_us
        match self._policy.decide(error, retries=self._retries, age_us=now_us - self._born_us, chance=self._chance):
            case RetryIn(delay_us=delay_us):
                self._retrying(error, delay_us)
                self._retries += 1
                if passage is not None:
                    passage.keep(due_us=now_us + delay_us, retries=self._retries)
                self._clock.at(now_us + delay_us, self.begin, None)
            case GivenUp() as end:
                self._given_up(end)
                if passage is not None:
                    passage.end()


def _as_api_error(error: ApiError | NotSimulated) -> ApiError:
    return error if isinstance(error, ApiError) else ApiError("NotSimulated", str(error), status=400)
