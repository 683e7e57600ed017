"""Definitions on real libvirt nodes: kept, changed behind the operator's back, and compared after migrations."""

from pathlib import Path

from tests.libvirt_lab import Lab, is_silent
from tests.live import assert_clear

SECRET = "geheim77"
RICH = """<devices><graphics type='vnc' autoport='yes' passwd='{}'/>
<interface type='user'><model type='virtio'/></interface><serial type='pty'/><console type='pty'/>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>"""


def _define_richly(nodes: Lab, name: str, node: int) -> None:
    """Define and start a guest that has of each kind of device that libvirt changes while it runs."""
    nodes.do("define", name, str(node))
    nodes.virsh(node, "destroy", name)
    _redefine(nodes, name, node, "<devices>", RICH.format(SECRET))
    nodes.virsh(node, "start", name)


def _redefine(nodes: Lab, name: str, node: int, old: str, new: str) -> None:
    definition = nodes.state / f"{name}-{node}.xml"
    dumped = nodes.virsh(node, "dumpxml", "--inactive", "--security-info", name)
    assert old in dumped
    definition.write_text(dumped.replace(old, new), "utf-8")
    nodes.virsh(node, "define", str(definition))


def test_what_runs_is_kept_without_its_password_and_a_change_behind_ones_back_is_told(
    nodes: Lab, database: Path
) -> None:
    """By diff-definition with its place, and by run --verbose; run itself is silent."""
    _define_richly(nodes, "web0", 1)
    nodes.do("guest", "dns0", "3")
    ran = nodes.run(database, "import-definition", "--all")
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout == (
        "kept version 1 of 'dns0', from node node3\nkept version 1 of 'web0', from node node1\n2 new, 0 kept already\n"
    )
    assert SECRET.encode() not in database.read_bytes()
    assert SECRET not in nodes.run(database, "export-definition", "--name", "web0").stdout
    _redefine(nodes, "web0", 1, "<on_crash>destroy", "<on_crash>restart")
    ran = nodes.run(database, "diff-definition", "--name", "web0")
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout == "web0: from version 1 to node node1:\n  on_crash: 'destroy' → 'restart'\n"
    told = nodes.run(database, "run", "--verbose").stdout
    assert "warning: definition-changed: " in told
    assert "on_crash: 'destroy' → 'restart'" in told
    assert is_silent(nodes.run(database))
    assert nodes.run(database, "import-definition", "--name", "web0").stdout.startswith("kept version 2 of 'web0'")
    assert "definition-" not in nodes.run(database, "run", "--verbose").stdout


def test_a_file_with_its_password_is_kept_and_written_out_for_its_owner_alone(nodes: Lab, database: Path) -> None:
    """As virsh dumps it for root."""
    _define_richly(nodes, "web0", 1)
    file, out = nodes.state / "web0-kept.xml", nodes.state / "web0-out.xml"
    file.write_text(nodes.virsh(1, "dumpxml", "--security-info", "--inactive", "web0"), "utf-8")
    assert SECRET in file.read_text("utf-8")
    database.chmod(0o644)
    assert nodes.run(database, "import-definition", "--file", str(file)).status == 77
    database.chmod(0o600)
    assert nodes.run(database, "import-definition", "--file", str(file)).status == 0
    ran = nodes.run(database, "export-definition", "--name", "web0")
    assert_clear(ran, SECRET)
    assert "(hidden)" in ran.stdout
    assert (
        nodes.run(database, "export-definition", "--name", "web0", "--output", str(out), "--with-secrets").status == 0
    )
    assert out.read_text("utf-8") == file.read_text("utf-8")
    assert "do not differ" in nodes.run(database, "diff-definition", "--name", "web0").stdout


def test_a_migration_is_no_change_of_the_definition(nodes: Lab, database: Path) -> None:
    """Neither of one that is left behind, nor with that of the run, nor once it is back."""
    _define_richly(nodes, "web0", 1)
    assert nodes.run(database, "import-definition", "--all").status == 0
    for origin, target, *options in ((1, 3), (3, 1), (1, 4, "--persistent")):
        nodes.migrate("web0", int(origin), int(target), *map(str, options))
        told = nodes.run(database, "run", "--verbose")
        assert "definition-" not in told.stdout, told.stdout
        ran = nodes.run(database, "diff-definition", "--name", "web0")
        assert "do not differ" in ran.stdout
        assert "→" not in ran.stdout
        assert nodes.run(database, "import-definition", "--all").stdout == "0 new, 1 kept already\n"


def test_a_domain_that_is_being_migrated_is_left_out_and_told(nodes: Lab, database: Path) -> None:
    """The rest is kept."""
    nodes.do("guest", "dns0", "1")
    nodes.do("guest", "dns1", "2")
    moving = nodes.start_migration("dns0", 1, 3)
    try:
        ran = nodes.run(database, "import-definition", "--all")
    finally:
        moving.wait()
    assert_clear(ran)
    if "being migrated" in ran.stderr:
        assert (ran.status, ran.stdout) == (69, "kept version 1 of 'dns1', from node node2\n1 new, 0 kept already\n")
    else:
        assert (ran.status, ran.stdout.splitlines()[-1]) == (0, "2 new, 0 kept already")


def test_a_definition_that_a_migration_makes_of_the_run_is_told(nodes: Lab, database: Path) -> None:
    """With `--persistent`, what is transient takes the processor of its run along: the next start has that one."""
    _define_richly(nodes, "web0", 1)
    assert nodes.run(database, "import-definition", "--all").status == 0
    nodes.migrate("web0", 1, 3, "--undefinesource")
    nodes.migrate("web0", 3, 1, "--persistent")
    told = nodes.run(database, "diff-definition", "--name", "web0").stdout
    assert "  cpu@check: 'none' → 'full'\n" in told


def test_one_disk_that_two_domains_have_open_is_told(nodes: Lab, database: Path) -> None:
    """Over the network no lock of QEMU's keeps the second from starting."""
    nodes.do("guest", "web0", "1", "64", "nbd")
    assert "disk-shared" not in nodes.run(database, "run", "--verbose").stdout
    uuid = nodes.virsh(1, "domuuid", "web0").strip()
    copy = nodes.state / "web1.xml"
    dumped = nodes.virsh(1, "dumpxml", "--inactive", "web0")
    copy.write_text(dumped.replace(">web0<", ">web1<").replace(f"<uuid>{uuid}</uuid>", ""), "utf-8")
    nodes.virsh(3, "create", str(copy))
    told = nodes.run(database, "run", "--verbose").stdout
    assert "warning: disk-shared: " in told
    assert "'web0' on 'node1'" in told
    assert "'web1' on 'node3'" in told
    assert is_silent(nodes.run(database))
