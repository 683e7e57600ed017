"""Ask all nodes side by side, and look again until every domain stood still.

A domain that is migrated while nodes are read one after the other can be seen on both, or on none. So nodes are looked
at in rounds: a domain is believed where two rounds in a row agree about it, for then it was there when the first of
them had ended. One seen active on two nodes takes another round, a moment later.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from functools import partial

from ...cluster.names import NodeName
from ..side_by_side import side_by_side
from .answers import Activity, Answers, NodeAnswers, NodeFault, Uuid
from .connect import Connection, NodeUnreadable
from .moving import is_active, is_on_the_move
from .words import no_answer, shown

_ROUNDS = 6
# What answers has this long to be looked at again where one that does not took up the whole time-out, and each look at
# least so long that a node that answers is not called silent.
_GRACE_SECONDS = 0.5
_LOOK_SECONDS = 0.25
_PAUSE_SECONDS = 0.25

_Places = Mapping[NodeName, Activity]


class _Reading:
    """One node while it is read; only one thread at a time works on it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.sizes = connection.sizes()
        self.xml: dict[Uuid, str] = {}
        self.activity: dict[Uuid, Activity] = {}

    def look(self) -> None:
        """Ask what there is now, and of domains that are new or may be on the move all that there is to know."""
        seen = self.connection.activity()
        for uuid in list(seen):
            known = self.activity.get(uuid)
            is_there = uuid in self.xml or self._read_xml(uuid)
            if not is_there or (is_active(seen[uuid]) and not self._read_job(seen, uuid, known)):
                del seen[uuid]
        self.activity = seen

    def _read_xml(self, uuid: Uuid) -> bool:
        xml = self.connection.xml(uuid)
        if xml is not None:
            self.xml[uuid] = xml
        return xml is not None

    def _read_job(self, seen: dict[Uuid, Activity], uuid: Uuid, known: Activity | None) -> bool:
        """Put the job beside the state; one that stood still with no job a moment ago is not asked again."""
        if known is not None and known.job == "none" and known[:2] == seen[uuid][:2]:
            seen[uuid] = known
            return True
        job = self.connection.job(uuid)
        if job is not None:
            seen[uuid] = seen[uuid]._replace(job=job)
        return job is not None


def fetch(uris: Mapping[NodeName, str], timeout_seconds: float) -> Answers:
    """Return what the nodes answered, each within the time-out; all are asked at once."""
    deadline = time.monotonic() + timeout_seconds
    nodes = _Nodes(uris, timeout_seconds)
    nodes.open(deadline)
    deadline = max(deadline, time.monotonic() + _GRACE_SECONDS)
    places, unsettled = _look_until_settled(nodes, deadline)
    nodes.leave_out_the_same_machine(places, deadline)
    return Answers(
        nodes={name: _answers(name, reading, places) for name, reading in sorted(nodes.readings.items())},
        faults=dict(sorted(nodes.faults.items())),
        unsettled=unsettled,
    )


