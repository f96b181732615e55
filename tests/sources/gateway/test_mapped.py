"""What becomes of a body on its way through an integration with templates?"""

import pytest

from eventsim_sources.gateway.rest_api.integration import mocked_status

JSON = "application/json"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ('{"statusCode": 204}', "204"),
        ('{"statusCode": "404"}', "404"),
        ("{ statusCode: 200 }", "200"),
        ("{'a': 1, 'statusCode': 201, }", "201"),
        ('{"statusCode": null}', ""),
        ('{"xstatusCode": 200,}', ""),
        ('{"statusCode": 200', ""),
        ("[]", ""),
        ("", ""),
    ],
)
def test_a_mock_is_told_a_status_in_loose_json(told: str, status: str) -> None:
    """The CDK writes `{ statusCode: 200 }` for methods that answer preflights, and AWS reads it."""
    assert mocked_status(told) == status
