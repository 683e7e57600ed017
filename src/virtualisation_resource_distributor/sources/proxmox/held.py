"""Which privileges serve the check, and is each of them held, path by path?"""

from collections.abc import Iterable

from ...cluster.facts import PrivilegeFacts
from ...cluster.names import GuestId, PoolName
from ...settings import ProxmoxSettings
from .answers import Answers
from .privileges import Missing, inherited, less_to_know, mend_of, missing_privileges, storages_unseen

_SERVING = (
    ("Pool.Audit", "/pool"),
    ("VM.Audit", "/vms"),
    ("Sys.Audit", "/"),
    ("Sys.Audit", "/nodes"),
    ("Datastore.Audit", "/storage"),
)


def privileges_of(
    answers: Answers, pools: Iterable[PoolName], guests: frozenset[GuestId], settings: ProxmoxSettings
) -> tuple[PrivilegeFacts, ...]:
    """Return each privilege that serves the check, held or missing, path by path."""
    permissions, version = answers.permissions, answers.version
    facts = {
        (one.privilege, one.path): _facts(one, settings, needed=True)
        for one in missing_privileges(permissions, version, pools, guests)
    }
    sizes = Missing(privilege="Sys.Audit", path="/nodes", subject="cluster", hidden="how much memory nodes have")
    less = [one for _, one in less_to_know(permissions, version)]
    less += [sizes] if not inherited(permissions, "/nodes", "Sys.Audit") else []
    less += [storages_unseen()] if not inherited(permissions, "/storage", "Datastore.Audit") else []
    for one in less:
        facts.setdefault((one.privilege, one.path), _facts(one, settings, needed=False))
    for privilege, path in _SERVING:
        facts.setdefault((privilege, path), PrivilegeFacts(privilege=privilege, path=path, held=True))
    order = {place: number for number, place in enumerate(_SERVING)}
    return tuple(facts[place] for place in sorted(facts, key=lambda place: (order.get(place, len(order)), place)))


def _facts(missing: Missing, settings: ProxmoxSettings, *, needed: bool) -> PrivilegeFacts:
    return PrivilegeFacts(
        privilege=missing.privilege,
        path=missing.path,
        held=False,
        needed=needed,
        hidden=missing.hidden,
        mend=mend_of(missing, settings),
    )