class _Nodes:
    """The nodes that answer still, and why the others don't."""

    def __init__(self, uris: Mapping[NodeName, str], timeout_seconds: float) -> None:
        self._uris = uris
        self._timeout_seconds = timeout_seconds
        self.readings: dict[NodeName, _Reading] = {}
        self.faults: dict[NodeName, NodeFault] = {}

    def open(self, deadline: float) -> None:
        """Connect to all nodes and take the first look at each."""

        def first_look(uri: str) -> _Reading:
            reading = _Reading(Connection(uri))
            reading.look()
            return reading

        answers = side_by_side({name: partial(first_look, uri) for name, uri in self._uris.items()}, deadline=deadline)
        for name in self._uris:
            answer = answers.get(name)
            if isinstance(answer, _Reading):
                self.readings[name] = answer
            else:
                self.faults[name] = self._fault(name, answer)

    def look(self, deadline: float) -> None:
        """Look again at those that answered; one that does so no more is out."""
        looks = {name: reading.look for name, reading in self.readings.items()}
        answers = side_by_side(looks, deadline=max(deadline, time.monotonic() + _LOOK_SECONDS))
        for name in looks:
            if name not in answers or answers[name] is not None:
                del self.readings[name]
                self.faults[name] = self._fault(name, answers.get(name))

    def active(self) -> Mapping[Uuid, _Places]:
        """Return for each domain the nodes where it is active now."""
        places: defaultdict[Uuid, dict[NodeName, Activity]] = defaultdict(dict)
        for name, reading in self.readings.items():
            for uuid, activity in reading.activity.items():
                if is_active(activity):
                    places[uuid][name] = activity
        return places

    def leave_out_the_same_machine(self, places: Mapping[Uuid, _Places], deadline: float) -> None:
        """Leave out nodes whose URI leads to the machine of another one, where each domain seems to run twice."""
        suspects = {node for nodes in places.values() if len(nodes) > 1 for node in nodes}
        ask: dict[NodeName, Callable[[], str | None]] = {
            name: self.readings[name].connection.host_uuid for name in sorted(suspects & self.readings.keys())
        }
        answers = side_by_side(ask, deadline=max(deadline, time.monotonic() + _LOOK_SECONDS))
        first: dict[str, NodeName] = {}
        for name in ask:
            machine = answers.get(name)
            if isinstance(machine, str) and first.setdefault(machine, name) != name:
                del self.readings[name]
                self.faults[name] = _same_machine(self._uris[name], first[machine])

    def _fault(self, name: NodeName, answer: object) -> NodeFault:
        match answer:
            case NodeUnreadable(fault=fault):
                return fault
            case Exception():
                raise answer
            case _:
                return no_answer(self._uris[name], self._timeout_seconds)


def _same_machine(uri: str, other: NodeName) -> NodeFault:
    mend = "give each node its own URI with set-node --uri"
    message = f"{shown(uri)} leads to the machine of node '{other}' (one host UUID), so it was left out; {mend}"
    return NodeFault(kind="contradiction", message=message)


def _look_until_settled(nodes: _Nodes, deadline: float) -> tuple[dict[Uuid, _Places], frozenset[Uuid]]:
    """Return where each domain is active as soon as rounds agree, and those about which they never did."""
    settled: dict[Uuid, _Places] = {}
    agreed: Counter[Uuid] = Counter()
    before = nodes.active()
    for _ in range(_ROUNDS):
        nodes.look(deadline)
        now = nodes.active()
        open_ = (before.keys() | now.keys()) - settled.keys()
        for uuid in open_:
            there = now.get(uuid, {})
            agreed[uuid] = agreed[uuid] + 1 if there.keys() == before.get(uuid, {}).keys() else 0
            if agreed[uuid] >= _rounds_to_agree(there):
                settled[uuid] = there
        open_ -= settled.keys()
        if not open_:
            return settled, frozenset()
        if any(len(now.get(uuid, {})) > 1 for uuid in open_):
            time.sleep(_PAUSE_SECONDS)
        before, earlier = now, before
        if time.monotonic() > deadline:
            break
    return {**{uuid: {**earlier.get(uuid, {}), **now.get(uuid, {})} for uuid in open_}, **settled}, frozenset(open_)


def _rounds_to_agree(places: _Places) -> int:
    """Return how many rounds must agree with the one before: one that seems to run twice is looked at once more."""
    return 2 if len(places) > 1 and not is_on_the_move(places) else 1


def _answers(name: NodeName, reading: _Reading, places: Mapping[Uuid, _Places]) -> NodeAnswers:
    activity = {uuid: last for uuid, last in reading.activity.items() if not is_active(last)}
    activity |= {uuid: there[name] for uuid, there in places.items() if name in there}
    memory_bytes, vcpus = reading.sizes
    xml = {uuid: reading.xml[uuid] for uuid in activity}
    return NodeAnswers(memory_bytes=memory_bytes, vcpus=vcpus, xml=xml, activity=activity)
