"""The cluster as a value: what sources fill, what the judgement reads."""

from .assemble import assemble
from .cluster import Cluster, Guest, HaState, Node, Pin, Policy, Pool, Rule, Zone
from .model import Model, ModelNode, ModelPool
from .names import GuestId, NodeName, PoolName, ZoneName
from .placement import Placement
from .trouble import Remark, Trouble

__all__ = [
    "Cluster",
    "Guest",
    "GuestId",
    "HaState",
    "Model",
    "ModelNode",
    "ModelPool",
    "Node",
    "NodeName",
    "Pin",
    "Placement",
    "Policy",
    "Pool",
    "PoolName",
    "Remark",
    "Rule",
    "Trouble",
    "Zone",
    "ZoneName",
    "assemble",
]
