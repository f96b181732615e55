"""Where is the certificate that notifications are signed by? A server gives it to whoever asks."""

from collections.abc import Mapping

from eventsim import HttpRequest, HttpResponse, World
from eventsim_sources.topic.signature import Signer


class CertificateDoor:
    """Answers requests for the certificate of one world's topics."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def addresses(self) -> Mapping[str, str]:
        """Return no addresses: nobody asks for it by name."""
        return {}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether the certificate is asked for."""
        return self._signer.is_real and request.path == self._signer.certificate_path

    def handle(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 - a door's signature
        """Give the certificate."""
        headers = (("Content-Type", "application/x-pem-file"),)
        return HttpResponse(status=200, headers=headers, body=self._signer.certificate)


def front_door(world: World) -> CertificateDoor:
    """Return the door at which the certificate is found."""
    return CertificateDoor(world.share(Signer))
