"""A plan as a shell script that guards itself: each step looks first whether all is as the plan saw it.

What stands between commands is for POSIX shells. The steps lie in a function, so that a script of which only a part
arrives does nothing, and so that no command reads the script itself where it comes through a pipe.
"""

from collections.abc import Iterator
from shlex import quote

from ..cluster.cluster import Cluster, Guest
from ..judge.plan import Plan, Step, Unresolved
from .migration import Uris, command_of, domain_word, uri_word
from .plan_text import total_line
from .text import printable

_SECONDS = 60
"""How long a guest may take to run on its new node after Proxmox VE has called its migration done."""
_SECONDS_OF_MANAGER = 3600
"""How long the manager of high availability may take with one that it was asked for."""

_BEGINNING = """\
set -eu

say() { printf '%s\\n' "$*"; }
stop() {
    printf '%s\\n' "stopped at $*. Nothing is undone; plan again." >&2
    exit 1
}
"""
_OF_PROXMOX = """
# The row of a node in what the cluster says of itself: "name":"pve1","online":1,"local":0,"ip":"192.0.2.1"
row_of() {
    pvesh get /cluster/status --output-format json | tr -d ' \\n' | tr '}' '\\n' |
        grep -F '"type":"node"' | grep -F "\\"name\\":\\"$1\\""
}
is_online() { row_of "$1" | grep -Eq '"online":"?1'; }

# runs_on KIND ID NODE: does the guest run there?
runs_on() {
    pvesh get "/nodes/$3/$1/$2/status/current" --output-format json | tr -d ' \\n' | grep -Fq '"status":"running"'
}

# arrives KIND ID NODE SECONDS: wait until the guest runs there, so long at most
arrives() {
    waited=0
    until runs_on "$1" "$2" "$3" 2>/dev/null; do
        [ "$waited" -lt "$4" ] || return 1
        sleep 5
        waited=$((waited + 5))
    done
}
"""
_ON_NODE = """
# on_node NODE COMMAND...: run a command on a node, reached as Proxmox VE's own tools reach it
on_node() {
    row=$(row_of "$1") || return 1
    node=$1
    shift
    case $row in *'"local":1'* | *'"local":"1'*)
        "$@"
        return
        ;;
    esac
    address=$(printf '%s\\n' "$row" | sed -n 's/.*"ip":"\\([^"]*\\)".*/\\1/p')
    known=/etc/pve/nodes/$node/ssh_known_hosts
    [ -e "$known" ] || known=/etc/ssh/ssh_known_hosts
    # shellcheck disable=SC2029 # the words are numbers, names of hosts and options
    ssh -o BatchMode=yes -o "HostKeyAlias=$node" -o "UserKnownHostsFile=$known" "root@${address:-$node}" "$@"
}
"""
_OF_LIBVIRT = """
LC_ALL=C # virsh tells states in the language of whoever asks
export LC_ALL

# runs_at URI DOMAIN: does the guest run there?
runs_at() { case $(virsh --connect "$1" domstate "$2") in running | paused) ;; *) return 1 ;; esac }
# answers URI: may this account open the node for more than reading?
answers() { virsh --connect "$1" hostname >/dev/null; }

# carry_autostart FROM_URI TO_URI DOMAIN: the definition that a move leaves behind would start it a second time
carry_autostart() {
    virsh --connect "$1" dominfo "$3" 2>/dev/null | grep -q '^Autostart: *enable *$' || return 0
    virsh --connect "$1" autostart --disable "$3" >/dev/null && virsh --connect "$2" autostart "$3" >/dev/null
}
"""


def script_of(cluster: Cluster, plan: Plan, uris: Uris) -> str:
    """Return the script that makes the plan's moves; of a plan without any it says that there is nothing to move.

    Raises InvalidData where a name can't be written into a command safely.
    """
    head = "".join(f"# {printable(line)}\n" for line in _head(cluster, plan))
    if not plan.steps:
        left = "".join(f"printf '%s\\n' {_text(_left(one))}\n" for one in plan.unresolved)
        return f"#!/bin/sh\n{_directive(left)}{head}set -eu\nprintf '%s\\n' {_text(total_line(plan))}\n{left}"
    steps = "\n".join(
        "".join(f"    {line}\n" for line in _step(step, f"step {number} of {len(plan.steps)}", uris))
        for number, step in enumerate(plan.steps, start=1)
    )
    end = "".join(f"    say {_text(_left(one))}\n" for one in plan.unresolved)
    done = f"    say {_text(f'Done, all of {len(plan.steps)}.')}\n"
    main = f"\nmain() {{\n{_tools(plan)}{steps}\n{done}{end}}}\n\nmain </dev/null\n"
    return f"#!/bin/sh\n{_directive(main)}{head}{_BEGINNING}{''.join(_functions(plan))}{main}"


def _directive(lines: str) -> str:
    """Return what ShellCheck has to be told of lines that are all ours but for the names in them."""
    return "# shellcheck disable=SC2016 # names are meant as they are\n" if set(lines) & set("$`") else ""


