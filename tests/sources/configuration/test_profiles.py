"""Applications, environments, profiles, versions and tags, through a real client."""

import json
from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim_sources.configuration.flags import flaws
from tests.sources.configuration.conftest import FLAGS, Shop


def test_versions_are_counted_and_not_used_twice(shop: Shop) -> None:
    """The list begins with the newest; a label ending in `*` means all that begin so."""
    profile = shop.profile()
    for number in (1, 2, 3):
        shop.version(profile, number, VersionLabel=f"v{number}")
    shop.appconfig.delete_hosted_configuration_version(**profile, VersionNumber=3)
    shop.version(profile, 4)

    listed = shop.appconfig.list_hosted_configuration_versions(**profile)["Items"]
    labelled = shop.appconfig.list_hosted_configuration_versions(**profile, VersionLabel="v*")["Items"]
    content = shop.appconfig.get_hosted_configuration_version(**profile, VersionNumber=2)

    assert [each["VersionNumber"] for each in listed] == [4, 2, 1]
    assert [each["VersionLabel"] for each in labelled] == ["v2", "v1"]
    assert (content["Content"].read(), content["ContentType"]) == (b"2", "application/json")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param({"LatestVersionNumber": 7}, "ConflictException", id="somebody was faster"),
        pytest.param({"VersionLabel": "v1"}, "ConflictException", id="label is taken"),
    ],
)
def test_a_version_that_does_not_follow_is_refused(shop: Shop, settings: dict[str, Any], code: str) -> None:
    profile = shop.profile()
    shop.version(profile, 1, VersionLabel="v1")

    with pytest.raises(ClientError) as refused:
        shop.version(profile, 2, **settings)

    assert refused.value.response["Error"]["Code"] == code


def test_a_name_is_taken_once_in_an_application(shop: Shop) -> None:
    """Those of environments and of profiles, each refused by an error that the operation declares."""
    shop.profile("settings")

    with pytest.raises(shop.appconfig.exceptions.BadRequestException, match="an environment named prod"):
        shop.appconfig.create_environment(ApplicationId=shop.application, Name="prod")
    with pytest.raises(shop.appconfig.exceptions.BadRequestException, match="a configuration profile named settings"):
        shop.profile("settings")


def test_what_holds_others_stays(shop: Shop) -> None:
    """Versions go before their profile, environments and profiles before their application."""
    profile = shop.profile()
    shop.version(profile, 1)

    with pytest.raises(ClientError, match="has hosted configuration versions"):
        shop.appconfig.delete_configuration_profile(**profile)
    with pytest.raises(ClientError, match="delete them first"):
        shop.appconfig.delete_application(ApplicationId=shop.application)
    shop.appconfig.delete_hosted_configuration_version(**profile, VersionNumber=1)
    shop.appconfig.delete_configuration_profile(**profile)
    shop.appconfig.delete_environment(**shop.ids)
    shop.appconfig.delete_application(ApplicationId=shop.application)

    assert shop.appconfig.list_applications()["Items"] == []


def test_settings_change_and_tags_stay_with_their_owner(shop: Shop) -> None:
    profile = shop.profile(Tags={"team": "a"})
    arn = f"arn:aws:appconfig:us-east-1:123456789012:application/{shop.application}"
    arn = f"{arn}/configurationprofile/{profile['ConfigurationProfileId']}"
    shop.appconfig.tag_resource(ResourceArn=arn, Tags={"cost": "1"})
    shop.appconfig.untag_resource(ResourceArn=arn, TagKeys=["team"])

    told = shop.appconfig.update_configuration_profile(**profile, Description="for all")

    assert shop.appconfig.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"cost": "1"}
    assert (told["Name"], told["Description"], told["Type"]) == ("settings", "for all", "AWS.Freeform")
    assert shop.appconfig.update_application(ApplicationId=shop.application, Name="shop2")["Name"] == "shop2"


def test_an_application_bears_fifty_tags(shop: Shop) -> None:
    """And no more (documented; the words are unconfirmed)."""
    arn = f"arn:aws:appconfig:us-east-1:123456789012:application/{shop.application}"
    tags = {str(number): "" for number in range(50)}

    shop.appconfig.tag_resource(ResourceArn=arn, Tags=tags)
    with pytest.raises(ClientError, match="at most 50 tags"):
        shop.appconfig.tag_resource(ResourceArn=arn, Tags={"one": "more"})

    assert shop.appconfig.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags


def test_deployments_tags_go_with_their_environment(shop: Shop) -> None:
    profile = shop.profile(Tags={"team": "a"})
    shop.version(profile, "hello")
    shop.deploy(profile)
    shop.simulation.advance("1 hour")
    application = f"arn:aws:appconfig:us-east-1:123456789012:application/{shop.application}"
    arn = f"{application}/environment/{shop.ids['EnvironmentId']}/deployment/1"
    shop.appconfig.tag_resource(ResourceArn=arn, Tags={"cost": "1"})

    shop.appconfig.delete_environment(**shop.ids)

    with pytest.raises(ClientError, match="could not be found"):
        shop.appconfig.list_tags_for_resource(ResourceArn=arn)


