"""Do the nodes have one time, and does ssh lead from each to each other?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import median

from ...cluster.names import NodeName, listed
from ...cluster.surroundings import ROOT, ShellFacts
from .finding import Finding, Severity, unchecked
from .seen import Seen

_SKEW_TOLD_SECONDS = 1.0
_SKEW_FAULT_SECONDS = 60.0
_THIS_MACHINE = 0.0
_Shells = Mapping[NodeName, ShellFacts]


def judge_unasked(seen: Seen) -> Iterator[Finding]:
    """Yield once, for each reason, the nodes that could not be asked over ssh."""
    nodes: defaultdict[str, list[NodeName]] = defaultdict(list)
    for name, why in seen.surroundings.unasked.items():
        nodes[why].append(name)
    for why, names in sorted(nodes.items()):
        yield unchecked("clock, ssh trust and iSCSI sessions", why, names)


def judge_clocks(seen: Seen) -> Iterator[Finding]:
    """Yield the nodes whose clock is off the middle of all clocks, this machine's among them."""
    ahead = {name: shell for name, shell in seen.surroundings.shells.items() if shell.ahead_seconds is not None}
    middle = median([_THIS_MACHINE, *(shell.ahead_seconds or 0.0 for shell in ahead.values())])
    for name, shell in sorted(ahead.items()):
        off = (shell.ahead_seconds or 0.0) - middle
        surely = abs(off) - shell.within_seconds
        if surely >= _SKEW_TOLD_SECONDS:
            direction = "ahead of" if off > 0 else "behind"
            message = f"its clock is about {abs(off):.0f} s {direction} the others"
            mend = f"on '{name}' run: timedatectl set-ntp true, and see that it gets an answer: chronyc tracking"
            severity: Severity = "fault" if surely >= _SKEW_FAULT_SECONDS else "warning"
            yield Finding(severity, "clock-skew", f"node {name}", message, mend, (name,))


def judge_trust(seen: Seen) -> Iterator[Finding]:
    """Yield each way from node to node that ssh would not go, for root: a migration between nodes goes it so."""
    shells = seen.surroundings.shells
    if others := sorted(name for name, shell in shells.items() if shell.uid != ROOT):
        accounts = sorted({shells[name].account for name in others})
        yield unchecked("ssh trust between nodes", f"{listed(accounts)} does not see what root may", others)
    if secret := sorted(name for name, shell in shells.items() if shell.uid == ROOT and shell.authorized is None):
        why = "sshd there tells no files that alone decide who may log in"
        yield unchecked("ssh keys that may log in", why, secret)
    for name, shell in sorted(shells.items()):
        if shell.uid == ROOT:
            yield from _users(name, shell, shells)
            yield from _keys(name, shell, shells)
            yield from _host_keys(name, shell, shells)


def _users(name: NodeName, shell: ShellFacts, shells: _Shells) -> Iterator[Finding]:
    """Yield the nodes to which ssh goes as another user from this node than from here."""
    for other, way in sorted(shell.ways.items()):
        if other in shells and way.user and way.user != shells[other].account:
            message = f"ssh from it to '{other}' goes as '{way.user}', and from here as '{shells[other].account}'"
            mend = "name the user in the node's URI (set-node --uri), or make ssh_config the same on all nodes"
            yield Finding("warning", "ssh-user-differs", f"node {name}", message, mend, (name, other))


def _keys(name: NodeName, shell: ShellFacts, shells: _Shells) -> Iterator[Finding]:
    """Yield the nodes at which none of this node's keys may log in."""
    closed = [
        other
        for other, way in sorted(shell.ways.items())
        if other in shells
        and (authorized := shells[other].authorized) is not None
        and way.user == shells[other].account
        and not way.keys & authorized
    ]
    if not closed:
        return
    has_keys = any(shell.ways[other].keys for other in closed)
    what = "none of its keys may log in" if has_keys else "it has no key to log in with"
    mend = f"on '{name}' run: {'' if has_keys else 'ssh-keygen -t ed25519 && '}ssh-copy-id HOST, for each of them"
    message = f"ssh does not lead from it to {listed(closed)}: {what}"
    yield Finding("fault", "ssh-key-missing", f"node {name}", message, mend, (name, *closed))


def _host_keys(name: NodeName, shell: ShellFacts, shells: _Shells) -> Iterator[Finding]:
    """Yield the nodes whose host key this node does not know, or knows another one of."""
    ways = {other: way for other, way in shell.ways.items() if other in shells and not way.trusts_authority}
    if unknown := sorted(other for other, way in ways.items() if not way.known):
        message = f"ssh from it does not know the host key of {listed(unknown)}"
        mend = f"on '{name}' run: ssh HOST, for each of them, and compare the key with ssh-keygen -lf of its own"
        yield Finding("fault", "ssh-host-key-unknown", f"node {name}", message, mend, (name, *unknown))
    stale = sorted(
        other
        for other, way in ways.items()
        if way.known and shells[other].host_keys and not way.known & shells[other].host_keys
    )
    if stale:
        message = f"ssh from it knows other host keys of {listed(stale)} than these have"
        mend = f"find out why; if a node was installed anew, on '{name}' run: ssh-keygen -R HOST, and then ssh HOST"
        yield Finding("fault", "ssh-host-key-differs", f"node {name}", message, mend, (name, *stale))
