"""What every source does."""

from typing import Protocol

from ..cluster.placement import Placement


class Source(Protocol):
    """Where the live placement is read."""

    def read(self) -> Placement:
        """Return who runs where at one moment, with what could not be seen as troubles.

        Raises SourceUnavailable, SourceForbidden or InvalidData where nothing can be said at all.
        """
        ...
