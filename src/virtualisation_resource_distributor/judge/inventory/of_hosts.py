"""Can what runs on each node run on the others: its CPU, its machine type, under their versions of libvirt and QEMU?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...cluster.names import GuestId, NodeName, listed
from ...cluster.surroundings import NodeSurroundings
from .finding import Finding
from .seen import Seen

_MOST_NAMES = 3


def judge_cpus(seen: Seen) -> Iterator[Finding]:
    """Yield the nodes between which running guests can't go for their CPU's sake; an emulated CPU runs anywhere.

    libvirt compares a guest's CPU with the host's and not with what KVM makes of that, so the comparison is believed
    where it holds on the node on which the guest runs.
    """
    names, nodes = _names(seen), seen.surroundings.nodes
    for name, node in sorted(nodes.items()):
        for other in sorted(nodes.keys() - {name}):
            guests: defaultdict[str | None, list[str]] = defaultdict(list)
            for uuid, guest in node.running.items():
                if guest.cpu is not None:
                    guests[_why_not(guest.cpu, node, nodes[other])].append(names.get(uuid, uuid))
            for why, those in guests.items():
                if why != "":
                    yield _cpu(name, other, why, sorted(those))


def _cpu(name: NodeName, other: NodeName, why: str | None, guests: list[str]) -> Finding:
    told = f"running {listed(guests, most=_MOST_NAMES)} on '{name}'"
    if why is None:
        message = f"its CPU lacks something of that of '{name}', and whether {told} can do without is not known"
        mend = f"on '{other}' run: virsh hypervisor-cpu-compare FILE, with the guest's <cpu> of virsh dumpxml in it"
        return Finding("warning", "cpu-unsure", f"node {other}", message, mend, (name, other))
    mend = "give such guests a CPU model that all nodes have: virsh domcapabilities lists them, on each node"
    return Finding("fault", "cpu-incompatible", f"node {other}", f"{told} can't go there: {why}", mend, (name, other))


def _why_not(cpu: str, here: NodeSurroundings, there: NodeSurroundings) -> str | None:
    """Say why a guest with this CPU can't run there; nothing where it can, None where that can't be told."""
    if here.cpu is not None and there.lacking.get(here.cpu) == "":
        return ""
    if here.lacking.get(cpu) == "":
        return there.lacking.get(cpu)
    return None


def judge_machines(seen: Seen) -> Iterator[Finding]:
    """Yield the nodes whose QEMU does not know the machine type of a guest that runs elsewhere."""
    names, nodes = _names(seen), seen.surroundings.nodes
    for name, node in sorted(nodes.items()):
        if not node.machines:
            continue
        guests: defaultdict[str, list[str]] = defaultdict(list)
        for other in nodes.keys() - {name}:
            for uuid, guest in nodes[other].running.items():
                if guest.machine is not None and guest.machine not in node.machines:
                    guests[guest.machine].append(names.get(uuid, uuid))
        for machine, those in sorted(guests.items()):
            message = f"its QEMU has no machine type {machine}, which running {listed(sorted(those), most=3)} has"
            mend = "install there the QEMU of the other nodes"
            yield Finding("fault", "machine-type-missing", f"node {name}", message, mend, (name,))


def judge_versions(seen: Seen) -> Iterator[Finding]:
    """Yield where libvirt or QEMU are not of one version: what came up under a newer one may not go to an older."""
    nodes = seen.inventory.nodes
    yield from _versions({name: f"libvirt {node.libvirt}" for name, node in nodes.items() if node.libvirt})
    yield from _versions({name: node.hypervisor for name, node in nodes.items() if node.hypervisor})


def _versions(versions: Mapping[NodeName, str]) -> Iterator[Finding]:
    whose: defaultdict[str, list[NodeName]] = defaultdict(list)
    for name, version in sorted(versions.items()):
        whose[version].append(name)
    if len(whose) < 2:
        return
    newest_first = sorted(whose, key=_number, reverse=True)
    what = newest_first[0].partition(" ")[0]
    told = ", ".join(f"{version.partition(' ')[2]} on {listed(whose[version])}" for version in newest_first)
    newest, oldest = whose[newest_first[0]], whose[newest_first[-1]]
    direction = f"a guest that goes from {listed(newest)} to {listed(oldest)} may not start there"
    mend = f"upgrade {what} on the nodes with the older one; until then migrate from older to newer only"
    nodes = tuple(sorted(versions))
    yield Finding("warning", "versions-differ", what, f"{told}; {direction}, the other way it does", mend, nodes)


def _number(version: str) -> tuple[str, tuple[int, ...]]:
    name, _, number = version.partition(" ")
    return name, tuple(int(part) for part in number.split(".") if part.isdecimal())


def _names(seen: Seen) -> Mapping[GuestId, str]:
    return {domain.uuid: domain.name for node in seen.inventory.nodes.values() for domain in node.domains}
