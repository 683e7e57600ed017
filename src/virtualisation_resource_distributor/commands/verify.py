"""Is a plan that was written down what it says it is, and does it still fit?"""

import json
from pathlib import Path
from typing import Any, Literal

from ..cluster.limit import MemoryLimit
from ..cluster.names import listed
from ..errors import FileMissing, InvalidData
from ..exits import status_of
from ..judge.proof.certificate import Certificate, certificate_of
from ..judge.proof.replay import Replay
from ..judge.proof.verify import Refused, Verified
from ..judge.proof.verify import verify as check
from ..reports.text import printable
from ..settings import Settings
from .certify import digest_of
from .judging import judge
from .looked_up import looked_up
from .outcome import Outcome


def verify(
    settings: Settings, plan_file: str, snapshot_file: str | None, format_: Literal["text", "json"] = "text"
) -> Outcome:
    """Check the plan against the snapshot, or against what is live; one that is refused is an alarm.

    Of what is live the guests that the plan moves are looked up: since it was made a CD-ROM may have been put in.
    """
    certificate = _read_certificate(plan_file)
    judged = judge(settings, snapshot_file, ())
    moved = {guest for guest, _, _ in certificate.moves}
    judged = looked_up(settings, judged, (), [guest for guest in judged.cluster.guests if guest.id in moved])
    cluster = judged.cluster
    answer: Refused | Verified
    if difference := _other_settings(settings, certificate):
        answer = Refused(difference)
    elif snapshot_file is not None and digest_of(cluster) != certificate.digest:
        answer = Refused("it was made for another snapshot")
    else:
        answer = check(certificate, Replay(cluster, certificate.limit))
    alarm = isinstance(answer, Refused)
    status = status_of(alarm=alarm, troubles=judged.troubles)
    text = _document(certificate, answer, status) if format_ == "json" else _line(certificate, answer, snapshot_file)
    return Outcome(text=text, lines=judged.trouble_lines, alarm=alarm, troubles=judged.troubles)


def _read_certificate(name: str) -> Certificate:
    try:
        return certificate_of(json.loads(Path(name).read_bytes(), object_pairs_hook=_object))
    except OSError as error:
        expected = "a plan, as plan --certificate FILE writes it"
        raise FileMissing(f"{name}: can't be read: {error.strerror}; expected {expected}") from error
    except InvalidData as error:
        raise InvalidData(f"{name}: {error.where}", error.problem) from error
    except (ValueError, RecursionError) as error:
        raise InvalidData(name, f"is not JSON ({error}); expected a plan, as plan --certificate writes it") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise InvalidData("document", "a field stands twice in one object, and only one of them can be meant")
    return content


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
