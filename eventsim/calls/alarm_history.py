"""What does the history of alarms tell? What was put, which states there were, and what became of actions."""

import json
from collections.abc import Mapping
from typing import Any

from eventsim.calls.alarm_messages import Told
from eventsim.calls.alarms import Alarm
from eventsim.clock import Clock
from eventsim.json_text import load_json

_CONFIGURATIONS = {"created": "Create", "updated": "Update", "deleted": "Delete"}


class AlarmHistory:
    """All that happened to the alarms of one simulation, the latest last."""

    def __init__(self, clock: Clock) -> None:
        self.items: list[dict[str, Any]] = []
        self._clock = clock

    def configured(self, alarm: Alarm, verb: str) -> None:
        """Note that an alarm was `created`, `updated` or `deleted`."""
        data = {"type": _CONFIGURATIONS[verb], f"{verb}Alarm": _configuration(alarm, self._clock)}
        self._add(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}', data)

    def changed(self, alarm: Alarm, before: Told, now: Told) -> None:
        """Note that an alarm went from one state to another."""
        data = {"oldState": _state(before), "newState": _state(now)}
        self._add(alarm, "StateUpdate", f"Alarm updated from {before.value} to {now.value}", data)

    def acted(self, alarm: Alarm, arn: str, fault: str) -> None:
        """Note that somebody was told of a state, or why not."""
        data = {
            "actionState": "Failed" if fault else "Succeeded",
            "stateUpdateTimestamp": (self._clock.start_epoch_us + alarm.state_us) // 1000,
            "notificationResource": arn,
            **({"error": fault} if fault else {}),
        }
        verb = "Failed to execute" if fault else "Successfully executed"
        self._add(alarm, "Action", f"{verb} action {arn}", data)

    def _add(self, alarm: Alarm, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        self.items.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": "CompositeAlarm" if alarm.is_composite else "MetricAlarm",
                "Timestamp": self._clock.date(),
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps({"version": "1.0", **data}),
            }
        )


def _state(told: Told) -> dict[str, Any]:
    data = {"stateReasonData": load_json(told.reason_data)} if told.reason_data else {}
    return {"stateValue": told.value, "stateReason": told.reason, **data}


def _configuration(alarm: Alarm, clock: Clock) -> dict[str, Any]:
    """Return an alarm's settings in the letters of the history (documented by an example)."""
    return {
        **_in_small_letters_within(alarm.settings),
        "alarmName": alarm.name,
        "alarmArn": alarm.arn,
        "alarmConfigurationUpdatedTimestamp": clock.iso_ms(alarm.updated_us)[:-1] + "+0000",
        "stateValue": alarm.state,
        "stateUpdatedTimestamp": clock.iso_ms(alarm.state_us)[:-1] + "+0000",
    }


def _in_small_letters(name: str) -> str:
    return "okactions" if name == "OKActions" else name[:1].lower() + name[1:]


def _in_small_letters_within(value: Any) -> Any:
    """Return a value with such names, in an order that does not depend on the client's."""
    match value:
        case Mapping():
            return {_in_small_letters(name): _in_small_letters_within(each) for name, each in sorted(value.items())}
        case list():
            return [_in_small_letters_within(each) for each in value]
        case _:
            return value
