"""How does a list look on a terminal?"""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text


def table(columns: tuple[str, ...], rows: list[list[str]], width: int) -> str:
    """Return a table that shows every character, with the terminal's colours unless NO_COLOR is set.

    What a row has beyond its columns stands in the last one, a line each.
    """
    shown = Table(box=None, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    last = len(columns) - 1
    for row in rows:
        shown.add_row(*map(Text, row[:last]), Text("\n".join(row[last:])))
    with StringIO() as file:
        Console(file=file, force_terminal=True, width=width).print(shown)
        return file.getvalue()
