"""What was found out about an installation, beside who runs where?

What sources and store saw, as values; what is wrong with it is for the judgement to say.
"""

from datetime import datetime
from typing import Literal, NamedTuple

from .model import Model
from .names import NodeName, PoolName
from .placement import Placement


class SecretFacts(NamedTuple):
    """A file that must hold a secret.

    `open` is one that others can read, `closed` one that this user can't, `foreign` one that another user owns; `owner`
    is who, where that is known. `message` says what is wrong. `secret` is what it holds where it can be used, and is
    never shown.
    """

    path: str
    state: Literal["fine", "foreign", "open", "closed", "missing", "unusable"]
    message: str = ""
    owner: int | None = None
    secret: str | None = None

    def __repr__(self) -> str:
        return f"SecretFacts(path={self.path!r}, state={self.state!r})"


class DatabaseFacts(NamedTuple):
    """The database: `nowhere` is one whose directory is missing, `alien` a file that is none of this program's.

    `version` is what the file has, `newest` what this program makes; `model` is None where it could not be read.
    `message` says why, and `advice` what to do where no command is known that mends it.
    """

    path: str
    state: Literal["fine", "nowhere", "missing", "empty", "wal", "torn", "alien", "busy", "broken"]
    newest: int
    version: int | None = None
    model: Model | None = None
    message: str = ""
    advice: str = ""


class CertificateFacts(NamedTuple):
    """The certificate that a host shows; `fingerprint` is its SHA-256 as `AB:CD:…`."""

    fingerprint: str
    names: tuple[str, ...]
    not_after: datetime


class HostFacts(NamedTuple):
    """One host of a Proxmox VE API, looked at without logging in.

    `reach` is what became of the connection (`unnamed`: the name does not resolve), `message` says so in a sentence.
    `realms` are those that users can log in to, empty where they are not known. `ahead_seconds` is how far its clock is
    ahead of this machine's, `within_seconds` how far off that may be, for its answer has whole seconds and takes time.
    """

    host: str
    reach: Literal["answers", "untrusted", "unnamed", "unreachable"]
    message: str = ""
    realms: frozenset[str] = frozenset()
    certificate: CertificateFacts | None = None
    ahead_seconds: float | None = None
    within_seconds: float = 0.0


class PrivilegeFacts(NamedTuple):
    """A privilege on a path that serves the check; `hidden` is what can't be seen without it, `mend` gives it.

    `needed` tells whether a verdict rests on it.
    """

    privilege: str
    path: str
    held: bool
    needed: bool = True
    hidden: str = ""
    mend: str = ""


class WriteFacts(NamedTuple):
    """Privileges on a path that could change something; `mend` is the command that takes them away."""

    path: str
    privileges: tuple[str, ...]
    mend: str


class AccessFacts(NamedTuple):
    """What a login showed: the rights of the account, and the placement that it sees.

    `writes` is None where it could not be found out. `passed_over` has a sentence for each host that answered and was
    not believed.
    """

    account: str
    version: str
    privileges: tuple[PrivilegeFacts, ...]
    writes: tuple[WriteFacts, ...] | None
    placement: Placement
    passed_over: tuple[str, ...] = ()


class NodeFacts(NamedTuple):
    """One libvirt node, opened read-only: `uri` as it may be shown; `fault` says why it could not be, else it is empty.

    `machine` tells machines apart: two nodes of one lead to the same.
    """

    name: NodeName
    uri: str
    machine: str
    fault: str = ""
    versions: str = ""


class PatternFacts(NamedTuple):
    """A member pattern of a pool, and the names of the domains that it matches."""

    pool: PoolName
    pattern: str
    names: frozenset[str]


class OverlapFacts(NamedTuple):
    """Domains that patterns of two pools match; `runs` tells whether one of them is not stopped, and so contested."""

    one: PatternFacts
    other: PatternFacts
    names: tuple[str, ...]
    runs: bool
