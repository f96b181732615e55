import pytest


@pytest.mark.eventsim(scenario="nightly.yaml")
def test_the_first_report_is_made_at_half_past_two(simulation):
    simulation.advance("1 h 29 minutes")
    assert simulation.numbers("functions", "report")["invocations"] == 0

    simulation.advance("2 minutes")  # half past two in Paris is half past one in UTC
    assert simulation.numbers("functions", "report")["invocations"] == 1
