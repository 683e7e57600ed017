"""Plans with their certificates, as documents to change one place of."""

import json
from functools import lru_cache
from typing import Any

from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import PoolName
from virtualisation_resource_distributor.cluster.trouble import Trouble
from virtualisation_resource_distributor.commands.verify import Beside, check
from virtualisation_resource_distributor.exits import status_of
from virtualisation_resource_distributor.judge.findings import findings_of, troubles_of
from virtualisation_resource_distributor.judge.plan import Plan
from virtualisation_resource_distributor.judge.planning.mending import Request, plan_mending
from virtualisation_resource_distributor.judge.proof.certificate import certificate_of
from virtualisation_resource_distributor.judge.proof.verify import Refused, Verified
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.reports.certificate import Basis, certificate_document
from virtualisation_resource_distributor.reports.migration import Uris, uris_of
from virtualisation_resource_distributor.reports.plan_document import plan_fields

Document = dict[str, Any]


def certified(
    case: Case, pools: frozenset[PoolName] = frozenset(), *, make_room: bool = False
) -> tuple[Plan, Document]:
    """Return the plan for pools of a cluster, all of them if none is named, and its certificate."""
    request = Request(excluded=case.excluded, limit=case.limit, pools=pools, make_room=make_room)
    plan = plan_mending(case.cluster, request)
    basis = Basis(case.cluster, "digest", case.limit, case.excluded, pools)
    status = status_of_plan(case, {"moves": plan.steps, "unresolved": plan.unresolved})
    fields = plan_fields(plan, _uris(case), status)
    return plan, json.loads(certificate_document(basis, plan, fields))


def verified(case: Case, document: Document) -> Refused | Verified:
    """Check a certificate against the cluster that it is for."""
    certificate = certificate_of(json.loads(json.dumps(document)))
    return check(certificate, Beside(case.cluster, _uris(case), _troubles(case), is_live=False))


def status_of_plan(case: Case, document: Document) -> int:
    """Return the exit status of a plan: an alarm's where there is something to do, else that of the troubles."""
    return status_of(alarm=bool(document["moves"] or document["unresolved"]), troubles=_troubles(case))


def _uris(case: Case) -> Uris:
    return uris_of(case.cluster, "qemu+ssh://{node}/system")


@lru_cache
def _troubles(case: Case) -> tuple[Trouble, ...]:
    return troubles_of(findings_of(case.cluster, judge_pools(case.cluster, case.excluded, case.limit)))
