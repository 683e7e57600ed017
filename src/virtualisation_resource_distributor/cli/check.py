"""The commands that read a cluster: run, snapshot and doctor."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from ..settings import read_settings
from .options import FORMAT, FROM_FILE, POOLS
from .output import finish, terminal_width
from .progress import progress


@click.command()
@FROM_FILE
@POOLS
@click.option("--verbose", is_flag=True, help="Tell every pool, where its members run, and every finding.")
@FORMAT
def run(from_file: str | None, pools: tuple[str, ...], verbose: bool, format_: Literal["text", "json"]) -> int:
    """Check that every pool is spread over nodes and zones as it could be.

    Silent with exit status 0 if so; otherwise a line for each badly spread pool, and 78. A view that is not whole
    is 77 (may not read), 69 (could not read) or 65 (contradicts itself).

    \b
    Example:
      virtualisation-resource-distributor run --from examples/bunched.json --pool dns
    """
    from ..commands.run import RunOptions
    from ..commands.run import run as command

    options = RunOptions(from_file=from_file, pools=pools, verbose=verbose, format=format_, width=terminal_width())
    with progress("Reading the cluster …"):
        outcome = command(read_settings(os.environ), options)
    return finish(outcome)


@click.command()
@FROM_FILE
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Replace this file, in one step.")
def snapshot(from_file: str | None, output: Path | None) -> int:
    """Write the cluster as one document, the model's zones included; `run --from` judges it as it was.

    \b
    Example:
      virtualisation-resource-distributor snapshot --from examples/bunched.json --output /tmp/cluster.json
    """
    from ..commands.snapshot import snapshot as command

    with progress("Reading the cluster …"):
        outcome = command(read_settings(os.environ), from_file, output)
    return finish(outcome)


@click.command()
@FORMAT
def doctor(format_: Literal["text", "json"]) -> int:
    """Look for what is wrong with settings, secrets, database, connection, privileges and model.

    One line each: ok, or what is wrong and how it is mended. A fault is 78, a warning changes no status. Nothing is
    changed, and it answers where `run` fails.

    \b
    Example:
      SOURCE=libvirt virtualisation-resource-distributor doctor --format json
    """
    from ..commands.doctor.doctor import DoctorOptions
    from ..commands.doctor.doctor import doctor as command

    with progress("Looking …"):
        outcome = command(os.environ, DoctorOptions(format=format_, width=terminal_width()), datetime.now(UTC))
    return finish(outcome)


COMMANDS: tuple[click.Command, ...] = (run, snapshot, doctor)