def _head(cluster: Cluster, plan: Plan) -> Iterator[str]:
    seen = f" as it was at {cluster.taken_at}" if cluster.taken_at else ""
    yield f"A plan for cluster '{cluster.name}'{seen}. {total_line(plan)}"
    if plan.steps:
        where = "where virsh reaches all nodes" if _has(plan, proxmox=False) else "as root on any node of the cluster"
        yield f"Run it {where}. Each step looks first whether all is as the plan saw it, and stops if not."
    for note in plan.notes:
        yield f"It {note}" if note.startswith("rests") else note
    for one in plan.unresolved:
        yield _left(one)


def _left(one: Unresolved) -> str:
    guest = "" if one.guest is None else f"guest {_named(one.guest)}"
    pool = "" if one.pool is None else f"pool '{one.pool}'"
    return f"Stays unresolved: {', '.join(filter(None, (pool, guest)))}: {one.reason}"


def _has(plan: Plan, *, proxmox: bool) -> bool:
    return any((step.move.guest.kind != "domain") is proxmox for step in plan.steps)


def _functions(plan: Plan) -> Iterator[str]:
    """Yield the functions that these steps need, and no others."""
    if _has(plan, proxmox=True):
        yield _OF_PROXMOX
    if any(step.move.guest.kind != "domain" and not _is_managed(step.move.guest) for step in plan.steps):
        yield _ON_NODE
    if _has(plan, proxmox=False):
        yield _OF_LIBVIRT


def _tools(plan: Plan) -> str:
    tools = [name for name, needed in (("pvesh", True), ("virsh", False)) if _has(plan, proxmox=needed)]
    return "".join(
        f"    command -v {tool} >/dev/null || stop {_text(f'the start: {tool} is missing here')}\n" for tool in tools
    )


def _step(step: Step, title: str, uris: Uris) -> Iterator[str]:
    """Yield the lines of one step: say it, look, move, look again."""
    guest, from_node, to_node = step.move
    named = f"guest {_named(guest)}"
    yield f"say {_text(f'{title}: {named} goes from {from_node} to {to_node}')}"
    yield from (_step_of_libvirt if guest.kind == "domain" else _step_of_proxmox)(step, title, uris)


def _step_of_libvirt(step: Step, title: str, uris: Uris) -> Iterator[str]:
    guest, from_node, to_node = step.move
    named = f"guest {_named(guest)}"
    command = command_of(step.move, uris)
    from_uri, to_uri = uri_word(from_node, uris), uri_word(to_node, uris)
    at_from, at_to, domain = map(quote, (from_uri, to_uri, domain_word(guest)))
    # First, or a node that lets nobody in would be told as one where the guest does not run.
    for node, uri in ((from_node, from_uri), (to_node, to_uri)):
        closed = f"{title}: {node} can't be asked by this account with virsh --connect {quote(uri)}"
        yield f"answers {quote(uri)} || stop {_text(closed)}"
    yield f"runs_at {at_from} {domain} || stop {_text(_not_there(step, title))}"
    yield f"{command.in_shell()} || stop {_text(f'{title}: the command that moves {named} failed')}"
    yield f"runs_at {at_to} {domain} || stop {_text(_not_arrived(step, title))}"
    wrong = f"{title}: {named} runs on {to_node}; let it start with that node, and no more with {from_node}"
    yield f"carry_autostart {at_from} {at_to} {domain} || stop {_text(wrong)}"


def _step_of_proxmox(step: Step, title: str, uris: Uris) -> Iterator[str]:
    guest, from_node, to_node = step.move
    named = f"guest {_named(guest)}"
    command = command_of(step.move, uris)
    offline = f"{title}: {to_node}, where {named} is to go, is not online"
    yield f"runs_on {guest.kind} {guest.id} {from_node} || stop {_text(_not_there(step, title))}"
    yield f"is_online {to_node} || stop {_text(offline)}"
    if guest.kind == "lxc":
        yield "# This is a restart: containers can't be moved live."
    if command.asks_manager:
        yield "# This only asks the manager of high availability; what follows waits until it has done so."
    migrate = command.in_shell() if command.asks_manager else f"on_node {from_node} {command.in_shell()}"
    yield f"{migrate} || stop {_text(f'{title}: the command that moves {named} failed')}"
    seconds = _SECONDS_OF_MANAGER if command.asks_manager else _SECONDS
    yield f"arrives {guest.kind} {guest.id} {to_node} {seconds} || stop {_text(_not_arrived(step, title))}"


def _not_there(step: Step, title: str) -> str:
    return f"{title}: guest {_named(step.move.guest)} does not run on {step.move.from_node}, where the plan saw it"


def _not_arrived(step: Step, title: str) -> str:
    return f"{title}: guest {_named(step.move.guest)} does not run on {step.move.to_node} after its move"


def _is_managed(guest: Guest) -> bool:
    return guest.ha is not None and guest.ha.managed


def _named(guest: Guest) -> str:
    return guest.id if guest.name == guest.id else f"{guest.id} ({guest.name})"


def _text(text: str) -> str:
    return quote(printable(text))
