"""Rights that are missing are told, each with the line that mends it; what they hide is never taken for not there."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.fake_proxmox import AUDIT, FakeAclEntry, FakeCluster, FakeGuest, FakePool, FakeProxmox, FakeToken
from tests.proxmox_reading import read, told, with_nodes

from virtualisation_resource_distributor.cluster.placement import Placement

USER = "vrd@pve"
TOKEN = "vrd@pve!check"
ALL = " ".join(AUDIT)
POOLS = {"dns", "svc", "svc/web", "void"}
Given = tuple[str, str] | tuple[str, str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesser:
    """What the user was given (path, privileges, whether it propagates), and what is told of that by each version.

    `old` is what 8.2 tells beside it, where node maintenance takes Sys.Audit on `/`.
    """

    given: tuple[Given, ...] = ()
    told: tuple[tuple[str, str], ...] = ()
    old: bool = False


NO_POOLS = ("cluster", "Pool.Audit on /pool is missing")
NO_GUESTS = ("cluster", "VM.Audit on /vms is missing")
NO_MAINTENANCE = ("cluster", "Sys.Audit on / is missing")
LESSER = {
    "nothing": Lesser(told=(NO_POOLS, NO_GUESTS), old=True),
    "pools alone": Lesser(given=(("/", "Pool.Audit"),), told=(NO_GUESTS,), old=True),
    "guests alone": Lesser(given=(("/", "VM.Audit"),), told=(NO_POOLS,), old=True),
    "the first edition's": Lesser(given=(("/pool", "Pool.Allocate"),), told=(NO_POOLS, NO_GUESTS), old=True),
    "both on /pool": Lesser(given=(("/pool", "Pool.Audit VM.Audit"),), old=True),
    "both on /vms and /pool": Lesser(given=(("/pool", "Pool.Audit"), ("/vms", "VM.Audit")), old=True),
    "both on one pool": Lesser(given=(("/pool/dns", "Pool.Audit VM.Audit"),), told=(NO_POOLS,), old=True),
    "guests of one pool only": Lesser(
        given=(("/pool", "Pool.Audit"), ("/pool/dns", "Pool.Audit VM.Audit")),
        told=tuple((f"pool {name}", f"VM.Audit on /pool/{name} is missing") for name in ("svc", "svc/web", "void")),
        old=True,
    ),
    "all on / without what is below": Lesser(given=(("/", ALL, False),), told=(NO_POOLS, NO_GUESTS)),
    "all on /pool without what is below": Lesser(given=(("/pool", ALL, False),), told=(NO_POOLS, NO_GUESTS), old=True),
    "/pool again without what is below": Lesser(given=(("/", ALL), ("/pool", ALL, False))),
    "less on a pool": Lesser(
        given=(("/", ALL), ("/pool/dns", "Datastore.Audit")),
        told=(("pool dns", "Pool.Audit on /pool/dns is missing"),),
    ),
    "less on a pool that holds one": Lesser(
        given=(("/", ALL), ("/pool/svc", "VM.Audit")), told=(("pool svc", "Pool.Audit on /pool/svc is missing"),)
    ),
    "less on a nested pool": Lesser(
        given=(("/", ALL), ("/pool/svc/web", "VM.Audit")),
        told=(("pool svc/web", "Pool.Audit on /pool/svc/web is missing"),),
    ),
    "a pool's guests through /vms": Lesser(given=(("/", ALL), ("/pool/dns", "Pool.Audit"))),
    "a pool's guests not at all": Lesser(
        given=(("/pool", "Pool.Audit VM.Audit"), ("/pool/dns", "Pool.Audit")),
        told=(("pool dns", "VM.Audit on /pool/dns is missing"),),
        old=True,
    ),
    "less on a guest that its pool shows": Lesser(given=(("/", ALL), ("/vms/100", "VM.Console"))),
    "less on a guest in no pool": Lesser(given=(("/", ALL), ("/vms/300", "VM.Console"))),
    "less on a guest and on its pool": Lesser(
        given=(("/", ALL), ("/vms/100", "VM.Console"), ("/pool/dns", "Pool.Audit")),
        told=(("pool dns", "VM.Audit on /pool/dns is missing"),),
    ),
    "no access to pools": Lesser(given=(("/", ALL), ("/pool", "")), told=(NO_POOLS,)),
    "no access to guests": Lesser(given=(("/", ALL), ("/vms", ""), ("/pool", "Pool.Audit")), told=(NO_GUESTS,)),
    "no access to guests, in pools or not": Lesser(given=(("/", ALL), ("/vms", "")), told=(NO_GUESTS,)),
}


def _cluster(version: str, given: tuple[Given, ...], who: tuple[str, ...] = (USER,)) -> FakeCluster:
    guests = (
        FakeGuest(vmid=100, node="pve1", pool="dns"),
        FakeGuest(vmid=101, node="pve2", pool="dns"),
        FakeGuest(vmid=200, node="pve1", pool="svc/web"),
        FakeGuest(vmid=201, node="pve2", pool="svc/web"),
        FakeGuest(vmid=300, node="pve1"),
    )
    pools = tuple(FakePool(name=name) for name in sorted(POOLS))
    return with_nodes(
        version, guests=guests, pools=pools, acl=tuple(_entry(each, one) for each in given for one in who)
    )


def _entry(given: Given, who: str) -> FakeAclEntry:
    path, privileges, propagate = (*given, True)[:3]
    return FakeAclEntry(path=path, who=who, privileges=privileges.split(), propagate=propagate)


def _short(placement: Placement) -> set[tuple[str, str]]:
    return {(trouble.subject, trouble.message.split(",", maxsplit=1)[0]) for trouble in placement.troubles}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProxmox]:
    """Start one server; every test reads a cluster of its own from it."""
    with FakeProxmox(with_nodes()) as server:
        yield server


@pytest.fixture(scope="module")
def tokens() -> Iterator[FakeProxmox]:
    """Start one server that is asked with a token."""
    with FakeProxmox(with_nodes(), TOKEN) as server:
        yield server


@pytest.mark.parametrize("version", ["8.2.4", "8.4.1"])
@pytest.mark.parametrize("name", LESSER)
def test_lesser_privileges_are_told_with_what_they_touch(
    fake: FakeProxmox, tmp_path: Path, version: str, name: str
) -> None:
    """Nothing else is, and where nothing is told, all pools and their guests are there."""
    case = LESSER[name]
    placement = read(fake, tmp_path, _cluster(version, case.given))
    expected = {*case.told, *([NO_MAINTENANCE] if case.old and version == "8.2.4" else [])}
    assert _short(placement) == expected
    assert all(trouble.kind == "forbidden" for trouble in placement.troubles)
    if not case.told:
        assert placement.pools == POOLS
        assert {guest.id: guest.pool for guest in placement.guests if guest.pool is not None} == {
            "100": "dns",
            "101": "dns",
            "200": "svc/web",
            "201": "svc/web",
        }


@pytest.mark.parametrize("version", ["8.2.4", "8.4.1"])
@pytest.mark.parametrize("name", LESSER)
def test_the_line_that_is_told_mends_the_view(fake: FakeProxmox, tmp_path: Path, version: str, name: str) -> None:
    """The `pveum` lines, carried out as they are printed, leave no trouble, and lose nothing."""
    cluster = _cluster(version, LESSER[name].given)
    placement = read(fake, tmp_path, cluster)
    assert _mended(fake, tmp_path, cluster, placement) == []


@pytest.mark.parametrize("privsep", [True, False])
@pytest.mark.parametrize("name", LESSER)
def test_the_line_that_is_told_for_a_token_mends_the_view(
    tokens: FakeProxmox, tmp_path: Path, name: str, *, privsep: bool
) -> None:
    """A token has no more than its user, and one that is separated has to be given it again."""
    cluster = _cluster("8.2.4", LESSER[name].given, (USER, TOKEN))
    cluster = replace(cluster, tokens=(FakeToken(privsep=privsep),))
    placement = read(tokens, tmp_path, cluster)
    case = LESSER[name]
    assert _short(placement) == {*case.told, *([NO_MAINTENANCE] if case.old else [])}
    assert _mended(tokens, tmp_path, cluster, placement) == []


@pytest.mark.parametrize("who", [USER, TOKEN])
def test_a_separated_token_needs_its_own_rights_and_its_users(tokens: FakeProxmox, tmp_path: Path, who: str) -> None:
    """Given to one of the two alone, they are as good as none, and the line gives them to both."""
    cluster = _cluster("8.2.4", (("/", ALL),), (who,))
    placement = read(tokens, tmp_path, cluster)
    assert _short(placement) == {NO_POOLS, NO_GUESTS, NO_MAINTENANCE}
    assert _mended(tokens, tmp_path, cluster, placement) == []


def test_a_token_that_is_not_separated_has_what_its_user_has(tokens: FakeProxmox, tmp_path: Path) -> None:
    """Nothing has to be given to it."""
    cluster = replace(_cluster("8.2.4", (("/", ALL),)), tokens=(FakeToken(privsep=False),))
    assert told(read(tokens, tmp_path, cluster)) == []


def test_what_lesser_rights_hide_beside_the_pools_is_remarked(fake: FakeProxmox, tmp_path: Path) -> None:
    """It changes no verdict: guests outside pools, and HA rules where maintenance is told otherwise."""
    placement = read(fake, tmp_path, _cluster("8.4.1", (("/pool", "Pool.Audit VM.Audit"),)))
    assert [remark.code for remark in placement.remarks] == ["rules-unread", "guests-hidden"]
    assert all("pveum acl modify" in remark.message for remark in placement.remarks)
    assert all(node.memory_bytes is None for node in placement.nodes)


@pytest.mark.parametrize("pool", ["späße", "a b", "it's", "$(reboot)"])
def test_odd_names_of_pools_stay_one_word_of_the_line(fake: FakeProxmox, tmp_path: Path, pool: str) -> None:
    """The line can be pasted into a shell."""
    cluster = with_nodes(guests=(FakeGuest(vmid=100, node="pve1", pool=pool),))
    cluster = replace(cluster, acl=(_entry(("/", ALL), USER), _entry((f"/pool/{pool}", "Datastore.Audit"), USER)))
    placement = read(fake, tmp_path, cluster)
    assert told(placement) == [("forbidden", f"pool {pool}")]
    assert _mended(fake, tmp_path, cluster, placement) == []


def _mended(fake: FakeProxmox, folder: Path, cluster: FakeCluster, placement: Placement) -> list[str]:
    """Return what is still told after what was told has been done."""
    for trouble in placement.troubles:
        line = re.search(r"pveum acl modify .*$", trouble.message)
        assert line, trouble.message
        cluster = _carried_out(line[0], cluster)
    again = read(fake, folder, cluster)
    seen = {guest.id for guest in again.guests}
    assert seen >= {guest.id for guest in placement.guests}
    return [trouble.message for trouble in again.troubles]


def _carried_out(line: str, cluster: FakeCluster) -> FakeCluster:
    """Return the cluster after `pveum acl modify PATH --users U --tokens T --roles R [--delete 1]`."""
    words = shlex.split(line)
    assert words[:3] == ["pveum", "acl", "modify"]
    path, options = words[3], dict(zip(words[4::2], words[5::2], strict=True))
    role = {"PVEAuditor": AUDIT, "NoAccess": ()}[options.pop("--roles")]
    delete = options.pop("--delete", "0") == "1"
    assert options.keys() <= {"--users", "--tokens"}
    given = [FakeAclEntry(path=path, who=who, privileges=role) for who in options.values()]
    kept = [each for each in cluster.acl if (each.path, each.who, tuple(each.privileges)) not in map(_key, given)]
    return replace(cluster, acl=(*kept, *(() if delete else given)))


def _key(entry: FakeAclEntry) -> tuple[str, str, tuple[str, ...]]:
    return entry.path, entry.who, tuple(entry.privileges)
