"""Plans that were changed in one place, and what an independent replay says of them.

By the brute force of the tests and the definitions alone: nothing of the judgement is asked here.
"""

from collections.abc import Iterator
from itertools import pairwise

from tests.brute_force import Arrangement, Rank, Scene
from tests.certificates import Document, status_of_plan
from tests.fewest_moves import Board
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Guest, PoolName


def with_other_steps(case: Case, document: Document) -> Iterator[Document]:
    """Yield the plan with a step dropped, swapped with the next, doubled, and to every other node."""
    moves = document["moves"]
    for index, move in enumerate(moves):
        before, after = moves[:index], moves[index + 1 :]
        yield renumbered(document, [*before, *after])
        yield renumbered(document, [*before, move, move, *after])
        for node in case.cluster.nodes:
            if node.name != move["to"]:
                other = move | {"to": node.name}
                yield renumbered(document, [*before, other, *after])
                yield renumbered(document, [*before, other | {"command": _command(other)}, *after])
                yield renumbered(document, [*before, move | {"from": node.name}, *after])
    for index, (one, other) in enumerate(pairwise(moves)):
        yield renumbered(document, [*moves[:index], other, one, *moves[index + 2 :]])


def with_other_words(case: Case, document: Document) -> Iterator[Document]:
    """Yield the plan with something else said of a step, of a pool, or of the whole."""
    guests = case.cluster.guests
    names: list[object] = [None, *(pool.name for pool in case.cluster.pools)]
    words: dict[str, list[object]] = {
        "name": [guest.name for guest in guests],
        "pool": names,
        "memory_bytes": [None, 0, *(guest.memory_bytes for guest in guests)],
        "command": [None, "rm -rf /", *(move["command"] for move in document["moves"])],
        "makes_own_pool_worse": [True, False],
    }
    for index, move in enumerate(document["moves"]):
        for field, values in words.items():
            for value in values:
                yield document | {"moves": _with(document["moves"], index, move | {field: value})}
    for status in (0, 1, 65, 69, 77, 78):
        yield document | {"status": status}
    yield from _with_other_pools(document)
    yield from _with_others_unresolved(names, document)


def _with_other_pools(document: Document) -> Iterator[Document]:
    pools = document["pools"]
    for index, pool in enumerate(pools):
        yield document | {"pools": [*pools, pool]}
        yield document | {"pools": _with(pools, index, pool | {"before": pool["after"], "after": pool["before"]})}
        for when in ("before", "after"):
            levels = pool[when]
            for fewer in (levels[1:], levels[:-1], [*levels, *levels[-1:]]):
                yield document | {"pools": _with(pools, index, pool | {when: fewer})}
            for depth, level in enumerate(levels):
                for change in ({"used": level["used"] + 1}, {"possible": level["possible"] + 1}, {"level": "rack"}):
                    other = pool | {when: _with(levels, depth, level | change)}
                    yield document | {"pools": _with(pools, index, other)}


def _with_others_unresolved(names: list[object], document: Document) -> Iterator[Document]:
    rows = document["unresolved"]
    for index in range(len(rows)):
        yield document | {"unresolved": rows[:index] + rows[index + 1 :]}
    for name in names:
        yield document | {"unresolved": [*rows, {"pool": name, "guest": None, "reason": "so it is"}]}


def _with(rows: list[Document], index: int, row: Document) -> list[Document]:
    return [*rows[:index], row, *rows[index + 1 :]]


def renumbered(document: Document, moves: list[Document]) -> Document:
    """Return the plan with these moves as its steps."""
    return document | {"moves": [move | {"step": number} for number, move in enumerate(moves, start=1)]}


def _command(move: Document) -> str:
    """Return what moves a virtual machine of Proxmox VE: these cases have no others, and no HA."""
    return f"qm migrate {move['guest']} {move['to']} --online"


class Telling:
    """What has to be said by a plan for a cluster, by brute force."""

    def __init__(self, case: Case, document: Document) -> None:
        """Find the members of the pools that the plan speaks of."""
        self.case, self.document = case, document
        self.scene = Scene(case.cluster, case.limit.of)
        self.policies = {pool.name: pool.policy for pool in case.cluster.pools}
        self.members = {PoolName(pool["name"]): self.scene.members_of[pool["name"]] for pool in document["pools"]}
        self.movers = tuple(member for guests in self.members.values() for member in guests)
        self.begin: Arrangement = tuple(guest.node for guest in self.movers)

    def is_right(self) -> bool:
        """Tell whether the steps are permitted, lead where the plan says, and all else that is said is so."""
        document = self.document
        end = self._end() if len(self.members) == len(document["pools"]) else None
        if end is None or not self._says_right_what_is_left(end):
            return False
        number = len(document["moves"])
        bounded = document["lower_bound"] == number if document["optimal"] else document["lower_bound"] <= number
        return bool(bounded and document["status"] == status_of_plan(self.case, document))

    def _end(self) -> Arrangement | None:
        """Return where all movers are after the steps; None where one is not permitted, or not what is said of it."""
        board = Board(self.scene, self.movers)
        state = self.begin
        for move in self.document["moves"]:
            index = next(number for number, guest in enumerate(self.movers) if guest.id == move["guest"])
            usable = move["to"] in self.scene.tree.usable
            if state[index] != move["from"] or not usable or not board.is_permitted(state, index, move["to"]):
                return None
            following = (*state[:index], move["to"], *state[index + 1 :])
            if not self._says_right(move, self.movers[index], (state, following)):
                return None
            state = following
        return state

    def _says_right(self, move: Document, guest: Guest, states: tuple[Arrangement, Arrangement]) -> bool:
        if guest.pool is None:
            return False
        before, after = (self._rank(guest.pool, state) for state in states)
        said = (move["name"], move["pool"], move["memory_bytes"], move["makes_own_pool_worse"], move["command"])
        return bool(said == (guest.name, guest.pool, guest.memory_bytes, after < before, _command(move)))

    def _places(self, pool: PoolName, state: Arrangement) -> Arrangement:
        return tuple(node for guest, node in zip(self.movers, state, strict=True) if guest.pool == pool)

    def _rank(self, pool: PoolName, state: Arrangement) -> Rank:
        return self.scene.tree.rank(self.policies[pool], self._places(pool, state))

    def _says_right_what_is_left(self, end: Arrangement) -> bool:
        """Tell whether each pool begins and ends as it is said to, and exactly the badly spread are unresolved."""
        bad = []
        for row in self.document["pools"]:
            for when, state in (("before", self.begin), ("after", end)):
                said = (row["measure"][when], row[when])
                if said != (list(map(abs, self._rank(row["name"], state))), self._levels(row["name"], state)):
                    return False
            ideal = self.scene.tree.ideal(self.policies[row["name"]], len(self.members[row["name"]]))
            if ideal is None or self._rank(row["name"], end) < ideal:
                bad.append(row["name"])
        return sorted(bad) == sorted(row["pool"] or "" for row in self.document["unresolved"])

    def _levels(self, pool: PoolName, state: Arrangement) -> list[Document]:
        tree, places = self.scene.tree, self._places(pool, state)
        rows = zip(tree.level_names, tree.used(places), tree.possible(len(places)), strict=True)
        return [{"level": name, "used": used, "possible": possible} for name, used, possible in rows]
