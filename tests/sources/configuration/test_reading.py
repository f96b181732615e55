"""Who reads a configuration without a session? Programs that were written before there were any."""

from typing import Any

import pytest

from tests.sources.configuration.conftest import FLAGS, Shop


def read(shop: Shop, client: str = "me", **settings: Any) -> Any:
    """Ask for the profile `settings`."""
    told = shop.appconfig.get_configuration(
        **{"Application": "shop", "Environment": "prod", "Configuration": "settings", "ClientId": client, **settings}
    )
    return told | {"Content": told["Content"].read()}


def test_a_configuration_is_read_without_a_session(shop: Shop) -> None:
    """Things are named by name or id; who says which version it has gets nothing until there is another one."""
    profile = shop.profile()
    shop.version(profile, {"n": 1})
    shop.deploy(profile)
    shop.simulation.advance("10 minutes")

    first = read(shop, Application=shop.application, Configuration=profile["ConfigurationProfileId"])
    again = read(shop, ClientConfigurationVersion=first["ConfigurationVersion"])

    assert (first["Content"], first["ContentType"]) == (b'{"n": 1}', "application/json")
    assert (again["Content"], again["ConfigurationVersion"]) == (b"", "1")
    assert [each["ResponseMetadata"]["HTTPStatusCode"] for each in (first, again)] == [200, 204]


def test_a_client_id_is_in_a_share_or_not(shop: Shop) -> None:
    """Those that a deployment has reached get it, the others nothing yet; who got it once gets it again."""
    profile = shop.profile(Type="AWS.AppConfig.FeatureFlags")
    shop.version(profile, FLAGS)
    shop.deploy(profile, strategy="AppConfig.Linear20PercentEvery6Minutes")
    shop.simulation.advance("13 minutes")

    got = [read(shop, f"client {number}")["Content"] for number in range(60)]
    again = [read(shop, f"client {number}")["Content"] for number in range(60)]

    assert 12 < sum(map(bool, got)) < 36  # 40 % of them
    assert set(got) == {b"", b'{"checkout":{"enabled":true,"limit":5},"sale":{"enabled":false}}'}
    assert again == got


@pytest.mark.parametrize("wrong", ["Application", "Environment", "Configuration", "nothing deployed"])
def test_what_cannot_be_read_is_not_found(shop: Shop, wrong: str) -> None:
    """Also a profile of which nothing is deployed."""
    shop.profile()

    with pytest.raises(shop.appconfig.exceptions.ResourceNotFoundException):
        read(shop, **({} if wrong == "nothing deployed" else {wrong: "missing"}))
