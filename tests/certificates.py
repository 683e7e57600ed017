"""Plans with their certificates, as documents to change one place of."""

import json
from typing import Any

from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import PoolName
from virtualisation_resource_distributor.judge.plan import Plan
from virtualisation_resource_distributor.judge.planning.mending import Request, plan_mending
from virtualisation_resource_distributor.judge.proof.certificate import certificate_of
from virtualisation_resource_distributor.judge.proof.replay import Replay
from virtualisation_resource_distributor.judge.proof.verify import Refused, Verified, verify
from virtualisation_resource_distributor.reports.certificate import Basis, certificate_document
from virtualisation_resource_distributor.reports.migration import uris_of
from virtualisation_resource_distributor.reports.plan_document import plan_fields

Document = dict[str, Any]


def certified(
    case: Case, pools: frozenset[PoolName] = frozenset(), *, make_room: bool = False
) -> tuple[Plan, Document]:
    """Return the plan for pools of a cluster, all of them if none is named, and its certificate."""
    request = Request(excluded=case.excluded, limit=case.limit, pools=pools, make_room=make_room)
    plan = plan_mending(case.cluster, request)
    basis = Basis(case.cluster, "digest", case.limit, case.excluded, pools)
    fields = plan_fields(plan, uris_of(case.cluster, "qemu+ssh://{node}/system"), 78)
    return plan, json.loads(certificate_document(basis, plan, fields))


def verified(case: Case, document: Document) -> Refused | Verified:
    """Check a certificate against the cluster that it is for."""
    certificate = certificate_of(json.loads(json.dumps(document)))
    return verify(certificate, Replay(case.cluster, certificate.limit))
