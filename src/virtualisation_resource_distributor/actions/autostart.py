"""Let a guest that was moved start with its new node, and no more with the old one.

A live migration leaves the old node's definition behind, and autostart with it: after the next boot of that node the
guest would run twice.
"""

from ..cluster.inventory import Inventory
from ..cluster.names import GuestId, NodeName
from ..errors import SourceForbidden
from .connect import ActFailed, Actor


def starts_with(inventory: Inventory, node: NodeName, uuid: GuestId) -> bool:
    """Tell whether a node was seen to have a domain that starts with it."""
    seen = inventory.nodes.get(node)
    return seen is not None and any(domain.uuid == uuid and domain.autostart for domain in seen.domains)


def carry_autostart(here: Actor, there: Actor, uuid: GuestId) -> str | None:
    """Turn it off on the old node, and then on where the guest is now; return what went wrong, None where nothing did.

    In this order, so that at no time the guest would start on both.
    """
    try:
        here.set_autostart(uuid, on=False)
    except (ActFailed, SourceForbidden) as error:
        return f"it still starts with '{here.node}', and would run twice after a boot of that node: {error}"
    try:
        there.set_autostart(uuid, on=True)
    except (ActFailed, SourceForbidden) as error:
        return f"it starts with no node now, neither '{here.node}' nor '{there.node}': {error}"
    return None
