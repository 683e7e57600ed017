"""Read libvirt nodes, and remark what clashes on them."""

from ..cluster.model import Model
from ..cluster.placement import Placement
from ..cluster.trouble import Remark
from ..judge.inventory.clashes import clashes
from ..settings import Settings
from ..sources.choose import choose_libvirt
from ..store.definitions import read_definitions


def read_with_clashes(settings: Settings, model: Model) -> Placement:
    """Return what is live on libvirt nodes, with a remark for each clash; raises what source and store raise."""
    kept = read_definitions(settings.database_path)
    source = choose_libvirt(settings, model, "run")
    look = source.look_briefly({definition.uuid for definition in kept})
    found = clashes(look.inventory, kept, settings.libvirt.shared_storage)
    remarks = (Remark(code=one.code, subject=one.subject, message=one.message) for one in found)
    return look.placement._replace(remarks=(*look.placement.remarks, *remarks))
