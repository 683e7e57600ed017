"""The commands that say what to move: plan, drain and balance."""

import os
from pathlib import Path
from typing import Literal

import click

from ..settings import read_settings
from .options import FROM_FILE
from .output import finish
from .progress import progress

Format = Literal["text", "json", "commands"]

FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "commands"]),
    default="text",
    help="Text for people, JSON, or a shell script that makes the moves and guards itself.",
)
MAX_MOVES = click.option(
    "--max-moves", type=click.IntRange(min=0), metavar="N", help="Give no more moves than these, the best ones."
)


@click.command()
@FROM_FILE
@click.option("--pool", "pools", metavar="NAME", multiple=True, help="Plan for this pool only; repeatable.")
@click.option(
    "--make-room",
    is_flag=True,
    help="Move members of other pools and guests of none too, where that lets a pool come further.",
)
@MAX_MOVES
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the plan with its proof into this file, for the command verify.",
)
@FORMAT
def plan(
    *,
    from_file: str | None,
    pools: tuple[str, ...],
    make_room: bool,
    max_moves: int | None,
    certificate: Path | None,
    format_: Format,
) -> int:
    """Say which moves bring every pool to the best spread that it can reach, as few as can be, in order.

    Each move is permitted when its turn comes: there is room, and no rule forbids it. Nothing is moved; a plan is
    text. The status is 78 where there is something to move, or a pool that stays badly spread.

    \b
    Example:
      virtualisation-resource-distributor plan --from examples/bunched.json
    """
    from ..commands.plan import PlanOptions
    from ..commands.plan import plan as command

    options = PlanOptions(
        from_file=from_file,
        pools=pools,
        make_room=make_room,
        max_moves=max_moves,
        format=format_,
        certificate=certificate,
    )
    with progress("Planning …"):
        outcome = command(read_settings(os.environ), options)
    return finish(outcome)


@click.command()
@FROM_FILE
@click.option("--name", "node", metavar="NODE", help="Empty this node.")
@click.option("--zone-name", "zone", metavar="ZONE", help="Empty all nodes of this zone and of the zones in it.")
@FORMAT
def drain(from_file: str | None, node: str | None, zone: str | None, format_: Format) -> int:
    """Say which moves empty a node or a zone, and keep every pool as spread as it then can be.

    All that runs there moves, guests in no pool too. The status is 78 where a guest has to stay, or a pool is left
    worse than it could be without these nodes.

    \b
    Example:
      virtualisation-resource-distributor drain --from examples/bunched.json --name pve1
    """
    from ..commands.plan import DrainOptions
    from ..commands.plan import drain as command

    options = DrainOptions(from_file=from_file, node=node, zone=zone, format=format_)
    with progress("Planning …"):
        outcome = command(read_settings(os.environ), options)
    return finish(outcome)


@click.command()
@FROM_FILE
@MAX_MOVES
@FORMAT
def balance(from_file: str | None, max_moves: int | None, format_: Format) -> int:
    """Say which few moves even out memory and vcpus over the nodes, without making any pool worse.

    Each move lowers the imbalance: how far the nodes' shares are from the share of all nodes together.

    \b
    Example:
      virtualisation-resource-distributor balance --from examples/bunched.json --max-moves 2
    """
    from ..commands.plan import BalanceOptions
    from ..commands.plan import balance as command

    options = BalanceOptions(from_file=from_file, max_moves=max_moves, format=format_)
    with progress("Planning …"):
        outcome = command(read_settings(os.environ), options)
    return finish(outcome)


COMMANDS: tuple[click.Command, ...] = (plan, drain, balance)
