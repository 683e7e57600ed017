"""What every source does."""

from collections.abc import Sequence
from typing import Protocol

from ..cluster.cluster import Guest
from ..cluster.holds import LookedUp
from ..cluster.placement import Placement


class Source(Protocol):
    """Where the live placement is read."""

    def read(self) -> Placement:
        """Return who runs where at one moment, with what could not be seen as troubles.

        Raises SourceUnavailable, SourceForbidden or InvalidData where nothing can be said at all.
        """
        ...

    def look_up(self, guests: Sequence[Guest]) -> LookedUp:
        """Return what forbids a live migration of these guests of the last reading, and is not in it.

        What can't be found out is told in it.
        """
        ...
