"""The commands that act: on a named guest, showing what they would do, and doing it only with --yes."""

import os

import click

from ..settings import read_settings
from .apart import wait_for_act
from .output import finish
from .progress import progress, telling

_YES = click.option("--yes", is_flag=True, help="Do it; without this it is only shown.")


@click.command("start-guest")
@click.argument("name")
@click.option("--node", metavar="NODE", help="Start it here, and not where its pool is spread best.")
@click.option(
    "--even-if-unreachable",
    "despite",
    metavar="NODE",
    multiple=True,
    help="Start it although this node can't be asked. If it still runs there, both will write to its disks and "
    "destroy them: make sure that the node is off. Repeatable.",
)
@_YES
def start_guest(name: str, node: str | None, despite: tuple[str, ...], yes: bool) -> int:
    """Start a guest from its stored definition, where its pool is spread best.

    It is refused where the guest runs on any node already, where a node that might run it can't be asked, or where
    another guest uses its disks.

    \b
    Example:
      SOURCE=libvirt virtualisation-resource-distributor start-guest dns0 --node kvm1
    """
    if yes and (status := wait_for_act()) is not None:
        return status
    from ..actions.start import StartOptions
    from ..actions.start import start_guest as command

    settings = read_settings(os.environ)
    with progress("looking at the nodes"):
        outcome = command(settings, StartOptions(name=name, node=node, despite=despite, yes=yes))
    return finish(outcome, acted=yes)


@click.command("stop-guest")
@click.argument("name")
@click.option("--node", metavar="NODE", help="Where it runs on two: the node on which it is to stop.")
@click.option("--hard", is_flag=True, help="Cut its power, and don't ask the guest to shut down.")
@click.option(
    "--timeout",
    "patience",
    metavar="SECONDS",
    type=click.IntRange(1, 86400),
    default=120,
    show_default=True,
    help="How long the guest may take to shut down.",
)
@_YES
def stop_guest(name: str, node: str | None, hard: bool, patience: int, yes: bool) -> int:
    """Stop a guest, and mark it as one that is to stay down, so that nothing restarts it.

    \b
    Example:
      SOURCE=libvirt virtualisation-resource-distributor stop-guest dns0
    """
    if yes and (status := wait_for_act()) is not None:
        return status
    from ..actions.stop import StopOptions
    from ..actions.stop import stop_guest as command

    options = StopOptions(name=name, node=node, hard=hard, patience_seconds=patience, yes=yes)
    settings = read_settings(os.environ)
    with telling("looking at the nodes") as tell:
        outcome = command(settings, options, tell)
    return finish(outcome, acted=yes)


@click.command("migrate-guest")
@click.argument("name")
@click.option("--node", metavar="NODE", required=True, help="Where it is to go.")
@_YES
def migrate_guest(name: str, node: str, yes: bool) -> int:
    """Move a guest live to another node, and see that it runs there and nowhere else.

    \b
    Example:
      SOURCE=libvirt virtualisation-resource-distributor migrate-guest dns0 --node kvm2
    """
    if yes and (status := wait_for_act()) is not None:
        return status
    from ..actions.migrate import MigrateOptions
    from ..actions.migrate import migrate_guest as command

    settings = read_settings(os.environ)
    with telling("looking at the nodes") as tell:
        outcome = command(settings, MigrateOptions(name=name, node=node, yes=yes), tell)
    return finish(outcome, acted=yes)


COMMANDS: tuple[click.Command, ...] = (start_guest, stop_guest, migrate_guest)
