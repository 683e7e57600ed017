"""May the database take in a secret?"""

import os
import stat
from pathlib import Path
from shlex import quote

from ..errors import FileMissing, SourceForbidden

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_private(path: Path, what: str) -> None:
    """Refuse to take `what` into a database that others can read, with the chmod that mends it.

    Raises SourceForbidden, and FileMissing where there is no database.
    """
    try:
        mode = Path(os.path.realpath(path)).stat().st_mode
    except OSError as error:
        raise FileMissing(f"database {path} can't be read: {error.strerror}; create it with init-database") from error
    if mode & _OTHERS:
        problem = f"others can read the database {path} (mode {stat.S_IMODE(mode):04o}), so {what} is not kept in it"
        raise SourceForbidden(f"{problem}; run: chmod 600 {quote(str(path.absolute()))}")
