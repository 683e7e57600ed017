"""Is a plan that was written down what it says it is, and does it still fit?"""

import json
from typing import Literal, NamedTuple

from ..cluster.cluster import Cluster
from ..cluster.json_text import parse
from ..cluster.limit import MemoryLimit
from ..cluster.names import listed
from ..cluster.trouble import Trouble
from ..errors import UsageError
from ..exits import WITHOUT_ALARM, status_of
from ..judge.plan import Move
from ..judge.proof.certificate import Certificate, certificate_of
from ..judge.proof.replay import Replay
from ..judge.proof.verify import Refused, Verified
from ..judge.proof.verify import verify as replayed
from ..reports.migration import Uris, command_or_none, uris_of
from ..reports.text import printable
from ..settings import Settings
from .certify import digest_of
from .judging import judge
from .looked_up import looked_up
from .outcome import Outcome
from .reading import STANDARD_INPUT, in_file, read_file


class Beside(NamedTuple):
    """What a plan is compared with: a cluster, the connections of its nodes, and the troubles of reading it."""

    cluster: Cluster
    uris: Uris
    troubles: tuple[Trouble, ...]
    is_live: bool


def verify(
    settings: Settings, plan_file: str, snapshot_file: str | None, format_: Literal["text", "json"] = "text"
) -> Outcome:
    """Check the plan against the snapshot, or against what is live; one that is refused is an alarm.

    Of what is live the guests that the plan moves are looked up: since it was made a CD-ROM may have been put in.
    Raises UsageError where both are to come from standard input, and what reading a file or the source raises.
    """
    if plan_file == snapshot_file == STANDARD_INPUT:
        raise UsageError("PLAN and SNAPSHOT can't both come from standard input; give one of them as a file")
    document = read_file(plan_file, "a plan, as plan --certificate FILE writes it")
    with in_file(plan_file):
        certificate = certificate_of(parse(document, "plan"))
    judged = judge(settings, snapshot_file, ())
    moved = {step.guest for step in certificate.moves}
    judged = looked_up(settings, judged, (), [guest for guest in judged.cluster.guests if guest.id in moved])
    cluster = judged.cluster
    answer: Refused | Verified
    if difference := _other_settings(settings, certificate):
        answer = Refused(difference)
    elif snapshot_file is not None and digest_of(cluster) != certificate.digest:
        answer = Refused("it was made for another snapshot")
    else:
        uris = uris_of(cluster, settings.libvirt.uri)
        answer = check(certificate, Beside(cluster, uris, judged.troubles, is_live=snapshot_file is None))
    alarm = isinstance(answer, Refused)
    status = status_of(alarm=alarm, troubles=judged.troubles)
    text = _document(certificate, answer, status) if format_ == "json" else _line(certificate, answer, snapshot_file)
    return Outcome(text=text, lines=judged.trouble_lines, alarm=alarm, troubles=judged.troubles)


def check(certificate: Certificate, beside: Beside) -> Refused | Verified:
    """Replay the plan, and compare what it says beside the replay: its commands and its status."""
    replay = Replay(beside.cluster, certificate.limit)
    answer = replayed(certificate, replay)
    fault = _other_command(certificate, replay, beside.uris) or _other_status(certificate, beside)
    return Refused(fault) if isinstance(answer, Verified) and fault else answer


def _other_command(certificate: Certificate, replay: Replay, uris: Uris) -> str | None:
    """Return which step has a command that is not the one that makes it; the command itself is not repeated."""
    for number, (step, guest) in enumerate(((step, replay.guest(step.guest)) for step in certificate.moves), start=1):
        if guest is not None and step.command != command_or_none(Move(guest, step.from_node, step.to_node), uris):
            rests = ", with LIBVIRT_URI as it is now" if guest.kind == "domain" else ""
            return f"the command of step {number} is not the one that makes its move{rests}"
    return None


def _other_status(certificate: Certificate, beside: Beside) -> str | None:
    """Return why the status is not the plan's; of what is live troubles may be others than when the plan was made."""
    alarm = bool(certificate.moves or certificate.unresolved)
    expected = status_of(alarm=alarm, troubles=beside.troubles)
    if certificate.status == expected or (beside.is_live and not alarm and certificate.status in WITHOUT_ALARM):
        return None
    return f"its status is {certificate.status}, and that of such a plan is {expected}"


def _other_settings(settings: Settings, certificate: Certificate) -> str | None:
    """Return which setting is another one than the plan rests on; None where all are the same."""
    if certificate.limit != settings.memory_limit:
        was, now = _in_words(certificate.limit), _in_words(settings.memory_limit)
        return f"it rests on NODE_MEMORY_LIMIT={was}, and now that is {now}"
    if certificate.excluded != settings.excluded_pools:
        was, now = (json.dumps(sorted(pools)) for pools in (certificate.excluded, settings.excluded_pools))
        return f"it rests on EXCLUDE_POOLS_NAMES={was}, and now that is {now}"
    return None


def _in_words(limit: MemoryLimit) -> str:
    return f"-{limit.reserve_bytes // 2**20}MiB" if limit.reserve_bytes else f"{limit.percent}%"


def _line(certificate: Certificate, answer: Refused | Verified, snapshot_file: str | None) -> str:
    where = "and it fits what is live now" if snapshot_file is None else "and it fits the snapshot"
    if isinstance(answer, Refused):
        return f"{printable(f'Refused: {answer.reason}.')}\n"
    number = len(certificate.moves)
    if not number:
        return f"Verified: it has no moves, {where}. {_goals(answer)}\n"
    moves = f"{number} move{'' if number == 1 else 's'}, each permitted when its turn comes"
    return f"{printable(f'Verified: {moves}, {where}. {_goals(answer)} {_count(certificate, answer)}')}\n"


def _goals(answer: Verified) -> str:
    if not answer.unproven_goals:
        return "Its pools end as spread as can be."
    return f"Pools {listed(answer.unproven_goals)} do not end spread; that they can't get further is not checked."


def _count(certificate: Certificate, answer: Verified) -> str:
    number, proven = len(certificate.moves), answer.proven_moves
    if proven == number:
        return "Fewer moves are proven not to be enough."
    rests = "rests on a search, which is not checked" if certificate.optimal else "is not known"
    return f"At least {proven} are proven to be needed; that fewer than {number} are not enough {rests}."


def _document(certificate: Certificate, answer: Refused | Verified, status: int) -> str:
    """Return the answer as a JSON document, schema 1, in ASCII."""
    refused = isinstance(answer, Refused)
    document = {
        "schema": 1,
        "status": status,
        "verdict": "refused" if refused else "verified",
        "reason": answer.reason if isinstance(answer, Refused) else None,
        "moves": len(certificate.moves),
        "proven_moves": None if isinstance(answer, Refused) else answer.proven_moves,
        "unproven_goals": None if isinstance(answer, Refused) else list(answer.unproven_goals),
    }
    return f"{json.dumps(document, indent=2)}\n"
