"""Who reads a configuration: sessions, tokens and intervals."""

import pytest
from botocore.exceptions import ClientError

from eventsim_sources.configuration.session import Token, read_token
from tests.sources.configuration.conftest import FLAGS, Shop


@pytest.fixture
def profile(shop: Shop) -> dict[str, str]:
    """A profile with two versions, of which the first is deployed."""
    made = shop.profile()
    shop.version(made, {"n": 1})
    shop.version(made, {"n": 2}, VersionLabel="v2")
    shop.deploy(made)
    shop.simulation.advance("10 minutes")
    return made


def problem(error: ClientError) -> str:
    return str(error.response["Details"]["InvalidParameters"]["ConfigurationToken"]["Problem"])  # type: ignore[typeddict-item]


@pytest.mark.usefixtures("profile")
def test_a_client_gets_a_configuration_once(shop: Shop) -> None:
    """After that the answer is empty until there is another one."""
    first, token = shop.poll(shop.begin())
    second, _ = shop.poll(token)

    assert (first, second) == ('{"n": 1}', "")


def test_a_new_deployment_is_new_to_a_session(shop: Shop, profile: dict[str, str]) -> None:
    _, token = shop.poll(shop.begin())
    shop.deploy(profile, "2")

    told = shop.data.get_latest_configuration(ConfigurationToken=token)

    assert (told["Configuration"].read(), told["VersionLabel"], told["ContentType"]) == (
        b'{"n": 2}',
        "v2",
        "application/json",
    )


def test_a_gradual_deployment_reaches_some_clients_first(shop: Shop, profile: dict[str, str]) -> None:
    """About as many as it says, and who has it keeps it."""
    shop.deploy(profile, "2", "AppConfig.Linear20PercentEvery6Minutes")
    tokens = [shop.begin() for _ in range(60)]
    counts = []
    for _ in range(5):
        shop.simulation.advance("5 minutes")
        polled = [shop.poll(shop.begin()) for _ in range(60)]
        counts.append(sum(text == '{"n": 2}' for text, _ in polled))
    of_old_ones = [shop.poll(token)[0] for token in tokens]

    assert [abs(count - share * 60) < 12 for count, share in zip(counts, (0.2, 0.4, 0.6, 0.8, 1), strict=True)] == [
        True
    ] * 5
    assert set(of_old_ones) == {'{"n": 2}'}


@pytest.mark.usefixtures("profile")
def test_a_token_is_good_for_one_call(shop: Shop) -> None:
    token = shop.begin()
    shop.poll(token)

    with pytest.raises(ClientError) as refused:
        shop.poll(token)

    assert problem(refused.value) == "Expired"


@pytest.mark.usefixtures("profile")
def test_a_token_is_good_for_a_day(shop: Shop) -> None:
    token = shop.begin()
    shop.simulation.advance("1 day")
    _, token = shop.poll(token)
    shop.simulation.advance("86401 s")

    with pytest.raises(ClientError) as refused:
        shop.poll(token)

    assert problem(refused.value) == "Expired"


@pytest.mark.usefixtures("profile")
def test_a_token_that_is_none(shop: Shop) -> None:
    with pytest.raises(ClientError) as refused:
        shop.poll("token")

    assert problem(refused.value) == "Corrupted"


@pytest.mark.usefixtures("profile")
def test_a_session_may_ask_not_too_often(shop: Shop) -> None:
    """If it said so when it began; and then the answer says it again."""
    _, token = shop.poll(shop.begin(RequiredMinimumPollIntervalInSeconds=30))
    shop.simulation.advance("29 s")
    with pytest.raises(ClientError) as refused:
        shop.poll(token)
    shop.simulation.advance("1 s")

    told = shop.data.get_latest_configuration(ConfigurationToken=token)

    assert problem(refused.value) == "PollIntervalNotSatisfied"
    assert told["NextPollIntervalInSeconds"] == 30
    assert shop.data.get_latest_configuration(ConfigurationToken=shop.begin())["NextPollIntervalInSeconds"] == 60


def test_what_is_not_there_is_named(shop: Shop) -> None:
    """By its type; a profile that nobody has deployed is no configuration yet."""
    with pytest.raises(ClientError) as nothing:
        shop.begin("none")
    shop.profile("idle")
    with pytest.raises(ClientError) as undeployed:
        shop.poll(shop.begin("idle"))

    assert nothing.value.response["ResourceType"] == "ConfigurationProfile"  # type: ignore[typeddict-item]
    assert undeployed.value.response["ResourceType"] == "Deployment"  # type: ignore[typeddict-item]


def test_feature_flags_are_told_by_their_values(shop: Shop) -> None:
    """One that is off is told without its attributes."""
    profile = shop.profile("flags", Type="AWS.AppConfig.FeatureFlags")
    shop.version(profile, FLAGS)
    shop.deploy(profile)

    assert shop.poll(shop.begin("flags"))[0] == '{"checkout":{"enabled":true,"limit":5},"sale":{"enabled":false}}'


def test_a_token_knows_its_session() -> None:
    """So a session outlives the server that began it."""
    token = Token(session="s", application="a", environment="e", profile="p", issued_epoch_us=7)

    assert read_token(token.text()) == token
    assert (token.poll_interval_s, token.number, token.seen) == (60, 0, 0)
