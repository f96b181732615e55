"""Who vouches for a notification? SNS's signatures.

A server on the wall clock signs with a key of its own and serves the certificate, if the package `cryptography` is
there (the extra `eventsim[sns]`). Everywhere else the signature is a placeholder of the right length that follows from
the text, so that runs repeat themselves.
"""

import base64
import hashlib
import importlib.util
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from eventsim import World

_PLACEHOLDER_BYTES = 256
_NOBODYS = "0123456789abcdef"
_VALID = timedelta(days=365)


class Signer:
    """Signs for all topics of one world; `world.share(Signer)` returns it.

    Attributes:
        is_real: whether signatures can be verified.
        certificate_path, certificate_url: where the certificate is found.
    """

    def __init__(self, world: World) -> None:
        self._name = f"sns.{world.region}.amazonaws.com"
        self._clock = world.clock
        self.is_real = (
            world.is_live and world.endpoint_url != "" and importlib.util.find_spec("cryptography") is not None
        )
        whose = hashlib.sha256(f"{world.account_id} {world.region}".encode()).hexdigest()[:32]
        self.certificate_path = f"/SimpleNotificationService-{whose if self.is_real else _NOBODYS}.pem"
        self.certificate_url = (world.endpoint_url if self.is_real else f"https://{self._name}") + self.certificate_path

    @property
    def certificate(self) -> bytes:
        """The certificate as PEM, where signatures are real."""
        return self._identity[1]

    def sign(self, text: str, version: str) -> str:
        """Return the signature of a text as base64; version `1` is SHA-1, `2` SHA-256."""
        if self.is_real:
            signature = _signed(self._identity[0], text, version)
        else:
            signature = hashlib.shake_256(f"{version}\n{text}".encode()).digest(_PLACEHOLDER_BYTES)
        return base64.b64encode(signature).decode()

    @cached_property
    def _identity(self) -> tuple[Any, bytes]:
        return _new_key(self._name, self._clock.date())


def _new_key(name: str, now: datetime) -> tuple[Any, bytes]:
    """Return a key and its certificate, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins_at = now.astimezone(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at - timedelta(days=1))
        .not_valid_after(begins_at + _VALID)
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.PEM)


def _signed(key: Any, text: str, version: str) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 - what SNS's version 1 is
    signature: bytes = key.sign(text.encode(), padding.PKCS1v15(), algorithm)
    return signature