def test_a_list_comes_in_pages(shop: Shop) -> None:
    for name in "abc":
        shop.profile(name)

    first = shop.appconfig.list_configuration_profiles(ApplicationId=shop.application, MaxResults=2)
    rest = shop.appconfig.list_configuration_profiles(ApplicationId=shop.application, NextToken=first["NextToken"])

    assert [each["Name"] for each in (*first["Items"], *rest["Items"])] == ["a", "b", "c"]


def test_what_is_not_there_is_404(shop: Shop) -> None:
    with pytest.raises(ClientError) as refused:
        shop.appconfig.get_environment(ApplicationId=shop.application, EnvironmentId="none123")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


# --- feature flags -----------------------------------------------------------------------------------------


def changed(path: str, value: Any) -> bytes:
    """Return the document with one value changed."""
    document: Any = deepcopy(FLAGS)
    *parts, last = path.split(".")
    place = document
    for part in parts:
        place = place[part]
    place[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no", "the content is no JSON"),
        (b"[" * 20_000, "the content is no JSON"),
        (b"[]", "an object with `version`"),
        (changed("version", 1), '`version` is "1", and not 1'),
        (changed("values.other", {"enabled": True}), "values.other: there is no flag `other`"),
        (changed("flags.Bad", {"name": "b"}), "flags.Bad: a key begins with a small letter"),
        (changed("flags.sale", {}), "flags.sale: a flag needs a `name`"),
        (changed("flags.sale", {"name": "Sale", "color": 1}), "flags.sale: there is no member `color`"),
        (changed("flags.checkout.attributes", [1]), "flags.checkout.attributes is an object"),
        (changed("flags.checkout.attributes.limit", 1), "flags.checkout.attributes.limit is an object"),
        (changed("values.sale", {}), "values.sale: a value has `enabled`"),
        (changed("values.sale", {"enabled": True, "color": 1}), "values.sale: the flag has no attribute `color`"),
        (changed("values.checkout.limit", 10), "values.checkout.limit is at most 9"),
        (changed("values.checkout.limit", True), "values.checkout.limit is of type number"),
        (changed("values.sale", {"enabled": True, "_variants": []}), "variants (`_variants`) are not simulated"),
    ],
)
def test_a_mistake_in_flags_is_told_with_its_place(content: bytes, says: str) -> None:
    (flaw,) = flaws(content)

    assert says in flaw


@pytest.mark.parametrize(
    ("constraints", "value", "says"),
    [
        ({"type": "string", "enum": ["a"]}, "b", 'is one of ["a"]'),
        ({"type": "string", "pattern": "^a"}, "b", "matches ^a"),
        ({"type": "array", "elements": {"type": "number", "minimum": 2}}, [2, 1], "limit[1] is at least 2"),
        ({"type": "boolean"}, 1, "is of type boolean"),
    ],
)
def test_attributes_keep_to_their_constraints(constraints: dict[str, Any], value: Any, says: str) -> None:
    document = json.loads(changed("flags.checkout.attributes.limit", {"constraints": constraints}))
    document["values"]["checkout"]["limit"] = value

    (flaw,) = flaws(json.dumps(document).encode())

    assert says in flaw


@pytest.mark.parametrize(
    ("constraints", "says"),
    [
        (5, "limit.constraints is an object whose `type`"),
        ({"type": "text"}, "`type` is one of string, number, boolean, array"),
        ({"type": "number", "minimum": "1"}, "constraints.minimum is a number"),
        ({"type": "number", "enum": [1]}, "constraints: there is no member `enum` for this type"),
        ({"type": "string", "enum": 1}, "constraints.enum is a list"),
        ({"type": "string", "pattern": "("}, "constraints.pattern is no regular expression"),
        ({"type": "string", "minimum": 1}, "constraints: there is no member `minimum` for this type"),
        ({"type": "array", "elements": {"type": "number", "maximum": True}}, "elements.maximum is a number"),
    ],
)
def test_constraints_must_make_sense(constraints: Any, says: str) -> None:
    """Otherwise no value could be held against them."""
    (flaw,) = flaws(changed("flags.checkout.attributes.limit", {"constraints": constraints}))

    assert says in flaw


def test_a_required_attribute_is_missed() -> None:
    required = {"constraints": {"type": "number", "required": True}}
    document = json.loads(changed("flags.sale", {"name": "Sale", "attributes": {"percent": required}}))

    assert list(flaws(json.dumps(document).encode())) == ["values.sale: the attribute `percent` is required"]


def test_flags_are_checked_when_they_are_kept(shop: Shop) -> None:
    profile = shop.profile("flags", Type="AWS.AppConfig.FeatureFlags")

    with pytest.raises(ClientError, match="the content is an object with") as refused:
        shop.version(profile, {})

    assert refused.value.response["Reason"] == "InvalidConfiguration"  # type: ignore[typeddict-item]
