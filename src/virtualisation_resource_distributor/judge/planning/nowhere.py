"""Why does no node take a guest? With counts that add up to the number of usable nodes."""

from collections import Counter

from ...cluster.cluster import Guest
from ..ground import Ground
from ..moves import held_by, kept_out_by
from ..obstacles import KeptApart, NoRoom, NotAllowed, in_words
from ..reason import no_node_in_words


def why_it_stays(ground: Ground, guest: Guest) -> str:
    """Return what holds the guest, or how many nodes can't take it for which reason."""
    if held := held_by(ground, guest):
        return ", and ".join(map(in_words, held))
    if not ground.levels.domains:
        return no_node_in_words(ground.cluster)
    counts: Counter[str] = Counter()
    nearest: NoRoom | None = None
    for node in ground.levels.domains:
        match kept_out_by(ground, guest, node):
            case (NotAllowed(), *_):
                counts["not allowed"] += 1
            case (KeptApart(), *_):
                counts["kept free of it by a rule"] += 1
            case (NoRoom() as room, *_):
                counts["without the memory"] += 1
                nearest = room if nearest is None or room.free_bytes > nearest.free_bytes else nearest
            case _:
                counts["free when no other guest goes there first"] += 1
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
    best = "" if nearest is None else f"; the nearest is short: {in_words(nearest)}"
    return f"0 of {len(ground.levels.domains)} usable nodes take it: {reasons}{best}"
