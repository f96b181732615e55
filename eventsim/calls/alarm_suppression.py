"""When does a composite alarm tell nobody? Its suppressor keeps it from that, and two periods do around its ALARM.

While the suppressor is in ALARM, actions are suppressed. An alarm that is raised waits for a while first whether its
suppressor is raised as well, and for a while after the suppressor has calmed down (documented). What it tells then is
the state that it has by then, if it told of another one last (unconfirmed).
"""

from msgspec import Struct

from eventsim.calls.alarms import ALARM, Alarm

_SETTINGS = {"WaitPeriod": "ActionsSuppressorWaitPeriod", "ExtensionPeriod": "ActionsSuppressorExtensionPeriod"}
SUPPRESSOR = "ActionsSuppressor"
PERIODS = tuple(_SETTINGS.values())


class Hold(Struct, frozen=True):
    """What keeps an alarm from its actions.

    Attributes:
        by: `Alarm`, `WaitPeriod` or `ExtensionPeriod`.
        until_us: when that ends by itself, None if it is the suppressor.
    """

    by: str
    until_us: int | None = None

    @property
    def reason(self) -> str:
        """What CloudWatch says of it (documented by examples)."""
        return f"Actions suppressed by {self.by}"


def hold_of(alarm: Alarm, suppressor: Alarm | None, now_us: int) -> Hold | None:
    """Return what keeps an alarm from its actions now, None if nothing does.

    Args:
        suppressor: None if it has none, or none that is there.
    """
    if suppressor is None:
        return None
    if suppressor.state == ALARM:
        return Hold("Alarm")
    if suppressor.calmed_us is not None:
        until_us = suppressor.calmed_us + _period_us(alarm, "ExtensionPeriod")
        if now_us < until_us:
            return Hold("ExtensionPeriod", until_us)
    if alarm.state == ALARM:
        until_us = alarm.transitioned_us + _period_us(alarm, "WaitPeriod")
        if now_us < until_us:
            return Hold("WaitPeriod", until_us)
    return None


def _period_us(alarm: Alarm, by: str) -> int:
    return int(alarm.settings[_SETTINGS[by]]) * 1_000_000
