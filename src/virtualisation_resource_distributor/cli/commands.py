"""The command line as a whole: one group, its commands by family."""

import click

from . import check, model


@click.group(context_settings={"help_option_names": ["--help"], "max_content_width": 100})
@click.version_option(package_name="virtualisation-resource-distributor", message="%(version)s")
def root() -> None:
    """Tell whether every pool is spread over nodes and zones as it could be.

    Nothing is ever moved: credentials that may only read are enough.
    """


for command in (*check.COMMANDS, *model.COMMANDS):
    root.add_command(command)
