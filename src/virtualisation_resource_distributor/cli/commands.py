"""The command line as a whole: one group, its commands by family."""

from importlib import import_module

import click

from ..cluster.names import near

_FAMILIES = {
    "check": ("run", "snapshot", "doctor"),
    "monitor": ("monitor",),
    "exchange": ("export-model", "import-model"),
    "plan": ("plan", "drain", "balance"),
    "verify": ("verify",),
    "explain": ("explain", "what-if", "place"),
    "act": ("start-guest", "stop-guest", "migrate-guest"),
    "scan": ("scan", "list-guests", "release-lock"),
    "agree": ("validate", "scan-iscsi"),
    "definitions": (
        "import-definition",
        "export-definition",
        "list-definitions",
        "diff-definition",
        "delete-definition",
    ),
    "model": (
        "init-database",
        "create-zone",
        "delete-zone",
        "list-zones",
        "create-node",
        "set-node",
        "delete-node",
        "list-nodes",
        "create-pool",
        "delete-pool",
        "list-pools",
        "set-maintenance",
        "clear-maintenance",
    ),
}
_FAMILY_OF = {command: family for family, commands in _FAMILIES.items() for command in commands}


class _Families(click.Group):
    """A group whose commands are imported by family, when one of them is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_FAMILY_OF)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name in _FAMILY_OF:
            family = import_module(f".{_FAMILY_OF[cmd_name]}", __package__)
            self.commands.update({command.name: command for command in family.COMMANDS})
        return self.commands.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _FAMILY_OF:
            raise click.UsageError(f"there is no command '{args[0]}'{near(args[0], sorted(_FAMILY_OF))}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Families, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(
    None, "-V", "--version", package_name="virtualisation-resource-distributor", message="%(version)s"
)
def root() -> None:
    """Tell whether every pool is spread over nodes and zones as it could be.

    Nothing is moved by any of them, and credentials that may only read are enough, but for the few that act on a named
    guest of a libvirt node; these show what they would do, and do it only with --yes.
    """
