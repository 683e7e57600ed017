"""Are the pools that were asked for there?"""

from collections.abc import Sequence

from ..cluster.cluster import Cluster
from ..cluster.names import listed
from ..cluster.trouble import Trouble
from ..errors import UsageError


def lines_on_missing(cluster: Cluster, asked: Sequence[str], troubles: Sequence[Trouble]) -> tuple[str, ...]:
    """Return what to say of pools that were asked for and can't be seen; nothing where all are there.

    Raises UsageError where a pool is not there, unless the view is not whole and it may only be out of sight.
    """
    there = {pool.name for pool in cluster.pools}
    missing = [name for name in asked if name not in there]
    if not missing:
        return ()
    if not troubles:
        raise UsageError(_not_there(cluster, missing))
    return (f"of the pools asked for, {listed(missing)} can't be seen",)


def _not_there(cluster: Cluster, missing: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 -- start-up: only a wrong name needs it

    names = [pool.name for pool in cluster.pools]
    near = get_close_matches(missing[0], names, n=3)
    hint = f"; near it: {listed(near)}" if near else ""
    return f"there is no pool {listed(missing)}{hint}; the command `run --verbose` lists all pools"
