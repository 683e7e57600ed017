"""The commands that keep domains' definitions, and compare them with what the nodes have."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from ..settings import read_settings
from .options import FORMAT, Format
from .output import finish, terminal_width
from .progress import progress

_NAME = click.option("--name", metavar="GUEST", required=True, help="The domain, by its name or its UUID.")


@click.command("import-definition")
@click.option("--name", metavar="GUEST", help="Keep the definition of this domain, by its name or its UUID.")
@click.option("--node", metavar="NODE", help="Ask this node only.")
@click.option("--file", metavar="FILE", help="Keep the definition in this file; - is standard input.")
@click.option("--all", "running", is_flag=True, help="Keep the definition of every domain that runs.")
def import_definition(name: str | None, node: str | None, file: str | None, running: bool) -> int:
    """Keep a domain's definition, as its next start would take it, as a new version where it means something new.

    Nodes are opened read-only, and tell no passwords: a file that `virsh dumpxml --security-info` wrote keeps them.

    \b
    Example:
      virtualisation-resource-distributor import-definition --file examples/dns0.xml
    """
    from ..commands.definitions.bring_in import ImportOptions
    from ..commands.definitions.bring_in import import_definition as command

    options = ImportOptions(name=name, node=node, file=file, running=running)
    settings = read_settings(os.environ)
    with progress("asking the nodes"):
        outcome = command(settings, options, datetime.now(UTC))
    return finish(outcome)


@click.command("export-definition")
@_NAME
@click.option("--version", type=click.IntRange(min=1), metavar="N", help="This version, and not the newest.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Replace this file, in one step.")
@click.option("--with-secrets", is_flag=True, help="With the passwords in it, into a file of mode 0600.")
def export_definition(name: str, version: int | None, output: Path | None, with_secrets: bool) -> int:
    """Write a definition that is kept, as XML; passwords in it are hidden, which is told.

    \b
    Example:
      virtualisation-resource-distributor export-definition --name dns0 --output /tmp/dns0.xml
    """
    from ..commands.definitions.answers import ExportOptions
    from ..commands.definitions.answers import export_definition as command

    options = ExportOptions(name=name, version=version, output=output, with_secrets=with_secrets)
    return finish(command(read_settings(os.environ), options))


@click.command("list-definitions")
@click.option("--name", metavar="GUEST", help="All versions of this domain's definition.")
@FORMAT
def list_definitions(name: str | None, format_: Format) -> int:
    """List the definitions that are kept: who brought in the newest version of each, when, and from where.

    \b
    Example:
      virtualisation-resource-distributor list-definitions --name dns0
    """
    from ..commands.definitions.answers import ListOptions
    from ..commands.definitions.answers import list_definitions as command

    options = ListOptions(name=name, format=format_, width=terminal_width())
    return finish(command(read_settings(os.environ), options))


@click.command("diff-definition")
@_NAME
@click.option("--version", type=click.IntRange(min=1), metavar="A", help="From this version, and not the newest.")
@click.option("--to", type=click.IntRange(min=1), metavar="B", help="To this version, and not to what the nodes have.")
@click.option("--node", metavar="NODE", help="To what this node has.")
@FORMAT
def diff_definition(name: str, version: int | None, to: int | None, node: str | None, format_: Format) -> int:
    """Tell in what the definition that is kept differs from those on the nodes, or from another version.

    Only what means something to libvirt is told: no order, white space, units, or what is there only while a domain
    runs. Exit status 0, whether they differ or not; 69 or 77 where a node gave no answer.

    \b
    Example:
      virtualisation-resource-distributor diff-definition --name dns0 --version 1 --to 2
    """
    from ..commands.definitions.answers import DiffOptions
    from ..commands.definitions.answers import diff_definition as command

    options = DiffOptions(name=name, version=version, to=to, node=node, format=format_)
    settings = read_settings(os.environ)
    with progress("asking the nodes"):
        outcome = command(settings, options)
    return finish(outcome)


@click.command("delete-definition")
@_NAME
def delete_definition(name: str) -> int:
    """Forget all versions of a domain's definition; on the nodes nothing changes.

    \b
    Example:
      virtualisation-resource-distributor delete-definition --name dns0
    """
    from ..commands.definitions.answers import delete_definition as command

    return finish(command(read_settings(os.environ), name))


COMMANDS: tuple[click.Command, ...] = (
    import_definition,
    export_definition,
    list_definitions,
    diff_definition,
    delete_definition,
)
