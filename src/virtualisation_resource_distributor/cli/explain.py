"""The commands that answer questions about pools and places: explain, what-if and place."""

import os
from typing import Literal

import click

from ..settings import read_settings
from .options import FORMAT, FROM_FILE
from .output import finish
from .progress import progress


@click.command()
@click.argument("pool", metavar="[POOL]", required=False)
@FROM_FILE
@click.option("--verbose", is_flag=True, help="Tell every member, and what every node says to it.")
@FORMAT
def explain(pool: str | None, from_file: str | None, verbose: bool, format_: Literal["text", "json"]) -> int:
    """Say why a pool is spread as it is: this one, or the worst.

    For each member: can it stay where it is, can it go, and would that be better? Nodes that can't take it are counted
    by the first rule that says no. Where no move helps, it is said what would: each such way was tried.

    The worst pool is that which uses the smallest share of what it could, from the outermost zones inwards. The status
    is that of `run` for the pool.

    \b
    Example:
      virtualisation-resource-distributor explain dns --from examples/bunched.json
    """
    from ..commands.explain import ExplainOptions
    from ..commands.explain import explain as command

    options = ExplainOptions(from_file=from_file, pool=pool, verbose=verbose, format=format_)
    with progress("Reading the cluster …"):
        outcome = command(read_settings(os.environ), options)
    return finish(outcome)


@click.command("what-if")
@FROM_FILE
@click.option("--down-node", "down_nodes", metavar="NODE", multiple=True, help="This node fails; repeatable.")
@click.option(
    "--down-zone", "down_zones", metavar="ZONE", multiple=True, help="All nodes of this zone fail; repeatable."
)
@click.option(
    "--move", "moves", metavar="GUEST=NODE", multiple=True, help="This guest, by id or name, runs there; repeatable."
)
@click.option("--maintenance", metavar="NODE", multiple=True, help="This node is in maintenance; repeatable.")
@FORMAT
def what_if(
    *,
    from_file: str | None,
    down_nodes: tuple[str, ...],
    down_zones: tuple[str, ...],
    moves: tuple[str, ...],
    maintenance: tuple[str, ...],
    format_: Literal["text", "json"],
) -> int:
    """Say what becomes of the pools if nodes fail or go into maintenance, or guests run elsewhere.

    All of it happens at once, and nothing else does: guests of a node that fails are lost, and started nowhere. The
    verdicts are those that run would have. Whether a move would be permitted is not asked. The status is 0, or that of
    the troubles that there would be.

    \b
    Example:
      virtualisation-resource-distributor what-if --down-zone amsterdam --from examples/mended.json
    """
    from ..commands.what_if import WhatIfOptions
    from ..commands.what_if import what_if as command

    options = WhatIfOptions(
        from_file=from_file,
        down_nodes=down_nodes,
        down_zones=down_zones,
        moves=moves,
        maintenance=maintenance,
        format=format_,
    )
    with progress("Reading the cluster …"):
        outcome = command(read_settings(os.environ), options)
    return finish(outcome)


@click.command()
@click.option("--pool", metavar="NAME", required=True, help="The pool that the new guest is to be a member of.")
@click.option("--memory", metavar="SIZE", required=True, help="What it may use at most, such as 16GiB or 512MiB.")
@click.option("--vcpus", type=click.IntRange(min=0), default=0, metavar="N", help="How many vcpus it is to have.")
@FROM_FILE
@FORMAT
def place(pool: str, memory: str, vcpus: int, from_file: str | None, format_: Literal["text", "json"]) -> int:
    """Rank the nodes for a new member of a pool: by the spread that results, then by how full they are.

    The pool has to be there, be it empty: a mistyped name would be placed as if it had no members. The status is 78
    where no node takes the member.

    \b
    Example:
      virtualisation-resource-distributor place --pool dns --memory 4GiB --from examples/bunched.json
    """
    from ..commands.place import PlaceOptions
    from ..commands.place import place as command

    options = PlaceOptions(pool=pool, memory=memory, vcpus=vcpus, from_file=from_file, format=format_)
    with progress("Reading the cluster …"):
        outcome = command(read_settings(os.environ), options)
    return finish(outcome)


COMMANDS: tuple[click.Command, ...] = (explain, what_if, place)
