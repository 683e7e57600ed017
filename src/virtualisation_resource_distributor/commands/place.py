"""Which node is the best for a new member of a pool, and why not the others?"""

import re
from typing import Literal, NamedTuple

from ..errors import UsageError
from ..exits import status_of
from ..judge.place import NewMember
from ..judge.place import place as rank
from ..judge.verdict import Unknown
from ..reports.place import not_known_text, place_document, place_text
from ..settings import Settings
from .judging import judge
from .outcome import Outcome

_UNITS = {"MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


class PlaceOptions(NamedTuple):
    """What is to be placed, as the caller writes it; `memory` is a size such as 16GiB."""

    pool: str
    memory: str
    vcpus: int = 0
    from_file: str | None = None
    format: Literal["text", "json"] = "text"


def place(settings: Settings, options: PlaceOptions) -> Outcome:
    """Rank the nodes for a new member; it is an alarm where none takes it.

    Raises UsageError where the pool is not there, unless it may only be out of sight: a pool without members is there,
    and a name that was mistyped would be placed as if it had none.
    """
    new = NewMember(_bytes(options.memory), options.vcpus)
    judged = judge(settings, options.from_file, (options.pool,))
    cluster, troubles = judged.cluster, judged.troubles
    pool = next((pool for pool in cluster.pools if pool.name == options.pool), None)
    unknown = next((one for one in judged.verdicts if isinstance(one, Unknown)), None)
    placing = None if pool is None or unknown is not None else rank(cluster, pool, new, settings.memory_limit)
    alarm = placing is not None and not placing.places
    if options.format == "json":
        text = place_document(options.pool, placing, status_of(alarm=alarm, troubles=troubles))
    elif placing is not None:
        text = place_text(options.pool, new, placing)
    else:
        text = "" if unknown is None else not_known_text(unknown)
    return Outcome(text=text, lines=judged.trouble_lines, alarm=alarm, troubles=troubles)


def _bytes(size: str) -> int:
    found = re.fullmatch(r"([0-9]{1,9})(MiB|GiB|TiB)", size, re.ASCII)
    if found is None:
        raise UsageError(f"--memory is {size!a}; expected a size such as 16GiB or 512MiB")
    return int(found[1]) * _UNITS[found[2]]
