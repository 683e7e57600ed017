"""What does a plan look like with its proof?"""

from hashlib import sha256

from ..cluster.cluster import Cluster
from ..cluster.snapshot import dumps
from ..judge.plan import Plan
from ..judge.planning.mending import Request
from ..reports.certificate import Basis, certificate_document
from ..reports.migration import uris_of
from ..reports.plan_document import plan_fields
from ..settings import Settings


def certificate_of_plan(settings: Settings, cluster: Cluster, made: Plan, request: Request, status: int) -> bytes:
    """Return the plan's document with its proof; `request` is what it was made for."""
    basis = Basis(
        cluster=cluster,
        digest=digest_of(cluster),
        limit=request.limit,
        excluded=request.excluded,
        asked=request.pools,
    )
    return certificate_document(basis, made, plan_fields(made, uris_of(cluster, settings.libvirt.uri), status))


def digest_of(cluster: Cluster) -> str:
    """Return the SHA-256 of the cluster's document; equal clusters have the same."""
    return sha256(dumps(cluster)).hexdigest()
