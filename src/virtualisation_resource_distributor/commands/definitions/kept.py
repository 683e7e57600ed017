"""Which of the definitions that are kept is meant?"""

from pathlib import Path

from ...cluster.definition import Definition
from ...cluster.domain_xml import uuid_of
from ...cluster.names import near
from ...errors import UsageError
from ...store.definitions import read_definitions, read_versions


def kept_newest(path: Path, name: str) -> Definition:
    """Return the newest version of the definition of this name or UUID.

    Raises UsageError where there is none, or where two domains have that name, and what the store raises.
    """
    return newest_among(read_definitions(path), name)


def newest_among(kept: tuple[Definition, ...], name: str) -> Definition:
    """Return the definition of this name or UUID; raises UsageError as `kept_newest` does."""
    uuid = uuid_of(name)
    found = [one for one in kept if one.uuid == uuid] or [one for one in kept if one.name == name]
    if not found:
        mend = "list-definitions lists all that are kept"
        raise UsageError(f"no definition of '{name}' is kept{near(name, [one.name for one in kept])}; {mend}")
    if len(found) > 1:
        uuids = ", ".join(one.uuid for one in found)
        raise UsageError(f"definitions of {len(found)} domains '{name}' are kept; give one's UUID as --name: {uuids}")
    return found[0]


def kept_version(path: Path, name: str, version: int | None) -> Definition:
    """Return this version, or the newest; raises UsageError where there is none, and what the store raises."""
    newest = kept_newest(path, name)
    if version is None or version == newest.version:
        return newest
    versions = read_versions(path, newest.uuid)
    for one in versions:
        if one.version == version:
            return one
    span = f"{versions[0].version} to {versions[-1].version}" if len(versions) > 1 else f"{versions[0].version} alone"
    raise UsageError(f"there is no version {version} of '{newest.name}'; there is {span}")
