"""Which paths do all nodes see alike, by what the settings say?"""

from collections.abc import Iterable
from posixpath import normpath


def is_shared(path: str, places: Iterable[str]) -> bool:
    """Tell whether a path is one of these places, or lies in one; places that are no paths name storage pools."""
    path = normpath(path)
    return any(lies_in(path, place) for place in places if place.startswith("/"))


def lies_in(path: str, place: str) -> bool:
    """Tell whether a path without detours is this place, or lies in it."""
    return path == place or path.startswith(f"{place.rstrip('/')}/")
