"""What is known of phone numbers? Settings for text messages, who opted out, and the sandbox's numbers."""

from eventsim import World

DEFAULT_ATTRIBUTES = {"MonthlySpendLimit": "1"}


class Phones:
    """What one world knows of phone numbers; `world.share(Phones)` returns it.

    Attributes:
        attributes: of `SetSMSAttributes`.
        opted_out: numbers that want no messages; nothing but Python code puts them here.
        sandbox: number → `Pending` or `Verified`.
        passwords: number → the one-time password that verifies it; it is in the outbox too.
    """

    def __init__(self, world: World) -> None:
        self.attributes: dict[str, str] = dict(DEFAULT_ATTRIBUTES)
        self.opted_out: dict[str, None] = {}
        self.sandbox: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.luck = world.chance.stream("topic", "one-time passwords")
