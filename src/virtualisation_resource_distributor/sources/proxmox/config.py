"""What is written in a guest's configuration: its entries in order, and the parts of one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Config = Mapping[str, Any]


class Entry(NamedTuple):
    """One entry of a configuration: `key` is `scsi0`, `kind` is `scsi`.

    `first` is what stands there without a name (`local-lvm:vm-100-disk-0`, a device, `spice`), `options` is the rest.
    """

    key: str
    kind: str
    first: str
    options: Mapping[str, str]


def entries_of(config: Config) -> Iterator[Entry]:
    """Yield the entries that are text, sorted by kind and number.

    Shape: `{"scsi0": "local-lvm:vm-100-disk-0,iothread=1,size=32G", "cores": 2, "vga": "qxl", …}`.
    """
    for key in sorted(config, key=_order):
        value = config[key]
        if isinstance(value, str) and value:
            options = dict(part.partition("=")[::2] for part in value.split(",") if "=" in part)
            first = next((part for part in value.split(",") if "=" not in part), "")
            yield Entry(key=key, kind=key.rstrip("0123456789"), first=first, options=options)


def _order(key: str) -> tuple[str, int, str]:
    number = re.search("[0-9]{1,9}$", key)
    return key.rstrip("0123456789"), int(number[0]) if number else -1, key
