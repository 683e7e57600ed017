"""What does a node offer to guests, beside its size: networks, storage, a CPU, and its place among the others?"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .names import GuestId, NodeName

ROOT = 0


class NetworkFacts(NamedTuple):
    """A network of libvirt's; `forward` is `isolated` where it forwards nothing, `switch` the type of its virtual port.

    `bridge` is named by operators where the mode is `bridge`, else libvirt makes it itself.
    """

    name: str
    active: bool = True
    forward: str = "isolated"
    bridge: str | None = None
    switch: str | None = None


class StoragePoolFacts(NamedTuple):
    """A storage pool of libvirt's; `source` is where its data are, in words (`nfs1:/export`), empty for a directory.

    `iscsi` is the target that libvirt logs in to for it.
    """

    name: str
    kind: str
    active: bool = True
    target: str = ""
    source: str = ""
    iscsi: "IscsiTarget | None" = None


class IscsiTarget(NamedTuple):
    """An iSCSI target at one portal: `10.0.0.5:3260` or `[fd00::5]:3260`, and the target's IQN."""

    portal: str
    iqn: str


class RunningFacts(NamedTuple):
    """What a running guest takes from its node: `machine` as `x86_64/pc-i440fx-7.2`, and its `<cpu>` as it runs.

    `cpu` is None for a guest without KVM, whose CPU is emulated, and where libvirt tells none.
    """

    machine: str | None = None
    cpu: str | None = None


class NodeSurroundings(NamedTuple):
    """What libvirt tells of one node; None is what this node's libvirt doesn't tell.

    `links` are its network devices, bridges among them. `cpu` is the definition of the host's CPU. `lacking` are CPU
    definitions that this host was compared with: why it can't run a guest with such a CPU, empty where it can.
    """

    networks: tuple[NetworkFacts, ...] | None = None
    storage_pools: tuple[StoragePoolFacts, ...] | None = None
    links: frozenset[str] | None = None
    machines: frozenset[str] = frozenset()
    cpu: str | None = None
    running: Mapping[GuestId, RunningFacts] = MappingProxyType({})
    lacking: Mapping[str, str] = MappingProxyType({})


class WayFacts(NamedTuple):
    """How ssh goes from one node to another: as whom, with which keys, and which host keys are known of it.

    Keys are told by their fingerprints. `trusts_authority` tells whether any host key will do that an authority signed.
    """

    user: str = ""
    keys: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    trusts_authority: bool = False


class ShellFacts(NamedTuple):
    """What an account on a node tells over ssh; None is what it may not see.

    The clock is `ahead_seconds` ahead of this machine's, give or take `within_seconds`. `authorized` are the keys that
    may log in to the account, None where other things than files decide about it. `ways` lead to the other nodes.
    """

    account: str = ""
    uid: int | None = None
    ahead_seconds: float | None = None
    within_seconds: float = 0.0
    links: frozenset[str] | None = None
    sessions: frozenset[IscsiTarget] | None = None
    initiator: str | None = None
    authorized: frozenset[str] | None = None
    host_keys: frozenset[str] = frozenset()
    ways: Mapping[NodeName, WayFacts] = MappingProxyType({})


class LockFacts(NamedTuple):
    """A lock of the database; `holder` says in words whose it is.

    `is_stale` where its process is gone for sure; of one from another machine only its age tells.
    """

    name: str
    holder: str
    is_stale: bool = False
    age_seconds: float = 0.0
    is_foreign: bool = False


class Surroundings(NamedTuple):
    """What all nodes offer. `unasked` says why a node was not asked over ssh, or gave no answer there."""

    nodes: Mapping[NodeName, NodeSurroundings] = MappingProxyType({})
    shells: Mapping[NodeName, ShellFacts] = MappingProxyType({})
    unasked: Mapping[NodeName, str] = MappingProxyType({})
