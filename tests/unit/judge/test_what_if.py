"""what-if is run on a snapshot that somebody edits by hand."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.documents import encoded
from tests.unit.judge.cases import LAW, cases
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Cluster
from virtualisation_resource_distributor.cluster.snapshot import dumps, loads
from virtualisation_resource_distributor.judge.findings import findings_of
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.what_if import Edits, consequences, edited, row_of


def _edits(cluster: Cluster) -> st.SearchStrategy[Edits]:
    nodes = [node.name for node in cluster.nodes]
    once = [guest.id for guest in cluster.guests if row_of(cluster, guest.id) == guest]
    some_nodes = st.frozensets(st.sampled_from(nodes), max_size=2) if nodes else st.just(frozenset())
    zones = [zone.name for zone in cluster.zones]
    moves = (
        st.dictionaries(st.sampled_from(once), st.sampled_from(nodes), max_size=3).map(
            lambda found: tuple(found.items())
        )
        if once
        else st.just(())
    )
    return st.builds(
        Edits,
        down_nodes=some_nodes,
        down_zones=st.frozensets(st.sampled_from(zones), max_size=1) if zones else st.just(frozenset()),
        maintenance=some_nodes,
        moves=moves,
    )


def _by_hand(cluster: Cluster, edits: Edits) -> Cluster:
    """Edit the document, as the definitions say it and no other way."""
    document: dict[str, Any] = json.loads(dumps(cluster))
    within = set(edits.down_zones)
    for _ in document["zones"]:
        within |= {zone["name"] for zone in document["zones"] if zone["parent"] in within}
    for node in document["nodes"]:
        if node["name"] in edits.down_nodes or node["zone"] in within:
            node["status"] = "offline"
        if node["name"] in edits.maintenance:
            node["maintenance"] = True
    for moved, node_name in edits.moves:
        rows = [row for row in document["guests"] if row["id"] == moved]
        (row,) = rows if len(rows) == 1 else [row for row in rows if row["status"] in ("running", "paused")]
        document["guests"] = [
            other for other in document["guests"] if other is row or (other["id"], other["node"]) != (moved, node_name)
        ]
        row["node"] = node_name
    return loads(encoded(document))


@LAW
@given(st.data(), cases())
def test_the_verdicts_are_those_of_run_on_an_edited_snapshot(data: st.DataObject, case: Case) -> None:
    """And so are the findings, whatever happens at once."""
    edits = data.draw(_edits(case.cluster))
    after, by_hand = edited(case.cluster, edits), _by_hand(case.cluster, edits)
    assert after == by_hand
    verdicts = judge_pools(after, case.excluded, case.limit)
    assert verdicts == judge_pools(by_hand, case.excluded, case.limit)
    assert findings_of(after, verdicts) == findings_of(by_hand, verdicts)


@LAW
@given(st.data(), cases())
def test_members_are_lost_or_gained_or_there_as_before(data: st.DataObject, case: Case) -> None:
    """Of each pool, so that their numbers tell what it costs."""
    after = edited(case.cluster, data.draw(_edits(case.cluster)))
    before = judge_pools(case.cluster, case.excluded, case.limit)
    for consequence in consequences(before, judge_pools(after, case.excluded, case.limit)):
        was = {guest.id for guest in consequence.before.members}
        lost, gained = ({guest.id for guest in guests} for guests in (consequence.lost, consequence.gained))
        assert lost <= was
        assert not gained & was
        assert {guest.id for guest in consequence.after.members} == was - lost | gained
        assert consequence.changes or not (lost or gained)


@given(cases())
def test_where_nothing_happens_nothing_changes(case: Case) -> None:
    """To the last word."""
    verdicts = judge_pools(edited(case.cluster, Edits()), case.excluded, case.limit)
    assert not any(one.changes for one in consequences(judge_pools(case.cluster, case.excluded, case.limit), verdicts))
