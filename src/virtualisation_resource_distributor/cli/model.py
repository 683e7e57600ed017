"""The commands of the operators' model: zones, nodes, pools, and the database that holds them."""

import os
from collections.abc import Callable
from typing import Literal

import click

from ..cluster.model import Model
from ..cluster.names import NodeName
from ..settings import Settings, read_settings
from .options import FORMAT, Format
from .output import finish, terminal_width, write_answer
from .progress import progress, telling


def _name_of(kind: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    return click.option("--name", metavar=kind.upper(), required=True, help=f"The {kind}'s name.")


def _change(edit: Callable[[Model], Model]) -> int:
    from ..commands.model.change import change

    return finish(change(read_settings(os.environ), edit))


@click.command("init-database")
def init_database() -> int:
    """Create the database, or upgrade an older one after a copy was made beside it.

    \b
    Example:
      DATABASE_PATH=/tmp/model.sqlite3 virtualisation-resource-distributor init-database
    """
    from ..commands.model.change import init_database as command

    return finish(command(read_settings(os.environ)))


@click.command("create-zone")
@_name_of("zone")
@click.option("--parent", metavar="ZONE", help="The zone that it lies in.")
def create_zone(name: str, parent: str | None) -> int:
    """Create a zone: what fails as one, a rack, a room or a site; it may lie in another.

    \b
    Example:
      virtualisation-resource-distributor create-zone --name rack1 --parent room1
    """
    from ..commands.model import edits

    return _change(lambda model: edits.create_zone(model, name=name, parent=parent))


@click.command("delete-zone")
@_name_of("zone")
def delete_zone(name: str) -> int:
    """Delete a zone that holds neither nodes nor zones.

    \b
    Example:
      virtualisation-resource-distributor delete-zone --name rack1
    """
    from ..commands.model import edits

    return _change(lambda model: edits.delete_zone(model, name=name))


@click.command("create-node")
@_name_of("node")
@click.option("--zone-name", metavar="ZONE", required=True, help="The zone that it stands in.")
@click.option("--uri", help="Its libvirt connection.")
def create_node(name: str, zone_name: str, uri: str | None) -> int:
    """Create a node in a zone, under the name that Proxmox VE or libvirt knows it by.

    \b
    Example:
      virtualisation-resource-distributor create-node --name pve1 --zone-name rack1
    """
    from ..commands.model import edits

    return _change(lambda model: edits.create_node(model, name=name, zone=zone_name, uri=uri))


@click.command("set-node")
@_name_of("node")
@click.option("--zone-name", metavar="ZONE", help="The zone that it stands in now.")
@click.option("--uri", help="Its libvirt connection; an empty one takes it away.")
def set_node(name: str, zone_name: str | None, uri: str | None) -> int:
    """Give a node another zone, another libvirt connection, or both.

    \b
    Example:
      virtualisation-resource-distributor set-node --name pve1 --zone-name rack2
    """
    from ..commands.model import edits

    return _change(lambda model: edits.set_node(model, name=name, zone=zone_name, uri=uri))


@click.command("delete-node")
@_name_of("node")
def delete_node(name: str) -> int:
    """Delete a node from the model; nothing happens to the machine.

    \b
    Example:
      virtualisation-resource-distributor delete-node --name pve1
    """
    from ..commands.model import edits

    return _change(lambda model: edits.delete_node(model, name=name))


@click.command("set-maintenance")
@_name_of("node")
@click.option("--drain", is_flag=True, help="Of a libvirt node: move all guests off it, one after the other.")
@click.option("--yes", is_flag=True, help="Carry the drain out; without this it is only shown.")
def set_maintenance(name: str, drain: bool, yes: bool) -> int:
    """Put a node into maintenance: it counts for no pool, and no move goes to it.

    Of a libvirt node it then shows the moves that empty it; with --drain the status is that of `drain`. With --drain
    --yes they are made; that can be stopped at any time, and taken up again by the same command.

    \b
    Example:
      virtualisation-resource-distributor set-maintenance --name pve1
    """
    from ..commands.model import edits

    settings = read_settings(os.environ)
    if yes and not drain:
        raise click.UsageError("--yes carries out a drain: say --drain too")
    if drain and settings.source != "libvirt":
        raise click.UsageError("--drain moves guests of libvirt nodes; on Proxmox VE ask its manager: ha-manager")
    status = _change(lambda model: edits.set_maintenance(model, name=name, maintenance=True))
    return _drain(settings, name, drain=drain, yes=yes) if settings.source == "libvirt" else status


def _drain(settings: Settings, name: str, *, drain: bool, yes: bool) -> int:
    """Tell what empties a node that was put into maintenance, or do it.

    To mark it was all that was asked for without `drain`; that nodes can't be seen is then told, and no fault of that.
    """
    write_answer(f"'{name}' is in maintenance.\n")
    if not yes:
        from ..commands.plan import DrainOptions
        from ..commands.plan import drain as command

        with progress("Planning …"):
            outcome = command(settings, DrainOptions(node=name))
        return finish(outcome if drain else outcome._replace(troubles=()))
    from .apart import wait_for_act

    if (status := wait_for_act()) is not None:
        return status
    from ..actions.drain import drain_node

    with telling("looking at the nodes") as tell:
        outcome = drain_node(settings, NodeName(name), tell, lambda line: write_answer(f"{line}\n"))
    return finish(outcome, acted=True)


@click.command("clear-maintenance")
@_name_of("node")
def clear_maintenance(name: str) -> int:
    """End a node's maintenance, as far as the model knows of it; `balance` then shows what brings load back.

    \b
    Example:
      virtualisation-resource-distributor clear-maintenance --name pve1
    """
    from ..commands.model import edits

    return _change(lambda model: edits.set_maintenance(model, name=name, maintenance=False))


@click.command("create-pool")
@_name_of("pool")
@click.option(
    "--policy",
    type=click.Choice(["distinct", "even"]),
    default="distinct",
    show_default=True,
    help="Members in as many zones and on as many nodes as there are, or also as many in each.",
)
@click.option("--member", "members", metavar="PATTERN", multiple=True, help="Guests' names (dns*), for libvirt only.")
def create_pool(name: str, policy: Literal["distinct", "even"], members: tuple[str, ...]) -> int:
    """Create a pool: needed only for libvirt, or for a policy other than distinct.

    \b
    Example:
      virtualisation-resource-distributor create-pool --name dns --policy even --member 'dns*' --member 'ns[0-9]'
    """
    from ..commands.model import edits

    return _change(lambda model: edits.create_pool(model, name=name, policy=policy, members=members))


@click.command("delete-pool")
@_name_of("pool")
def delete_pool(name: str) -> int:
    """Delete a pool from the model; nothing happens to its guests.

    \b
    Example:
      virtualisation-resource-distributor delete-pool --name dns
    """
    from ..commands.model import edits

    return _change(lambda model: edits.delete_pool(model, name=name))


@click.command("list-zones")
@FORMAT
def list_zones(format_: Format) -> int:
    """List the zones: name, the zone that it lies in, and how many nodes stand directly in it.

    \b
    Example:
      virtualisation-resource-distributor list-zones --format json
    """
    from ..commands.model import listing

    return finish(
        listing.list_zones(read_settings(os.environ), listing.ListOptions(format=format_, width=terminal_width()))
    )


@click.command("list-nodes")
@FORMAT
def list_nodes(format_: Format) -> int:
    """List the nodes: name, zone, libvirt connection, and whether it is in maintenance.

    Of libvirt nodes also what the last scan saw; a terminal then has no room for connections and versions, which
    a pipe (`| cat`) and JSON have.

    \b
    Example:
      virtualisation-resource-distributor list-nodes --format json
    """
    from ..commands.model import listing

    return finish(
        listing.list_nodes(read_settings(os.environ), listing.ListOptions(format=format_, width=terminal_width()))
    )


@click.command("list-pools")
@FORMAT
def list_pools(format_: Format) -> int:
    """List the model's pools: name, policy, and the patterns of its members.

    \b
    Example:
      virtualisation-resource-distributor list-pools --format json
    """
    from ..commands.model import listing

    return finish(
        listing.list_pools(read_settings(os.environ), listing.ListOptions(format=format_, width=terminal_width()))
    )


COMMANDS: tuple[click.Command, ...] = (
    init_database,
    create_zone,
    delete_zone,
    list_zones,
    create_node,
    set_node,
    delete_node,
    list_nodes,
    set_maintenance,
    clear_maintenance,
    create_pool,
    delete_pool,
    list_pools,
)
