"""What does the assertion of a SAML response say? Its signature is not checked."""

import base64
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from eventsim.errors import ApiError
from eventsim.wire.xml import Element, XmlError, parse

ATTRIBUTES: Final = "https://aws.amazon.com/SAML/Attributes/"
"""What the names of AWS's attributes begin with (documented)."""
_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"


class Assertion(Struct, frozen=True):
    """What an identity provider says of somebody.

    Attributes:
        audience: for whom it is meant: where the browser was sent.
        attributes: values by name, without what AWS's names begin with.
    """

    issuer: str
    subject: str
    subject_type: str
    audience: str
    attributes: Mapping[str, str]


def read_assertion(encoded: str) -> Assertion:
    """Return what a response in base64 says.

    Raises:
        ApiError: it is none.
    """
    try:
        root = parse(base64.b64decode(encoded, validate=True))
    except ValueError as error:
        raise ApiError("InvalidIdentityToken", "Invalid base64 SAMLResponse") from error
    except XmlError as error:
        raise ApiError("InvalidIdentityToken", "Error parsing SAMLResponse") from error  # unconfirmed wording
    found = {element.name: element for element in _within(root)}
    name_id = found.get("NameID", Element("", {}))
    confirmed = found.get("SubjectConfirmationData", Element("", {}))
    attributes = {
        element.attributes.get("Name", "").removeprefix(ATTRIBUTES): element.children[0].text.strip()
        for element in _within(root)
        if element.name == "Attribute" and element.children
    }
    return Assertion(
        issuer=found.get("Issuer", Element("", {})).text.strip(),
        subject=name_id.text.strip(),
        subject_type=name_id.attributes.get("Format", "").removeprefix(_FORMAT),
        audience=confirmed.attributes.get("Recipient", ""),
        attributes=attributes,
    )


def _within(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _within(child)
