"""Is there such an operation? A stub for a misspelled one would never be asked."""

import pytest

from eventsim.calls.service_names import check_operation
from eventsim.errors import ConfigurationError


def test_a_real_operation_is_believed() -> None:
    """boto3's names of services and AWS's names of operations pass."""
    check_operation("bedrock-runtime", "InvokeModel")


@pytest.mark.parametrize(
    ("service", "operation", "key", "message"),
    [
        ("sess", "SendEmail", "service", "boto3 knows no service 'sess'; did you mean `ses`?"),
        ("ses", "SendEmal", "operation", "ses has no operation 'SendEmal'; did you mean `SendEmail`?"),
    ],
)
def test_a_misspelled_one_is_refused(service: str, operation: str, key: str, message: str) -> None:
    """The sentence offers what was probably meant."""
    with pytest.raises(ConfigurationError) as caught:
        check_operation(service, operation)

    assert (caught.value.key, str(caught.value)) == (key, message)
