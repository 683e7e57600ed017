"""What a source saw: who runs where, and what it could not see."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .cluster import Guest, Node, Rule
from .names import NodeName, PoolName
from .trouble import Remark, Trouble


class Placement(NamedTuple):
    """One reading of a live source. Its nodes have no zones: those are the model's.

    `unread_nodes` are nodes among `nodes` (there as offline) that could not be read, each with the trouble that this is
    unless the model has it in maintenance. `contested` are pools of which can't be told who is in them; each has a
    trouble too.
    """

    source: str
    taken_at: str
    nodes: tuple[Node, ...]
    guests: tuple[Guest, ...]
    pools: frozenset[PoolName]
    name: str = ""
    rules: tuple[Rule, ...] = ()
    unread_nodes: Mapping[NodeName, Trouble] = MappingProxyType({})
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[Remark, ...] = ()
    contested: frozenset[PoolName] = frozenset()
