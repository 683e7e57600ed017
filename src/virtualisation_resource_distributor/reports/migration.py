"""Which command makes a move, and can it be written down safely?"""

import re
from collections.abc import Mapping
from shlex import quote
from typing import NamedTuple

from ..cluster.cluster import Cluster, Guest
from ..cluster.names import NodeName, fault_of_name
from ..errors import InvalidData
from ..judge.plan import Move

_VMID = re.compile(r"[0-9]+", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)

Uris = Mapping[NodeName, str]


class Command(NamedTuple):
    """A program with its arguments, each of which may stand in a shell's command line once it is quoted.

    `asks_manager` is true where it only asks the manager of high availability, which moves the guest later.
    """

    words: tuple[str, ...]
    asks_manager: bool = False

    def in_shell(self) -> str:
        """Return it as a line for a shell."""
        return " ".join(map(quote, self.words))


def uris_of(cluster: Cluster, template: str) -> Uris:
    """Return each node's libvirt connection; `{node}` in the template stands for the name of one without its own.

    A name that is no host's has none: `?command=` in it would name a program that ssh's transport starts.
    """
    filled = {node.name: template.replace("{node}", node.name) for node in cluster.nodes if _HOST.fullmatch(node.name)}
    return {**filled, **{node.name: node.uri for node in cluster.nodes if node.uri}}


def command_of(move: Move, uris: Uris) -> Command:
    """Return what makes the move, for a shell on the node where the guest is (libvirt: anywhere).

    A container is restarted by it, and a guest under HA is asked for at its manager.
    Raises InvalidData where a name can't be written into a command safely.
    """
    guest = move.guest
    if guest.kind == "domain":
        from_uri, to_uri = uri_word(move.from_node, uris), uri_word(move.to_node, uris)
        options = ("--live", "--persistent", *(("--unsafe",) if guest.vouched else ()))
        migrate = ("migrate", *options, domain_word(guest), to_uri)
        return Command(("virsh", "--connect", from_uri, *migrate))
    vmid, to_node = vmid_word(guest), host_word(move.to_node)
    host_word(move.from_node)
    if guest.ha is not None and guest.ha.managed:
        sid = f"{'vm' if guest.kind == 'qemu' else 'ct'}:{vmid}"
        return Command(("ha-manager", "crm-command", "migrate", sid, to_node), asks_manager=True)
    if guest.kind == "lxc":
        return Command(("pct", "migrate", vmid, to_node, "--restart"))
    return Command(("qm", "migrate", vmid, to_node, "--online"))


def command_or_none(move: Move, uris: Uris) -> str | None:
    """Return the command as a line for a shell; None where a name can't be written into one safely."""
    try:
        return command_of(move, uris).in_shell()
    except InvalidData:
        return None


def vmid_word(guest: Guest) -> str:
    """Return the guest's number; Proxmox VE passes words on to other nodes' shells, so nothing else will do."""
    if not _VMID.fullmatch(guest.id):
        raise InvalidData(f"guest {guest.id!a}", "no command can name it: a guest of Proxmox VE has a number as its id")
    return guest.id


def host_word(node: NodeName) -> str:
    """Return a node's name, if it is one that Proxmox VE gives: it stands in paths, and in other nodes' shells."""
    if not _HOST.fullmatch(node):
        raise InvalidData(f"node {node!a}", "no command can name it: a node of Proxmox VE has the name of a host")
    return node


def uri_word(node: NodeName, uris: Uris) -> str:
    """Return a node's libvirt connection."""
    if node not in uris:
        raise InvalidData(f"node {node!a}", "no command can reach it: it has no URI of its own, and no host's name")
    return _word(f"node {node!a}", "its libvirt connection", uris[node])


def domain_word(guest: Guest) -> str:
    """Return what names a domain to virsh: its UUID, or where that is not known its name."""
    if _UUID.fullmatch(guest.id):
        return guest.id
    where = f"guest {guest.id!a}"
    if _VMID.fullmatch(guest.name):
        raise InvalidData(
            where, f"no command can name it: virsh takes '{guest.name}' for a number, and no UUID is known"
        )
    return _word(where, "its name", guest.name)


def _word(where: str, what: str, text: str) -> str:
    if fault := fault_of_name(text):
        raise InvalidData(where, f"no command can have {what} in it: {fault}")
    if text.startswith("-"):
        raise InvalidData(where, f"no command can have {what} in it: virsh takes {text!a} for an option")
    return text
