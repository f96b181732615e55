"""Which variables may a stage have? Names and values have their form, in both versions of the service (documented)."""

import re
from collections.abc import Mapping

from eventsim_sources.gateway.api.call import bad_request

_NAME = re.compile(r"[A-Za-z0-9_]+")
_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")


def check_variables(variables: Mapping[str, str]) -> None:
    """See that names and values of stage variables have their form.

    Raises:
        ApiError: one has not.
    """
    for name, value in variables.items():
        if not _NAME.fullmatch(name):
            raise bad_request(
                f"Invalid stage variable name: {name}. Please use names with alphanumeric characters and underscores."
            )
        if not _VALUE.fullmatch(value):
            raise bad_request(
                f"Invalid stage variable value: {value}. Please use values with alphanumeric characters and the "
                "symbols '-', '.', '_', ':', '/', '?', '&', '=', and ','."
            )
