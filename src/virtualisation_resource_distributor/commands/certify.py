"""How is a plan written down with its proof?"""

from hashlib import sha256
from pathlib import Path

from ..cluster.cluster import Cluster
from ..cluster.snapshot import dumps
from ..judge.plan import Plan
from ..reports.certificate import Basis, certificate_document
from ..reports.migration import uris_of
from ..reports.plan_document import plan_fields
from ..settings import Settings
from .replace import write_atomically


def certify(settings: Settings, cluster: Cluster, made: Plan, path: Path, status: int) -> None:
    """Write the plan with its proof into a file, whole or not at all; raises AnswerUnwritable."""
    basis = Basis(
        cluster=cluster,
        digest=digest_of(cluster),
        limit=settings.memory_limit,
        excluded=settings.excluded_pools,
    )
    fields = plan_fields(made, uris_of(cluster, settings.libvirt.uri), status)
    write_atomically(path, certificate_document(basis, made, fields))


def digest_of(cluster: Cluster) -> str:
    """Return the SHA-256 of the cluster's document; equal clusters have the same."""
    return sha256(dumps(cluster)).hexdigest()
