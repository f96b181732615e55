"""Which partners have offered their events? Event sources of partners, before and after an account takes them."""

from datetime import datetime, timedelta

from msgspec import Struct

from eventsim import World

_OFFER = timedelta(days=14)
"""How long an offer stands that nobody takes (documented)."""


class EventSource(Struct, kw_only=True):
    """An event source that a partner has made for an account.

    Attributes:
        is_active: whether its bus takes events.
    """

    name: str
    arn: str
    account: str
    made_at: datetime
    is_active: bool = False

    @property
    def state(self) -> str:
        """Its state as the API tells it: nobody has made a bus of it, or it was deactivated, while it is pending."""
        return "ACTIVE" if self.is_active else "PENDING"

    @property
    def ends_at(self) -> datetime:
        """When the offer ends."""
        return self.made_at + _OFFER

    @property
    def partner(self) -> str:
        """The partner's name: `aws.partner/example.com`."""
        return "/".join(self.name.split("/")[:2])


class Partners:
    """The event sources that partners have made, by name; of other accounts' nothing comes here."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sources: dict[str, EventSource] = {}

    def make(self, name: str, account: str) -> EventSource:
        """Make an event source."""
        arn = f"arn:aws:events:{self._world.region}::event-source/{name}"
        source = EventSource(name=name, arn=arn, account=account, made_at=self._world.clock.date())
        self.sources[name] = source
        return source
