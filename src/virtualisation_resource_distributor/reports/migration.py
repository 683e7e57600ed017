"""Which command makes a move?"""

from shlex import quote

from ..cluster.cluster import Cluster
from ..judge.plan import Move


def command_of(cluster: Cluster, move: Move) -> str:
    """Return the one line that makes the move, for a shell on the node where the guest is (libvirt: anywhere).

    A container is restarted by it, and a guest under HA is asked for at its manager.
    """
    guest = move.guest
    match guest.kind:
        case "qemu" | "lxc" if guest.ha is not None and guest.ha.managed:
            sid = f"{'vm' if guest.kind == 'qemu' else 'ct'}:{guest.id}"
            return f"ha-manager crm-command migrate {quote(sid)} {quote(move.to_node)}"
        case "qemu":
            return f"qm migrate {quote(guest.id)} {quote(move.to_node)} --online"
        case "lxc":
            return f"pct migrate {quote(guest.id)} {quote(move.to_node)} --restart"
        case "domain":
            source, target = (_uri(cluster, name) for name in (move.from_node, move.to_node))
            migrate = f"migrate --live --persistent {quote(guest.name)} {quote(target)}"
            return f"virsh --connect {quote(source)} {migrate}"


def _uri(cluster: Cluster, node: str) -> str:
    uri = next((one.uri for one in cluster.nodes if one.name == node), None)
    return f"qemu+ssh://{node}/system" if uri is None else uri
