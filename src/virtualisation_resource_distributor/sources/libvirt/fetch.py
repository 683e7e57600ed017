"""Ask all nodes side by side, and look again until every domain stood still.

A domain that is migrated while nodes are read one after the other can be seen on both, or on none. So nodes are looked
at in rounds: a domain is believed where two rounds in a row agree about it, for then it was there when the first of
them had ended. One seen active on two nodes takes another round, a moment later.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import partial

from ...cluster.names import NodeName
from ..side_by_side import side_by_side
from .answers import Activity, Answers, Details, NodeAnswers, NodeFault, Uuid
from .connect import Connection, NodeUnreadable
from .moving import is_active, is_on_the_move
from .ssh import ended_ssh
from .words import no_answer, same_machine

_ROUNDS = 6
# What answers has this long to be looked at again where one that does not took up the whole time-out, and each look at
# least so long that a node that answers is not called silent.
_GRACE_SECONDS = 0.4
_LOOK_SECONDS = 0.35
_PAUSE_SECONDS = 0.25

_Places = Mapping[NodeName, Activity]


class _Reading:
    """One node while it is read; only one thread at a time works on it.

    `xml` has a definition for each domain, and another one for while it is active.
    """

    def __init__(self, connection: Connection) -> None:
        self.sizes = connection.sizes()
        self.machine = connection.host_uuid()
        self.snapshots = connection.with_snapshots()
        self.xml: dict[tuple[Uuid, bool], str] = {}
        self.activity: dict[Uuid, Activity] = {}
        self.details: Details | None = None
        self.definitions: Mapping[Uuid, str] = {}
        self._connection = connection

    def look(self) -> None:
        """Ask what there is now, and of domains that are new or may be on the move all that there is to know."""
        seen = self._connection.activity()
        for uuid in [uuid for uuid, now in seen.items() if self._is_new(uuid, now)]:
            xml = self._connection.xml(uuid)
            if xml is None:
                del seen[uuid]
            else:
                self.xml[uuid, is_active(seen[uuid])] = xml
        still = {uuid: known for uuid, known in self.activity.items() if _stands_still(known, seen.get(uuid))}
        asked = [uuid for uuid, now in seen.items() if is_active(now) and uuid not in still]
        jobs = self._connection.jobs(asked)
        gone = set(asked) - jobs.keys()
        told = {uuid: seen[uuid]._replace(job=job) for uuid, job in jobs.items()}
        self.activity = {uuid: now for uuid, now in {**seen, **still, **told}.items() if uuid not in gone}

    def look_closer(self) -> None:
        """Ask what only an inventory tells, once the domains stand still."""
        self.look_at_definitions(self.activity)
        self.details = self._connection.details()

    def look_at_definitions(self, uuids: Collection[Uuid]) -> None:
        """Ask for the definitions that the next start of these domains takes."""
        definitions = {uuid: self._definition(uuid, now) for uuid, now in self.activity.items() if uuid in uuids}
        self.definitions = {uuid: xml for uuid, xml in definitions.items() if xml is not None}

    def _definition(self, uuid: Uuid, now: Activity) -> str | None:
        return self._connection.xml(uuid, next_start=True) if is_active(now) else self.xml[uuid, False]

    def _is_new(self, uuid: Uuid, now: Activity) -> bool:
        known = self.activity.get(uuid)
        return known is None or is_active(known) != is_active(now)


def _stands_still(known: Activity, now: Activity | None) -> bool:
    """Tell whether a domain is active as it was, with nothing in the way that may have ended since."""
    return now is not None and is_active(now) and known[:2] == now[:2] and known.job in {"none", "hung"}


@ended_ssh()
def fetch(
    uris: Mapping[NodeName, str], timeout_seconds: float, *, details: bool = False, kept: Collection[Uuid] = ()
) -> Answers:
    """Return what the nodes answered, each within the time-out; all are asked at once.

    With `details` they are asked for what an inventory tells too; else only for the definitions of domains that are on
    two nodes, or of which one is `kept`.
    """
    deadline = time.monotonic() + timeout_seconds
    nodes = _Nodes(uris, timeout_seconds)
    nodes.open(deadline)
    nodes.leave_out_the_same_machine()
    places, unsettled = _look_until_settled(nodes, max(deadline, time.monotonic() + _GRACE_SECONDS))
    if details:
        nodes.look_closer(max(deadline, time.monotonic() + _GRACE_SECONDS))
    else:
        nodes.look_at_definitions(kept, max(deadline, time.monotonic() + _GRACE_SECONDS))
    return Answers(
        nodes={name: _answers(reading, name, places) for name, reading in sorted(nodes.readings.items())},
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
        self._ask({name: reading.look for name, reading in self.readings.items()}, deadline)

    def look_closer(self, deadline: float) -> None:
        """Ask those that answered for what only an inventory tells; one that does not answer now is out."""
        self._ask({name: reading.look_closer for name, reading in self.readings.items()}, deadline)

    def look_at_definitions(self, kept: Collection[Uuid], deadline: float) -> None:
        """Ask for definitions that can be compared; what a node does not tell now is not known, and no fault of it."""
        places = Counter(uuid for reading in self.readings.values() for uuid in reading.activity)
        asked = {*kept, *(uuid for uuid, count in places.items() if count > 1)}
        looks = {
            name: partial(reading.look_at_definitions, asked)
            for name, reading in self.readings.items()
            if not asked.isdisjoint(reading.activity)
        }
        if looks:
            side_by_side(looks, deadline=deadline)

    def _ask(self, looks: Mapping[NodeName, Callable[[], None]], deadline: float) -> None:
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

    def leave_out_the_same_machine(self) -> None:
        """Leave out nodes that are one machine: each of its domains would seem to run twice, and in two places."""
        nodes_of: defaultdict[str, list[NodeName]] = defaultdict(list)
        for name, reading in self.readings.items():
            if reading.machine is not None:
                nodes_of[reading.machine].append(name)
        for names in nodes_of.values():
            for name in names if len(names) > 1 else ():
                del self.readings[name]
                others = [other for other in names if other != name]
                self.faults[name] = same_machine(self._uris[name], others)

    def _fault(self, name: NodeName, answer: object) -> NodeFault:
        match answer:
            case NodeUnreadable(fault=fault):
                return fault
            case Exception():
                raise answer
            case _:
                return no_answer(self._uris[name], self._timeout_seconds)


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


def _answers(reading: _Reading, name: NodeName, places: Mapping[Uuid, _Places]) -> NodeAnswers:
    activity = {uuid: last for uuid, last in reading.activity.items() if not is_active(last)}
    activity |= {uuid: there[name] for uuid, there in places.items() if name in there}
    memory_bytes, vcpus = reading.sizes
    xml = {uuid: reading.xml[uuid, is_active(now)] for uuid, now in activity.items()}
    return NodeAnswers(
        memory_bytes=memory_bytes,
        vcpus=vcpus,
        xml=xml,
        activity=activity,
        details=reading.details,
        definitions=reading.definitions,
        snapshots=reading.snapshots,
    )
