"""The command that says whether a plan is right: verify."""

import os
from typing import Literal

import click

from ..settings import read_settings
from .options import FORMAT
from .output import finish
from .progress import progress


@click.command()
@click.argument("plan_file", metavar="PLAN")
@click.argument("snapshot_file", metavar="[SNAPSHOT]", required=False)
@FORMAT
def verify(plan_file: str, snapshot_file: str | None, format_: Literal["text", "json"]) -> int:
    """Check a plan, as `plan --certificate` wrote it, against the snapshot that it was made for.

    Its steps are replayed by code that shares nothing with the planner; all that it says of guests and pools, its
    commands, and the arguments for its lower bound are checked. Without a snapshot the plan is checked against what is
    live: does it still fit? One that is refused is 78. One of the two may be -, standard input.

    \b
    Example:
      vrd plan --from examples/bunched.json --certificate /tmp/p.json; vrd verify /tmp/p.json examples/bunched.json
    """
    from ..commands.verify import verify as command

    with progress("Reading the cluster …"):
        outcome = command(read_settings(os.environ), plan_file, snapshot_file, format_)
    return finish(outcome)


COMMANDS: tuple[click.Command, ...] = (verify,)
