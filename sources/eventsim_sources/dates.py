"""How is an instant written in a database? As a date in UTC that a person can read, with microseconds."""

from datetime import UTC, datetime

_SECOND_US = 1_000_000
_DATES_KEPT_MAX = 1_000


class Dates:
    """Instants of the run as dates, and back; what was just written is not written again."""

    def __init__(self, start_epoch_us: int) -> None:
        self._start_epoch_us = start_epoch_us
        self._seconds: dict[int, str] = {}
        self._texts: dict[int, str] = {}

    def text(self, at_us: int) -> str:
        """Write an instant as a date."""
        return self._texts.get(at_us) or self._write(at_us)

    def _write(self, at_us: int) -> str:
        epoch_s, microseconds = divmod(self._start_epoch_us + at_us, _SECOND_US)
        if len(self._texts) >= _DATES_KEPT_MAX:
            self._texts.clear()
        second = self._seconds.get(epoch_s) or self._spell(epoch_s)
        text = self._texts[at_us] = f"{second}.{microseconds:06d}+00:00"
        return text

    def instant_us(self, text: str) -> int:
        """Read an instant from its date."""
        date = datetime.fromisoformat(text)
        return int(date.timestamp()) * _SECOND_US + date.microsecond - self._start_epoch_us

    def _spell(self, epoch_s: int) -> str:
        if len(self._seconds) >= _DATES_KEPT_MAX:
            self._seconds.clear()
        text = self._seconds[epoch_s] = datetime.fromtimestamp(epoch_s, UTC).isoformat()[:19]
        return text
