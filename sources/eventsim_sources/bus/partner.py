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
        is_withdrawn: whether the partner has deleted it while it had a bus.
    """

    name: str
    arn: str
    account: str
    made_at: datetime
    is_active: bool = False
    is_withdrawn: bool = False

    @property
    def state(self) -> str:
        """Its state as the API tells it: nobody has made a bus of it, or it was deactivated, while it is pending."""
        if self.is_withdrawn:
            return "DELETED"
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

    def offered(self, name: str) -> EventSource | None:
        """Return an event source that its partner has not deleted."""
        source = self.sources.get(name)
        return None if source is None or source.is_withdrawn else source

    def withdraw(self, name: str, *, has_bus: bool) -> None:
        """Delete an event source, as its partner does; while it has a bus, its account sees it still (documented)."""
        if has_bus and name in self.sources:
            source = self.sources[name]
            source.is_active, source.is_withdrawn = False, True
        else:
            self.sources.pop(name, None)

    def lose_bus(self, name: str) -> None:
        """Let an event source have no bus any more: it is pending again, or gone if its partner has deleted it."""
        source = self.sources.get(name)
        if source is not None:
            source.is_active = False
            if source.is_withdrawn:
                del self.sources[name]
