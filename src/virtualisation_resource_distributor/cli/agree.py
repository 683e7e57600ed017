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


@click.command("scan-iscsi")
@click.option("--yes", is_flag=True, help="Make the logins that are missing.")
@FORMAT
def scan_iscsi(*, yes: bool, format_: Format) -> int:
    """Tell which iSCSI targets libvirt nodes need and are not logged in to, with the commands that log them in.

    A login that is missing is 78. With --yes the commands are carried out, over ssh; a session that nothing needs is
    told, and never ended.

    \b
    Example:
      SOURCE=libvirt virtualisation-resource-distributor scan-iscsi
    """
    settings, now = read_settings(os.environ), datetime.now(UTC)
    with progress("Asking the nodes …"):
        if yes:
            from ..actions.scan_iscsi import log_in

            outcome = log_in(settings, format_, now)
        else:
            from ..commands.scan_iscsi import scan_iscsi as command

            outcome = command(settings, format_, now)
    return finish(outcome)


COMMANDS: tuple[click.Command, ...] = (validate, scan_iscsi)
