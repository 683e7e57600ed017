"""The commands that compare libvirt nodes with each other."""

import os
from datetime import UTC, datetime

import click

from ..settings import read_settings
from .options import FORMAT, Format
from .output import finish
from .progress import progress


@click.command()
@FORMAT
def validate(format_: Format) -> int:
    """Look whether the libvirt nodes agree on what a live migration needs, and whether a guest is in danger.

    Compared are networks, bridges, storage pools, iSCSI sessions, CPUs, machine types, versions, clocks and the ssh
    trust between nodes. One line for each finding, with what mends it. A fault is 78, a warning changes no status.
    Nothing is changed.

    \b
    Example:
      SOURCE=libvirt virtualisation-resource-distributor validate --format json
    """
    from ..commands.validate import validate as command

    settings = read_settings(os.environ)
    with progress("Asking the nodes …"):
        outcome = command(settings, format_, datetime.now(UTC))
    return finish(outcome)


COMMANDS: tuple[click.Command, ...] = (validate,)
