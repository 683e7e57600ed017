"""What does docs/commands.md say? `python -m tests.docs.generate` writes it from what `--help` says."""

from pathlib import Path

import click

from virtualisation_resource_distributor.cli.commands import root

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
PROGRAM = "virtualisation-resource-distributor"

_WIDTH = 78
_HEAD = f"""# Commands

Each of them is `{PROGRAM} COMMAND`, or `vrd COMMAND` for short. This page is what `--help` says, put together by
`python -m tests.docs.generate`.

Exit statuses are in [statuses.md](statuses.md), settings in [settings.md](settings.md), the JSON of `run` in
[run-document.md](run-document.md).
"""


def commands() -> tuple[str, ...]:
    """Return the names of all commands."""
    return tuple(root.list_commands(click.Context(root)))


def help_of(name: str | None = None) -> str:
    """Return what `--help` says on a terminal of 80 columns, of one command or of the program.

    Raises KeyError for a command that there is not.
    """
    context = click.Context(root, info_name=PROGRAM, terminal_width=_WIDTH, **root.context_settings)
    if name is None:
        return root.get_help(context)
    command = root.get_command(context, name)
    if command is None:
        raise KeyError(name)
    return command.get_help(click.Context(command, info_name=name, parent=context, terminal_width=_WIDTH))


def page() -> str:
    """Return the page: the program's help, then a section for each command."""
    sections = [f"\n## {name}\n\n```\n{help_of(name)}\n```\n" for name in commands()]
    return f"{_HEAD}\n```\n{help_of()}\n```\n{''.join(sections)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
