"""Are the nodes logged in to the iSCSI targets that guests' disks lie on, each by a name of its own?"""

from collections import defaultdict
from collections.abc import Iterator

from ...cluster.names import NodeName, listed
from .finding import Finding, Severity, unchecked
from .iscsi import has_session, needs_of
from .presence import severity_for
from .seen import Seen, Users


def judge_iscsi(seen: Seen) -> Iterator[Finding]:
    """Yield each target on which a guest's disk lies by its path, and in to which a node is not logged."""
    needs = {target: need.users for target, need in needs_of(seen).items() if need.users != Users()}
    shells = seen.surroundings.shells
    sessions = {name: shell.sessions for name, shell in shells.items() if shell.sessions is not None}
    silent = tuple(sorted(seen.inventory.nodes.keys() - sessions.keys()))
    if needs and silent:
        yield unchecked("iSCSI sessions", "only root over ssh is told them", silent)
    for target, users in sorted(needs.items()):
        if without := tuple(sorted(name for name, known in sessions.items() if not has_session(known, target))):
            message = f"{listed(without)} not logged in at {target.portal}; {users.words}"
            mend = "see what is to be done with: vrd scan-iscsi, and have it done with: vrd scan-iscsi --yes"
            yield Finding(
                severity_for(users), "iscsi-not-logged-in", f"iSCSI target {target.iqn}", message, mend, without
            )


def judge_initiators(seen: Seen) -> Iterator[Finding]:
    """Yield the nodes that have one initiator name between them, as machines have that were cloned.

    A session belongs to the initiator's name (RFC 7143, 4.3), so targets take such nodes for one.
    """
    named: defaultdict[str, list[NodeName]] = defaultdict(list)
    for name, shell in sorted(seen.surroundings.shells.items()):
        if shell.initiator:
            named[shell.initiator].append(name)
    for initiator, nodes in sorted(named.items()):
        if len(nodes) > 1:
            logged_in = [name for name in nodes if seen.surroundings.shells[name].sessions]
            severity: Severity = "fault" if logged_in else "warning"
            message = f"{listed(nodes)} all have this name, so that a login of one may end the session of another"
            mend = "on all but one of them, with no session open, give it a new one: iscsi-iname prints some, and "
            mend += "/etc/iscsi/initiatorname.iscsi is where it stands; then restart iscsid"
            yield Finding(severity, "iscsi-initiator-same", f"iSCSI initiator {initiator}", message, mend, tuple(nodes))
