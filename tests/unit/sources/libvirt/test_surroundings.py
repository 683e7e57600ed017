"""What libvirt told of networks, storage and CPUs, as recorded from 9.0.0, becomes facts."""

import pytest

from virtualisation_resource_distributor.cluster.surroundings import (
    IscsiTarget,
    NetworkFacts,
    NodeSurroundings,
    RunningFacts,
    StoragePoolFacts,
)
from virtualisation_resource_distributor.sources.libvirt.answers import RawSurroundings
from virtualisation_resource_distributor.sources.libvirt.surroundings import (
    parse_host_cpu,
    parse_running,
    parse_surroundings,
)

CAPABILITIES = """<capabilities>
  <host>
    <uuid>11111111-1111-1111-1111-111111111111</uuid>
    <cpu>
      <arch>x86_64</arch>
      <model>kvm64</model>
      <vendor>AMD</vendor>
      <microcode version='{microcode}'/>
      <signature family='23' model='1' stepping='2'/>
      <counter name='tsc' frequency='1996248000' scaling='no'/>
      <topology sockets='1' dies='1' cores='{cores}' threads='1'/>
      <maxphysaddr mode='emulate' bits='48'/>
      <feature name='vme'/>
      <pages unit='KiB' size='4'/>
    </cpu>
  </host>
  <guest>
    <os_type>hvm</os_type>
    <arch name='x86_64'>
      <wordsize>64</wordsize>
      <machine maxCpus='255'>pc-i440fx-7.2</machine>
      <machine canonical='pc-i440fx-7.2' maxCpus='255'>pc</machine>
      <domain type='qemu'/>
      <domain type='kvm'><machine maxCpus='288'>pc-q35-7.2</machine></domain>
    </arch>
  </guest>
</capabilities>"""
NETWORKS = (
    (
        "<network><name>lan</name><uuid>1</uuid><forward mode='bridge'/><bridge name='br-lan'/></network>",
        NetworkFacts("lan", forward="bridge", bridge="br-lan"),
    ),
    (
        "<network><name>iso</name><bridge name='virbr9' stp='on' delay='0'/></network>",
        NetworkFacts("iso", forward="isolated", bridge="virbr9"),
    ),
    (
        "<network><name>default</name><forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>"
        "<bridge name='virbr0' stp='on' delay='0'/></network>",
        NetworkFacts("default", forward="nat", bridge="virbr0"),
    ),
    (
        "<network><name>ovs</name><forward mode='bridge'/><bridge name='ovsbr'/>"
        "<virtualport type='openvswitch'/></network>",
        NetworkFacts("ovs", forward="bridge", bridge="ovsbr", switch="openvswitch"),
    ),
    ("<network><name>old</name><forward dev='eth0'/></network>", NetworkFacts("old", forward="nat")),
)
POOLS = (
    (
        "<pool type='dir'><name>images</name><source>\n</source><target><path>/srv/images</path></target></pool>",
        StoragePoolFacts("images", "dir", target="/srv/images"),
    ),
    (
        "<pool type='netfs'><name>nfs</name><source><host name='nfs1'/><dir path='/export'/><format type='nfs'/>"
        "</source><target><path>/mnt</path></target></pool>",
        StoragePoolFacts("nfs", "netfs", target="/mnt", source="nfs1:/export"),
    ),
    (
        "<pool type='iscsi'><name>san</name><source><host name='10.77.0.254' port='3260'/>"
        "<device path='iqn.2020-01.org.example:lab'/></source><target><path>/dev/disk/by-path</path></target></pool>",
        StoragePoolFacts(
            "san",
            "iscsi",
            target="/dev/disk/by-path",
            source="10.77.0.254:3260:iqn.2020-01.org.example:lab",
            iscsi=IscsiTarget("10.77.0.254:3260", "iqn.2020-01.org.example:lab"),
        ),
    ),
    (
        "<pool type='iscsi'><name>six</name><source><host name='fd00::5'/>"
        "<device path='iqn.2020-01.x:y'/></source></pool>",
        StoragePoolFacts(
            "six", "iscsi", source="fd00::5:iqn.2020-01.x:y", iscsi=IscsiTarget("[fd00::5]:3260", "iqn.2020-01.x:y")
        ),
    ),
    (
        "<pool type='rbd'><name>ceph</name><source><name>rbd</name><host name='mon1' port='6789'/><host name='mon2'/>"
        "</source></pool>",
        StoragePoolFacts("ceph", "rbd", source="mon1:6789,mon2:rbd"),
    ),
    (
        "<pool type='logical'><name>vg0</name><source><device path='/dev/sdb'/><name>vg0</name></source>"
        "<target><path>/dev/vg0</path></target></pool>",
        StoragePoolFacts("vg0", "logical", target="/dev/vg0", source="vg0,/dev/sdb"),
    ),
)


