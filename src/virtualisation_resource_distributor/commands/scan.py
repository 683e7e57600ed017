"""Ask the libvirt nodes what they have and what runs there, and keep it."""

from collections.abc import Sequence

from ..cluster.assemble import assemble
from ..judge.findings import findings_of, troubles_of
from ..judge.spread import judge_pools
from ..reports.lines import trouble_lines
from ..settings import Settings
from ..sources.choose import choose_libvirt
from ..store.locks import locked
from ..store.queries import read_model
from ..store.scanned import write_scan
from .asked import known_model_nodes
from .outcome import Outcome

_LOCK = "scan"


def scan(settings: Settings, names: Sequence[str]) -> Outcome:
    """Scan these nodes, or all where none is named; silent where all answered and nothing contradicts itself.

    What was known of a node that gives no answer stays. Raises UsageError where a node is not in the model or SOURCE is
    not libvirt, Busy while another scan goes on, and what the store raises.
    """
    model = read_model(settings.database_path)
    source = choose_libvirt(settings, model, "scan").only(known_model_nodes(model, names))
    with locked(settings.database_path, _LOCK, "scan"):
        look = source.look()
        write_scan(settings.database_path, look.inventory)
    cluster = assemble(look.placement, model)
    findings = findings_of(cluster, judge_pools(cluster, settings.excluded_pools, settings.memory_limit))
    return Outcome(lines=trouble_lines(cluster, findings), troubles=troubles_of(findings))
