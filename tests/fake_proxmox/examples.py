"""Which clusters tests, demos and benchmarks start from."""

from .state import (
    GIB,
    FakeCluster,
    FakeGuest,
    FakeHa,
    FakeHaGroup,
    FakeHaRule,
    FakeNode,
    FakePool,
    FakeStorage,
)


def small_cluster(version: str = "8.4.1") -> FakeCluster:
    """Return three nodes with guests in pools, one nested; pve3 is in maintenance, two guests are under HA."""
    ha = FakeHa(group="west") if version.startswith(("7", "8")) else FakeHa(failback=True)
    stopped = FakeHa(state="stopped")
    return FakeCluster(
        version=version,
        nodes=(FakeNode(name="pve1"), FakeNode(name="pve2"), FakeNode(name="pve3", maintenance=True)),
        guests=(
            FakeGuest(vmid=100, node="pve1", name="dns0", pool="svc/dns", ha=ha, tags="prod;west"),
            FakeGuest(vmid=101, node="pve1", name="dns1", pool="svc/dns", ha=stopped, type="lxc", maxcpu=0.5),
            FakeGuest(vmid=200, node="pve2", name="web0", pool="web", lock="backup", maxmem=8 * GIB),
            FakeGuest(vmid=201, node="pve3", name="web1", pool="web", status="stopped"),
            FakeGuest(vmid=1000, node="pve2", name="golden", template=True, status="stopped"),
        ),
        pools=(FakePool(name="svc", comment="services"), FakePool(name="web", storages=("ceph",))),
        storages=(FakeStorage(name="ceph", shared=True, plugintype="rbd"), FakeStorage(name="local", nodes=("pve1",))),
        ha_groups=(FakeHaGroup(name="west", nodes="pve1:2,pve2", restricted=True),),
        ha_rules=(
            FakeHaRule(name="west", type="node-affinity", resources="vm:100", nodes="pve1:2,pve2", strict=True),
            FakeHaRule(
                name="apart", type="resource-affinity", resources="ct:101,vm:100", affinity="negative", disable=True
            ),
        ),
    )


def big_cluster(*, nodes: int = 64, guests: int = 20_000, pools: int = 2_000, version: str = "8.4.1") -> FakeCluster:
    """Return a cluster as big as they come, its guests dealt out evenly over nodes and pools."""
    return FakeCluster(
        version=version,
        nodes=tuple(FakeNode(name=f"pve{number}", maxmem=2048 * GIB, maxcpu=256) for number in range(nodes)),
        guests=tuple(
            FakeGuest(
                vmid=100 + number,
                node=f"pve{number % nodes}",
                name=f"guest{number}.example.org",
                pool=f"pool{number % pools}",
                tags="prod;customer",
            )
            for number in range(guests)
        ),
    )
