"""In which time zone is local time?"""

import os
import time
from datetime import datetime
from typing import Any

import pytest

from eventsim.handler.zone import zone_of


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({}, "UTC", id="not set"),
        pytest.param({"TZ": ":UTC"}, "UTC", id="as AWS sets it"),
        pytest.param({"TZ": "Asia/Tokyo"}, "Asia/Tokyo", id="as a user sets it"),
    ],
)
def test_a_functions_variable_names_its_zone(variables: dict[str, str], expected: str) -> None:
    """UTC is the default."""
    assert zone_of(variables) == expected


def test_local_time_is_each_environments_own(user_process: Any) -> None:
    """One in New York and one in UTC take turns, and each sees its own hour."""
    there = user_process.environment("there", environ={"TZ": "EST5EDT"})
    here = user_process.environment("here")

    def handler() -> list[int]:
        hours = []
        for _ in range(2):
            hours.append(datetime.now().hour)
            time.sleep(1)
        return hours

    assert user_process.run((there, handler), (here, handler)) == [[19, 19], [0, 0]]


def test_a_changed_zone_counts_from_tzset_on(user_process: Any) -> None:
    """As in C: setting the variable alone changes nothing."""

    def handler() -> list[int]:
        hours = [time.localtime().tm_hour]
        os.environ["TZ"] = "EST5EDT"
        time.sleep(1)
        hours.append(time.localtime().tm_hour)
        time.tzset()
        hours.append(time.localtime().tm_hour)
        time.sleep(1)
        return [*hours, time.localtime().tm_hour]

    assert user_process.inside(handler) == [0, 0, 19, 19]


def test_the_machines_zone_is_back_after_the_run(user_process: Any) -> None:
    """Nobody else's local time has moved."""
    before = (os.environ.get("TZ"), time.tzname, time.localtime(0).tm_hour)

    user_process.inside(lambda: None, user_process.environment(environ={"TZ": "EST5EDT"}))

    assert (os.environ.get("TZ"), time.tzname, time.localtime(0).tm_hour) == before
