"""Links into networks and certificates of clients: kept, told, and without effect."""

from datetime import timedelta
from typing import Final

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, shown
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.things import Things
from eventsim_sources.gateway.inventory import ClientCertificate, VpcLink

_VALID = timedelta(days=365)

LINKS: Final = Things[VpcLink](
    lambda call: call.register.inventory.links,
    parameter="vpcLinkId",
    missing="Invalid Vpc Link identifier specified",
    allowed=patches.LINK,
)
CERTIFICATES: Final = Things[ClientCertificate](
    lambda call: call.register.inventory.certificates,
    parameter="clientCertificateId",
    missing="Invalid Client Certificate identifier specified",
    allowed=patches.DESCRIBED,
)


def create_vpc_link(call: Call) -> Result:
    """Make a link; it is there at once."""
    links = call.register.inventory.links
    made = call.make(VpcLink, id=call.register.inventory.new_id())
    links[made.id] = made
    return shown(made)


def generate_client_certificate(call: Call) -> Result:
    """Make a certificate; its text is no real one."""
    inventory, now = call.register.inventory, call.world.clock.date()
    made = call.make(
        ClientCertificate,
        clientCertificateId=inventory.new_id(),
        pemEncodedCertificate=inventory.pem(),
        createdDate=now,
        expirationDate=now + _VALID,
    )
    inventory.certificates[made.client_certificate_id] = made
    return shown(made)
