"""What do calls of SES need? To send, an identity: the sender's address, or its domain, whichever is verified.

Which of them is, only SES knows; so any that a policy allows will do, unless the call names one. Addresses are asked
for by condition keys as well.
"""

import itertools
from collections.abc import Iterable, Mapping
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Keys,
    Need,
    Needs,
    Place,
    Resource,
    if_given,
    like,
    member,
    members,
    on,
    text_in,
    texts_in,
    together,
)

_HERE: Final = "arn:aws:ses:{region}:{account_id}"


def _addressed(version: str, sender: str, return_path: str) -> Keys:
    """Return what tells from whom a mail is, and to whom.

    Args:
        version: of the API.
        sender: the parameter that names the sender.
        return_path: the one that says where a mail goes that nobody takes.
    """

    def keys(given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
        name, address = parseaddr(text_in(given, sender) or _sender_written(given))
        values = {
            "ses:FeedbackAddress": (text_in(given, return_path),),
            "ses:FromAddress": (address,),
            "ses:FromDisplayName": (name,),
            "ses:Recipients": tuple(_recipients(given)),
        }
        return {"ses:ApiVersion": (version,), **{key: value for key, value in values.items() if any(value)}}

    return keys


def _sender_written(given: Mapping[str, Any]) -> str:
    """Return the sender that stands in a mail that comes as it is, "" if it does not."""
    raw = member(given, "RawMessage") or member(member(given, "Content"), "Raw")
    data = raw.get("Data")
    written = data.encode() if isinstance(data, str) else data
    return str(BytesHeaderParser().parsebytes(written)["From"] or "") if isinstance(written, bytes) else ""


def _recipients(given: Mapping[str, Any]) -> list[str]:
    """Return to whom a mail goes: several people, or several groups of people, or what is told beside a mail."""
    entries = [given, *members(given.get("Destinations")), *members(given.get("BulkEmailEntries"))]
    lists = [
        texts_in(member(each, "Destination"), f"{way}Addresses") for each in entries for way in ("To", "Cc", "Bcc")
    ]
    return [*itertools.chain(*lists), *texts_in(given, "Destinations")]


def _templated(action: str) -> Needs:
    """Return what it needs that a mail is made of a template, whose name stands alone or in the contents."""
    needs = if_given("Template", on(like(f"{_HERE}:template/{{Template}}"), action))

    def of_name(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
        content = member(given, "Content") or member(given, "DefaultContent")
        name = text_in(given, "Template") or text_in(member(content, "Template"), "TemplateName")
        return needs({"Template": name}, place)

    return of_name


def _sending(action: str, identity: Resource, keys: Keys) -> Needs:
    in_set = on(like(f"{_HERE}:configuration-set/{{ConfigurationSetName}}"), action)
    return together(on(identity, action, keys=keys), if_given("ConfigurationSetName", in_set))


_FIRST: Final = _addressed("1", "Source", "ReturnPath")
_SECOND: Final = _addressed("2", "FromEmailAddress", "FeedbackForwardingEmailAddress")

OF_SES: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: _sending(f"ses:{name}", like("{SourceArn}"), _FIRST) for name in ("SendEmail", "SendRawEmail")},
        **{
            name: together(_sending(f"ses:{name}", like("{SourceArn}"), _FIRST), _templated(f"ses:{name}"))
            for name in ("SendTemplatedEmail", "SendBulkTemplatedEmail")
        },
    }
)
"""Those of the first API that send; all others need the action of their name."""

OF_SESV2: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        name: together(
            _sending(f"ses:{name}", like("{FromEmailAddressIdentityArn}"), _SECOND), _templated(f"ses:{name}")
        )
        for name in ("SendEmail", "SendBulkEmail")
    }
)
"""Those of the second API that send."""
