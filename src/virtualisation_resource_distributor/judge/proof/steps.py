"""Are a plan's steps permitted, each when its turn comes, and is it so what the plan says of them?"""

from collections.abc import Iterator
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.names import PoolName
from .certificate import Certificate, CertifiedMove
from .replay import Measure, Replay


class Replayed(NamedTuple):
    """What is wrong with the steps: the first that is not permitted, and the first of which something else is so."""

    forbidden: str | None
    wrong_words: str | None


def make_steps(certificate: Certificate, replay: Replay) -> Replayed:
    """Make the steps one after the other, as far as they are permitted."""
    told = {pool.name for pool in certificate.pools} - certificate.excluded
    wrong_words: str | None = None
    for number, move in enumerate(certificate.moves, start=1):
        guest = replay.guest(move.guest)
        fault = replay.obstacle(move.guest, move.from_node, move.to_node)
        if fault is None and guest is not None and guest.pool is not None and guest.pool not in told:
            fault = "it is of a pool that the plan does not speak of"
        if fault is not None or guest is None:
            way = f"from '{move.from_node}' to '{move.to_node}'"
            return Replayed(f"step {number} takes guest {move.guest} {way}, but {fault}", wrong_words)
        wrong = next(_wrong_words(move, guest, makes_worse=_makes_worse(move, guest.pool, replay)), None)
        if wrong is not None and wrong_words is None:
            what, said, true = wrong
            wrong_words = f"step {number} says that {what} guest {guest.id} is {_shown(said)}, and it is {_shown(true)}"
    return Replayed(None, wrong_words)


def _makes_worse(move: CertifiedMove, pool: PoolName | None, replay: Replay) -> bool:
    """Make the move; tell whether the pool's arrangement is worse after it than before."""
    before = _rank(pool, replay)
    replay.move(move.guest, move.from_node, move.to_node)
    return _rank(pool, replay) > before


def _rank(pool: PoolName | None, replay: Replay) -> Measure:
    policy = None if pool is None else replay.policy(pool)
    if pool is None or policy is None:
        return ()
    return replay.levels.rank(policy, replay.levels.measure(policy, replay.places(pool)))


def _wrong_words(move: CertifiedMove, guest: Guest, *, makes_worse: bool) -> Iterator[tuple[str, object, object]]:
    """Yield what the step says otherwise than it is: what, what is said, and what is so."""
    pairs = (
        ("the name of", move.name, guest.name),
        ("the pool of", move.pool, guest.pool),
        ("memory_bytes of", move.memory_bytes, guest.memory_bytes),
        ("makes_own_pool_worse of", move.makes_own_pool_worse, makes_worse),
    )
    return (pair for pair in pairs if pair[1] != pair[2])


def _shown(value: object) -> str:
    """Return a value as it stands in the document."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else f"'{value}'" if isinstance(value, str) else str(value)
