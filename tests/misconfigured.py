"""What is wrong at a newcomer's, case by case, and which of it is wrong at once."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from tests.databases import crash_while_writing, execute
from tests.doctoring import Place
from tests.fake_proxmox import ROLES, FakeAclEntry, FakeNode, FakeToken, FakeUser
from tests.live import fine

TOKEN = "vrd@pve!check"
SECRET = "5ec2e7aa-0000-4000-8000-000000007731"
PASTED = "ba5ed000-1111-4222-8333-444444444444"
ANOTHER_USER = 12345
CLUSTER = replace(
    fine(),
    users=(FakeUser(password="Kirschbaum/7731"), FakeUser(name="root@pam")),
    tokens=(FakeToken(secret=SECRET), FakeToken(name="root@pam!check", secret=SECRET)),
)


def _sets(**settings: str) -> Callable[[Place], object]:
    return lambda place: place.set(**settings)


def _adds(text: str) -> Callable[[Place], object]:
    return lambda place: place.dotenv.write_text(place.dotenv.read_text(encoding="utf-8") + text, encoding="utf-8")


def _changes(**fields: object) -> Callable[[Place], object]:
    return lambda place: place.api.change(replace(place.api.cluster, **fields))  # type: ignore[arg-type]


def _models(*commands: str) -> Callable[[Place], object]:
    def run(place: Place) -> None:
        for command in commands:
            done = place.vrd(*command.split())
            assert done.returncode == 0, done.stderr

    return run


def _access(*entries: tuple[str, str, tuple[str, ...]]) -> Callable[[Place], object]:
    return _changes(acl=tuple(FakeAclEntry(path=path, who=who, privileges=role) for who, path, role in entries))


def _makes_alien(place: Place) -> None:
    place.database.unlink()
    execute(place.database, "CREATE TABLE songs (title TEXT)")


def _makes_wal(place: Place) -> None:
    with closing(sqlite3.connect(place.database)) as database:
        database.execute("PRAGMA journal_mode = WAL")


def _moves_the_database_into_nothing(place: Place) -> None:
    place.set(DATABASE_PATH=str(place.folder / "a b" / "model.sqlite3"))


def _lets_the_secret_be_wrong(place: Place) -> None:
    place.secret.write_text("11111111-wrong", encoding="utf-8")


def _trusts_a_text(place: Place) -> None:
    (place.folder / "ca.pem").write_text("no certificate\n", encoding="utf-8")
    place.set(PROXMOX_CA_FILE=str(place.folder / "ca.pem"))


def _hangs(place: Place) -> None:
    place.set(PROXMOX_TIMEOUT="0.5")
    place.api.accept_only()


def _uses_the_users_own_rights(place: Place) -> None:
    token = FakeToken(secret=SECRET, privsep=False)
    admin = FakeAclEntry(path="/", who="vrd@pve", privileges=ROLES["PVEVMAdmin"])
    audit = FakeAclEntry(path="/", who="vrd@pve", privileges=ROLES["VRDAudit"])
    place.api.change(replace(place.api.cluster, tokens=(token,), acl=(admin, audit)))


CASES: dict[str, tuple[str, str, Callable[[Place], object]]] = {
    "a-word-that-is-no-boolean": ("setting", "fault", _sets(PROXMOX_VERIFY_SSL="maybe")),
    "a-list-without-quotes": ("setting", "fault", _sets(EXCLUDE_POOLS_NAMES="void,dns")),
    "half-a-list": ("setting", "fault", _sets(EXCLUDE_POOLS_NAMES="[")),
    "a-url-for-a-host": (
        "setting",
        "fault",
        lambda place: place.set(PROXMOX_HOST=f"https://x:{PASTED}@{place.api.host}/"),
    ),
    "a-host-that-is-none": ("setting", "fault", _sets(PROXMOX_HOST=f"{PASTED}@pve1")),
    "a-whole-token-for-its-name": ("setting", "fault", _sets(PROXMOX_TOKEN_NAME=f"{TOKEN}={PASTED}")),
    "seconds-with-a-unit": ("setting", "fault", _sets(PROXMOX_TIMEOUT="5s")),
    "a-memory-limit-of-no-kind": ("setting", "fault", _sets(NODE_MEMORY_LIMIT="4GiB")),
    "a-source-in-capitals": ("setting", "fault", _sets(SOURCE="Proxmox")),
    "a-database-by-url": ("setting", "fault", _adds(f"DATABASE_URL=postgresql://x:{PASTED}@db/model\n")),
    "dotenv-that-others-write": ("dotenv", "fault", lambda place: place.dotenv.chmod(0o664)),
    "dotenv-of-another-user": ("dotenv", "fault", lambda place: shutil.chown(place.dotenv, ANOTHER_USER)),
    "a-colon-in-dotenv": ("dotenv", "fault", _adds("NODE_MEMORY_LIMIT: 90%\n")),
    "a-broken-quote-in-dotenv": ("dotenv", "fault", _adds("NODE_MEMORY_LIMIT='90%\n")),
    "dotenv-that-is-no-text": ("dotenv", "fault", lambda place: place.dotenv.write_bytes(b"PROXMOX_REALM=\xff\n")),
    "a-misspelt-setting": ("unknown-setting", "warning", _adds("PROXMOX_TIMEOUTS=6\n")),
    "a-password-in-dotenv": ("unknown-setting", "warning", _adds(f"PROXMOX_PASSWORD={PASTED}\n")),
    "no-secret": ("secret", "fault", lambda place: place.secret.unlink()),
    "a-secret-that-others-read": ("secret", "fault", lambda place: place.secret.chmod(0o644)),
    "an-empty-secret": ("secret", "fault", lambda place: place.secret.write_bytes(b"")),
    "a-secret-of-another-user": ("secret", "warning", lambda place: shutil.chown(place.secret, ANOTHER_USER)),
    "no-database": ("database", "fault", lambda place: place.database.unlink()),
    "no-directory-of-the-database": ("database", "fault", _moves_the_database_into_nothing),
    "an-empty-database": ("database", "fault", lambda place: place.database.write_bytes(b"")),
    "text-for-a-database": ("database", "fault", lambda place: place.database.write_bytes(b"zones: []\n" * 9)),
    "a-database-of-others": ("database", "fault", _makes_alien),
    "a-database-in-wal": ("database", "fault", _makes_wal),
    "a-database-left-half-written": ("database", "fault", lambda place: crash_while_writing(place.database)),
    "a-name-that-does-not-resolve": ("connection", "fault", _sets(PROXMOX_HOST="pve.invalid")),
    "one-host-of-two-that-is-none": (
        "connection",
        "warning",
        lambda place: place.set(PROXMOX_HOST=f"pve.invalid,{place.api.host}"),
    ),
    "a-host-that-says-nothing": (
        "connection",
        "fault",
        _hangs,
    ),
    "an-authority-that-nobody-knows": ("certificate", "fault", _sets(PROXMOX_CA_FILE="")),
    "an-authority-that-is-not-there": (
        "certificate",
        "fault",
        lambda place: place.set(PROXMOX_CA_FILE=str(place.folder / "ca.pem")),
    ),
    "an-authority-that-is-none": ("certificate", "fault", _trusts_a_text),
    "another-fingerprint": ("certificate", "fault", _sets(PROXMOX_FINGERPRINT="ab" * 32)),
    "an-expired-certificate": ("certificate", "fault", lambda place: place.api.present("expired")),
    "a-certificate-of-another-name": ("certificate", "fault", lambda place: place.api.present("wrong-name")),
    "a-certificate-that-ends-soon": ("certificate", "warning", lambda place: place.api.present("expiring")),
    "a-certificate-that-nobody-checks": ("certificate", "warning", _sets(PROXMOX_VERIFY_SSL="False")),
    "a-wrong-secret": ("login", "fault", _lets_the_secret_be_wrong),
    "a-user-with-realm": ("login", "fault", _sets(PROXMOX_USERNAME="vrd@pve")),
    "a-whole-token-for-the-user": ("login", "fault", _sets(PROXMOX_USERNAME=f"{TOKEN}={PASTED}")),
    "a-secret-for-the-tokens-name": ("login", "fault", _sets(PROXMOX_TOKEN_NAME=PASTED)),
    "a-realm-in-capitals": ("login", "fault", _sets(PROXMOX_REALM="PVE")),
    "a-token-without-a-role": ("privilege", "fault", _access(("vrd@pve", "/", ROLES["VRDAudit"]))),
    "the-role-of-the-first-edition": ("privilege", "fault", _access(("vrd@pve", "/pool", ("Pool.Allocate",)))),
    "no-rights-on-nodes": (
        "privilege",
        "warning",
        _access(*((who, path, ROLES["VRDAudit"]) for who in ("vrd@pve", TOKEN) for path in ("/pool", "/vms"))),
    ),
    "a-token-that-may-write": (
        "write-privilege",
        "warning",
        _access(*((who, "/", role) for who in ("vrd@pve", TOKEN) for role in (ROLES["VRDAudit"], ROLES["PVEVMAdmin"]))),
    ),
    "a-token-with-its-users-rights": ("write-privilege", "warning", _uses_the_users_own_rights),
    "a-node-in-no-zone": ("node-zone", "fault", _models("delete-node --name pve2")),
    "a-node-by-another-name": (
        "node-zone",
        "fault",
        _models("delete-node --name pve3", "create-node --name PVE3.example.org --zone-name rtm"),
    ),
    "a-node-that-is-gone": ("node-live", "warning", _models("create-node --name pve9 --zone-name ams")),
    "a-node-that-is-offline": (
        "node-live",
        "warning",
        _changes(nodes=(FakeNode(name="pve1"), FakeNode(name="pve2", status="offline"), FakeNode(name="pve3"))),
    ),
    "a-node-that-can-not-be-told": (
        "node-live",
        "fault",
        _changes(nodes=(FakeNode(name="pve1"), FakeNode(name="pve2", status="unknown"), FakeNode(name="pve3"))),
    ),
    "zones-without-nodes": (
        "zone-nodes",
        "warning",
        _models(
            "create-zone --name lon", "create-zone --name lon1 --parent lon", "create-zone --name lon2 --parent lon"
        ),
    ),
    "no-zones": (
        "zones",
        "fault",
        _models(
            *(f"delete-node --name pve{number}" for number in (1, 2, 3)),
            "delete-zone --name ams",
            "delete-zone --name rtm",
        ),
    ),
    "no-pools": ("pools", "fault", _changes(pools=(), guests=())),
    "an-excluded-pool-that-is-not-there": (
        "excluded-pools",
        "warning",
        _sets(EXCLUDE_POOLS_NAMES="""'["void", "viod #1"]'"""),
    ),
    "a-pool-of-the-model-that-is-not-there": ("model-pools", "warning", _models("create-pool --name web")),
    "clocks-that-differ": ("clock", "warning", _changes(clock_ahead_seconds=-90.0)),
}


# What does not hide each other is wrong at once, as it is at a newcomer's; `.env` is rewritten before it is spoilt.
SETUPS: tuple[tuple[str, ...], ...] = (
    ("a-word-that-is-no-boolean", "a-misspelt-setting", "dotenv-that-others-write"),
    ("a-url-for-a-host", "dotenv-of-another-user"),
    ("a-realm-in-capitals", "no-database"),
    ("a-host-that-is-none",),
    ("a-secret-for-the-tokens-name",),
    ("a-whole-token-for-its-name", "an-empty-database"),
    ("seconds-with-a-unit", "no-secret", "a-database-of-others"),
    ("a-memory-limit-of-no-kind", "a-certificate-that-ends-soon", "a-wrong-secret", "clocks-that-differ"),
    ("a-source-in-capitals", "a-database-in-wal"),
    ("dotenv-that-is-no-text",),
    ("a-name-that-does-not-resolve", "no-directory-of-the-database"),
    ("a-host-that-says-nothing", "text-for-a-database"),
    ("a-list-without-quotes", "an-authority-that-nobody-knows", "a-secret-that-others-read", "a-password-in-dotenv"),
    ("an-authority-that-is-not-there", "an-empty-secret"),
    ("an-authority-that-is-none", "a-database-left-half-written"),
    ("another-fingerprint", "zones-without-nodes"),
    ("an-expired-certificate", "a-database-by-url", "a-secret-of-another-user", "a-colon-in-dotenv"),
    ("half-a-list", "a-certificate-of-another-name", "a-broken-quote-in-dotenv"),
    ("a-certificate-that-nobody-checks", "a-user-with-realm", "no-zones"),
    ("one-host-of-two-that-is-none", "a-whole-token-for-the-user"),
    ("a-token-without-a-role", "a-node-in-no-zone"),
    ("the-role-of-the-first-edition", "a-node-by-another-name"),
    ("no-rights-on-nodes", "a-node-that-is-gone"),
    ("a-token-that-may-write", "an-excluded-pool-that-is-not-there", "a-pool-of-the-model-that-is-not-there"),
    ("a-token-with-its-users-rights", "a-node-that-is-offline"),
    ("no-pools", "a-node-that-can-not-be-told"),
)