def _capabilities(microcode: int = 16777317, cores: int = 2) -> str:
    return CAPABILITIES.format(microcode=microcode, cores=cores)


@pytest.mark.parametrize(("xml", "facts"), NETWORKS)
@pytest.mark.parametrize("active", [True, False])
def test_a_network_is_read(xml: str, facts: NetworkFacts, active: bool) -> None:
    """With its mode, and the type of switch that is behind it."""
    raw = RawSurroundings(_capabilities(), networks=((xml, active),))
    assert parse_surroundings(raw).networks == (facts._replace(active=active),)


@pytest.mark.parametrize(("xml", "facts"), POOLS)
def test_a_storage_pool_is_read(xml: str, facts: StoragePoolFacts) -> None:
    """With where its data are."""
    assert parse_surroundings(RawSurroundings(_capabilities(), pools=((xml, True),))).storage_pools == (facts,)


def test_what_libvirt_does_not_tell_stays_unknown() -> None:
    """No network is another thing than no answer."""
    assert parse_surroundings(RawSurroundings("<capabilities/>")) == NodeSurroundings()
    told = parse_surroundings(RawSurroundings("<capabilities/>", networks=(), pools=(), links=()))
    assert (told.networks, told.storage_pools, told.links) == ((), (), frozenset())


def test_hosts_that_are_alike_have_one_cpu() -> None:
    """Whatever their microcode, clock and number of cores."""
    cpu = parse_host_cpu(_capabilities())
    assert cpu == parse_host_cpu(_capabilities(microcode=1, cores=64))
    assert (
        cpu
        == "<cpu><arch>x86_64</arch><model>kvm64</model><vendor>AMD</vendor><feature name='vme' /></cpu>".replace(
            "'", '"'
        )
    )
    assert parse_host_cpu("<capabilities><host><cpu><arch>i686</arch></cpu></host></capabilities>") is None


def test_machine_types_are_those_of_all_kinds_of_domain() -> None:
    """KVM may have some of its own."""
    expected = {"x86_64/pc-i440fx-7.2", "x86_64/pc", "x86_64/pc-q35-7.2"}
    assert parse_surroundings(RawSurroundings(_capabilities())).machines == expected


def test_the_cpu_of_a_running_guest_counts_under_kvm_alone() -> None:
    """An emulated one takes nothing of the host's."""
    xml = (
        "<domain type='{}' id='1'><uuid>u</uuid><os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>"
        "<cpu mode='custom' match='exact' check='full'>\n  <model fallback='forbid'>qemu64</model>\n</cpu></domain>"
    )
    cpu = '<cpu mode="custom" match="exact" check="full"><model fallback="forbid">qemu64</model></cpu>'
    machine = "x86_64/pc-i440fx-7.2"
    assert parse_running((xml.format("kvm"),)) == {"u": RunningFacts(machine, cpu)}
    assert parse_running((xml.format("qemu"),)) == {"u": RunningFacts(machine, None)}
    assert parse_running(("<domain", "<domain/>")) == {}
