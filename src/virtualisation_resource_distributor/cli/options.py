"""Options that several commands have, in the same words."""

from typing import Literal

import click

Format = Literal["text", "json"]

FROM_FILE = click.option(
    "--from", "from_file", metavar="FILE", help="Read this snapshot instead of the live source; - is standard input."
)
POOLS = click.option("--pool", "pools", metavar="NAME", multiple=True, help="Judge this pool only; repeatable.")
FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Text for people, or JSON."
)
