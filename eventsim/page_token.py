"""What leads to the next page of a list? A token that says where it begins, in which nobody is meant to read."""

import base64

from eventsim.errors import ApiError


def token_of(place: int) -> str:
    """Return the token of the page that begins there."""
    return base64.b64encode(str(place).encode()).decode()


def place_of(token: str | None, refusal: ApiError) -> int:
    """Return where the page of a token begins; without one, at the first item.

    Args:
        refusal: what to raise if the token is none of ours.
    """
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError as error:
        raise refusal from error
