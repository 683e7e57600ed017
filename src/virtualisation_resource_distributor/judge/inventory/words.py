"""How are nodes and commands on them worded in a mend?"""

from collections.abc import Sequence

from ...cluster.names import NodeName, listed


def on_nodes(nodes: Sequence[NodeName], command: str) -> str:
    """Return the mend that is a command on these nodes."""
    return f"on {listed(nodes)} run: {command}"
