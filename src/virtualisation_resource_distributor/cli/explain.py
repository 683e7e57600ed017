"""The commands that answer questions about a pool and its places: explain."""

import os
from typing import Literal

import click

from ..settings import read_settings
from .check import FROM_FILE
from .output import finish
from .progress import progress

FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Text for people, or JSON."
)


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


COMMANDS: tuple[click.Command, ...] = (explain,)
