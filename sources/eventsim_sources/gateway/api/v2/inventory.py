"""Links into subnets: kept, told, and without effect."""

import msgspec

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, shown, there
from eventsim_sources.gateway.api.v2.apis import listed
from eventsim_sources.gateway.inventory import VpcLink2


def create_vpc_link(call: Call) -> Result:
    """Make a link; it is there at once."""
    inventory = call.register.inventory
    made = call.make(VpcLink2, VpcLinkId=inventory.new_id(), CreatedDate=call.world.clock.date())
    inventory.links_2[made.vpc_link_id] = made
    return _told(made)


def get_vpc_link(call: Call) -> Result:
    """Tell of a link."""
    return _told(_found(call))


def get_vpc_links(call: Call) -> Result:
    """List links."""
    return listed(call, [_told(each) for each in call.register.inventory.links_2.values()])


def update_vpc_link(call: Call) -> Result:
    """Give a link another name."""
    link = msgspec.structs.replace(_found(call), name=call.text("Name") or _found(call).name)
    call.register.inventory.links_2[link.vpc_link_id] = link
    return _told(link)


def delete_vpc_link(call: Call) -> Result:
    """Delete a link."""
    del call.register.inventory.links_2[_found(call).vpc_link_id]
    return {}


def _found(call: Call) -> VpcLink2:
    return there(
        call.register.inventory.links_2.get(call.text("VpcLinkId")),
        f"Invalid VpcLink identifier specified {call.text('VpcLinkId')}",
    )


def _told(link: VpcLink2) -> dict[str, object]:
    return {"SecurityGroupIds": [], "SubnetIds": [], "Tags": {}, **shown(link)}
