"""Which texts may be the URI of a libvirt connection?"""

import re

from .names import fault_of_text

_URI = re.compile(
    r"[a-z][a-z0-9+.-]*://"
    r"(?:(?P<user>[^/@\[\]]*)@)?"
    r"(?:\[[0-9a-fA-F:.]+(?:%[\w.-]+)?\]|[\w.~%-]*)(?::[0-9]{1,5})?"
    r"/.*",
    re.ASCII,
)
_PLACEHOLDER = "{node}"
_LIKE = "a URI is like qemu+ssh://kvm1/system"


def fault_of_uri(text: str) -> str | None:
    """Say why this text can't be the URI of a libvirt connection, or None where it can.

    A password in it would be told in messages and in process lists, and libvirt takes none.
    """
    if fault := fault_of_text(text) or fault_of_placeholder(text):
        return fault
    parts = _URI.fullmatch(text)
    if parts is None or not text.isascii():
        return f"{text!a} can't be read; {_LIKE}"
    if ":" in (parts["user"] or ""):
        return f"it has a password in it, which libvirt does not use; {_LIKE}"
    return None


def fault_of_placeholder(text: str) -> str | None:
    """Say why a node's own URI can't have a placeholder in it, or None where it has none."""
    if _PLACEHOLDER not in text:
        return None
    return f"{text!a} has {_PLACEHOLDER} in it, which LIBVIRT_URI alone fills in; write the node's name there"
