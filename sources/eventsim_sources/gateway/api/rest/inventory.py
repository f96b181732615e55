"""Links into networks and certificates of clients: kept, told, and without effect."""

from datetime import timedelta

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, shown, there
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.patches import patched
from eventsim_sources.gateway.inventory import ClientCertificate, VpcLink

_VALID = timedelta(days=365)


def create_vpc_link(call: Call) -> Result:
    """Make a link; it is there at once."""
    links = call.register.inventory.links
    made = call.make(VpcLink, id=call.register.inventory.new_id())
    links[made.id] = made
    return shown(made)


def get_vpc_link(call: Call) -> Result:
    """Tell of a link."""
    return shown(_link(call))


def get_vpc_links(call: Call) -> Result:
    """List links."""
    return listed(call, call.register.inventory.links.values())


def update_vpc_link(call: Call) -> Result:
    """Change a link's name or description."""
    link = patched(_link(call), call.given.get("patchOperations", ()), patches.LINK)
    call.register.inventory.links[link.id] = link
    return shown(link)


def delete_vpc_link(call: Call) -> Result:
    """Delete a link."""
    del call.register.inventory.links[_link(call).id]
    return {}


def _link(call: Call) -> VpcLink:
    return there(call.register.inventory.links.get(call.text("vpcLinkId")), "Invalid Vpc Link identifier specified")


# --- certificates ------------------------------------------------------------------------------------------


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


def get_client_certificate(call: Call) -> Result:
    """Tell of a certificate."""
    return shown(_certificate(call))


def get_client_certificates(call: Call) -> Result:
    """List certificates."""
    return listed(call, call.register.inventory.certificates.values())


def update_client_certificate(call: Call) -> Result:
    """Change what is said of a certificate."""
    changed = patched(_certificate(call), call.given.get("patchOperations", ()), patches.DESCRIBED)
    call.register.inventory.certificates[changed.client_certificate_id] = changed
    return shown(changed)


def delete_client_certificate(call: Call) -> Result:
    """Delete a certificate."""
    del call.register.inventory.certificates[_certificate(call).client_certificate_id]
    return {}


def _certificate(call: Call) -> ClientCertificate:
    return there(
        call.register.inventory.certificates.get(call.text("clientCertificateId")),
        "Invalid Client Certificate identifier specified",
    )
