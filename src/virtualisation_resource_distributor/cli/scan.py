"""The commands that ask libvirt nodes what they have, and that tell what is known of it."""

import os

import click

from ..settings import read_settings
from .options import FORMAT, FROM_FILE, Format
from .output import finish, terminal_width
from .progress import progress


@click.command()
@click.option("--name", "names", metavar="NODE", multiple=True, help="Scan this node only; repeatable.")
def scan(names: tuple[str, ...]) -> int:
    """Ask all libvirt nodes what they have and what runs there, and keep it for list-guests and list-nodes.

    Silent with exit status 0 where all nodes answered and nothing contradicts itself. What was known of a node that
    gives no answer stays, marked with its age.

    \b
    Example:
      SOURCE=libvirt virtualisation-resource-distributor scan --name kvm1
    """
    from ..commands.scan import scan as command

    settings = read_settings(os.environ)
    with progress("asking the nodes"):
        outcome = command(settings, names)
    return finish(outcome)


@click.command("list-guests")
@FROM_FILE
@click.option("--live", is_flag=True, help="Ask the nodes now, in place of what the last scan saw.")
@click.option("--name", "names", metavar="PATTERN", multiple=True, help="Guests of such a name (dns*); repeatable.")
@click.option("--pool", "pools", metavar="NAME", multiple=True, help="Guests of this pool; repeatable.")
@click.option("--node", "nodes", metavar="NAME", multiple=True, help="Guests on this node; repeatable.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice(["running", "paused", "stopped", "crashed", "unknown"]),
    multiple=True,
    help="Guests in this state; repeatable.",
)
@FORMAT
def list_guests(
    *,
    from_file: str | None,
    live: bool,
    names: tuple[str, ...],
    pools: tuple[str, ...],
    nodes: tuple[str, ...],
    statuses: tuple[str, ...],
    format_: Format,
) -> int:
    """List the guests with their node, status, pool and sizes: on libvirt nodes as the last scan saw them.

    After a guest was moved or started, --live tells where it is, or the next scan. The status is 0 where none matches;
    a node or pool that is not there is refused.

    \b
    Example:
      virtualisation-resource-distributor list-guests --pool dns --from examples/bunched.json
    """
    from ..commands.guests import GuestOptions
    from ..commands.guests import list_guests as command

    options = GuestOptions(
        from_file=from_file,
        live=live,
        names=names,
        pools=pools,
        nodes=nodes,
        statuses=statuses,
        format=format_,
        width=terminal_width(),
    )
    settings = read_settings(os.environ)
    with progress("reading"):
        outcome = command(settings, options)
    return finish(outcome)


@click.command("release-lock")
@click.argument("name")
def release_lock(name: str) -> int:
    """Take away a lock that a process left behind which is gone, and tell who held it.

    Make sure that it is gone: a lock keeps two from starting one guest on two nodes.

    \b
    Example:
      virtualisation-resource-distributor release-lock scan
    """
    from ..commands.release_lock import release_lock as command

    return finish(command(read_settings(os.environ), name))


COMMANDS: tuple[click.Command, ...] = (scan, list_guests, release_lock)
