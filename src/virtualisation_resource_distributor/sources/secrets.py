"""Read a secret from its file, and refuse one that is not kept secret."""

import os
import stat
from pathlib import Path
from shlex import quote

from ..errors import FileMissing, InvalidData, SourceForbidden
from ..settings import Settings, open_regular

_OTHERS = stat.S_IRWXO
_GROUP = stat.S_IRWXG


def read_secret(settings: Settings, name: str) -> str:
    """Return the secret of this name: from systemd's credentials if it is there, else from the secrets directory.

    Raises FileMissing where there is none, SourceForbidden where others can read it (with the chmod that mends it),
    InvalidData where it is empty or no text.
    """
    path, forbidden = place_of(name, settings.secrets_directory, settings.credentials_directory)
    return read_file(path, forbidden=forbidden)


def place_of(name: str, secrets_directory: Path, credentials_directory: Path | None) -> tuple[Path, int]:
    """Return where a secret is, and the bits that its mode may not have."""
    if credentials_directory is not None and os.path.lexists(credentials_directory / name):
        # systemd may show the service's own access as the group's; what others may do it never grants.
        return credentials_directory / name, _OTHERS
    return secrets_directory / name, _OTHERS | _GROUP


def read_file(path: Path, *, forbidden: int) -> str:
    """Return the secret in a file whose mode has none of these bits; raises as `read_secret` does."""
    try:
        with open_regular(path) as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if mode & forbidden:
                problem = f"others can read or change the secret {path} (mode {stat.S_IMODE(mode):04o})"
                raise SourceForbidden(f"{problem}; run: chmod 600 {quote(str(path.absolute()))}")
            content = stream.read()
    except OSError as error:
        mend = "put it there, for the user of this program alone (chmod 600), or set SECRETS_DIRECTORY"
        if path.name == "proxmox_password":  # which is looked for unless the settings name a token
            mend = f"{mend}; a token's secret takes PROXMOX_TOKEN_NAME"
        raise FileMissing(f"{path.absolute()}: the secret can't be read: {error.strerror}; {mend}") from error
    try:
        secret = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidData(str(path), "the secret is not text in UTF-8") from error
    if not secret or not secret.isprintable():
        raise InvalidData(
            str(path), "the secret is empty, or more than one line of text; expected one line, such as a password"
        )
    return secret
