"""Which domains were stopped on purpose, so that nothing restarts them?"""

from pathlib import Path

from ..cluster.definition import WantedDown
from ..cluster.names import GuestId
from .changes import changing
from .queries import tables_of
from .tables import WantedDownRow


def want_down(path: Path, wanted: WantedDown) -> None:
    """Write down that a domain is to stay down; raises as `changing` does."""
    with changing(path):
        WantedDownRow.replace(**wanted._asdict()).execute()


def want_up(path: Path, uuid: GuestId) -> None:
    """Forget that a domain is to stay down; raises as `changing` does."""
    with changing(path):
        WantedDownRow.delete().where(WantedDownRow.uuid == uuid).execute()


def read_wanted_down(path: Path) -> tuple[WantedDown, ...]:
    """Return the domains that are to stay down, sorted by name; raises as `read_model` does."""
    with tables_of(path):
        return tuple(
            WantedDown(
                uuid=GuestId(row.uuid),
                name=row.name,
                created_at=row.created_at,
                author=row.author,
                autostart=row.autostart,
            )
            for row in WantedDownRow.select().order_by(WantedDownRow.name, WantedDownRow.uuid)
        )
