"""The commands that take the whole model out as a file, and in again."""

import os
import sys
from pathlib import Path

import click

from .. import exits
from ..errors import UsageError
from ..settings import read_settings
from .output import finish, write_answer, write_line


@click.command("export-model")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Replace this file, in one step.")
def export_model(output: Path | None) -> int:
    """Write the whole model as one YAML document: zones, nodes and pools, always in the same order.

    \b
    Example:
      virtualisation-resource-distributor export-model --output /tmp/model.yaml
    """
    from ..commands.model.exchange import export_model as command

    return finish(command(read_settings(os.environ), output))


@click.command("import-model")
@click.argument("file", metavar="FILE")
@click.option("--yes", is_flag=True, help="Apply the difference without asking.")
def import_model(file: str, yes: bool) -> int:
    """Make the model the one in FILE, as export-model writes it; - is standard input.

    The difference is shown first: what will be created (+), changed (~) and deleted (-). What FILE leaves out is
    deleted. All of it is applied, or nothing; on a terminal only after a question, elsewhere only with --yes.

    \b
    Example:
      virtualisation-resource-distributor import-model examples/model.yaml --yes
    """
    from ..commands.model.exchange import apply, propose

    settings = read_settings(os.environ)
    proposal = propose(settings, file)
    write_answer(proposal.difference.text)
    if not proposal.difference.exists:
        return exits.OK
    if not yes and not _is_wanted():
        write_line("nothing was changed")
        return exits.INTERRUPTED
    return finish(apply(settings, proposal))


def _is_wanted() -> bool:
    """Ask, where somebody sees the difference and can answer."""
    if any(stream is None or not stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UsageError("nothing was changed: there is no terminal to ask on; give --yes to apply the difference")
    return click.confirm("Apply this?")


COMMANDS: tuple[click.Command, ...] = (export_model, import_model)
