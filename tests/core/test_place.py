"""Which account and which region does a place mean?"""

import pytest

from eventsim.place import Address, address_of, name_of

HOME = Address("123456789012", "us-east-1")


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("eu-west-1", ("123456789012", "eu-west-1")),
        ("us-gov-west-1", ("123456789012", "us-gov-west-1")),
        ("444455556666", ("444455556666", "us-east-1")),
        ("000000000000/ap-south-1", ("000000000000", "ap-south-1")),
    ],
)
def test_a_place_is_a_region_an_account_or_both(place: str, address: tuple[str, str]) -> None:
    """What it does not say is as at home."""
    assert address_of(place, HOME) == address


@pytest.mark.parametrize(
    "place",
    ["", "/", "Ireland", "44445555666", "٤٤٤٤٥٥٥٥٦٦٦٦", "444455556666/", "/eu-west-1", "eu-west-1/444455556666"],
)
def test_other_words_are_no_place(place: str) -> None:
    """However close they come."""
    assert address_of(place, HOME) is None


@pytest.mark.parametrize("place", ["eu-west-1", "444455556666", "444455556666/eu-west-1"])
def test_an_address_is_called_by_its_place(place: str) -> None:
    """As short as it can be."""
    address = address_of(place, HOME)
    assert address is not None
    assert name_of(address, HOME) == place


@pytest.mark.parametrize(
    ("place", "name"), [("123456789012/eu-west-1", "eu-west-1"), ("444455556666/us-east-1", "444455556666")]
)
def test_what_is_as_at_home_is_not_said(place: str, name: str) -> None:
    """Whoever says it all the same means the same place."""
    address = address_of(place, HOME)
    assert address is not None
    assert name_of(address, HOME) == name
