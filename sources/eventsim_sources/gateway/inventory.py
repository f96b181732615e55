"""What does an account have besides APIs? Links into networks and certificates, which are kept and have no effect."""

from datetime import datetime

from msgspec import Struct

from eventsim import World


class VpcLink(Struct, kw_only=True, rename="camel"):
    """A link of version 1 to a network load balancer."""

    id: str
    name: str
    description: str = ""
    target_arns: list[str] = []
    status: str = "AVAILABLE"
    tags: dict[str, str] = {}


class VpcLink2(Struct, kw_only=True, rename="pascal"):
    """A link of version 2 into subnets."""

    vpc_link_id: str
    name: str
    created_date: datetime
    subnet_ids: list[str] = []
    security_group_ids: list[str] = []
    tags: dict[str, str] = {}
    vpc_link_status: str = "AVAILABLE"
    vpc_link_status_message: str = "VPC link is ready to route traffic"
    vpc_link_version: str = "V2"


class ClientCertificate(Struct, kw_only=True, rename="camel"):
    """A certificate by which servers would know the gateway; its text is no real one."""

    client_certificate_id: str
    created_date: datetime
    expiration_date: datetime
    pem_encoded_certificate: str
    description: str = ""
    tags: dict[str, str] = {}


class Inventory:
    """All of them, by id."""

    def __init__(self, world: World) -> None:
        self.links: dict[str, VpcLink] = {}
        self.links_2: dict[str, VpcLink2] = {}
        self.certificates: dict[str, ClientCertificate] = {}
        self.new_id = world.chance.hex_ids(6, "api gateway inventory")
        self._text = world.chance.hex_ids(64, "api gateway certificate")

    def pem(self) -> str:
        """Return a text in the shape of a certificate."""
        lines = "\n".join(self._text() for _ in range(8))
        return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
