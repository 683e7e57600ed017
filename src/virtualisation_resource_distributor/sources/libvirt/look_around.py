"""What do the nodes offer to guests, by what libvirt tells and, where it is reached over ssh, by what a shell tells?"""

import threading
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...cluster.names import NodeName
from ...cluster.surroundings import ShellFacts, Surroundings
from ...cluster.trouble import Trouble
from .answers import troubles_of
from .fetch_surroundings import fetch_surroundings
from .over_ssh import SshPlace, SshSilent, ask_over_ssh, place_of
from .shell_answers import ShellAnswer, parse_shell
from .source import LibvirtSource
from .ssh import ended_ssh
from .surroundings import parse_surroundings

_NOT_SSH = "not reached over ssh, by a URI like qemu+ssh://HOST/system, and libvirt tells nothing of these"
_BROKEN_OFF = "what its shell tells breaks off"


class LookedAround(NamedTuple):
    """What the nodes offer, the troubles of those that told nothing, and where ssh goes for those that it reaches."""

    surroundings: Surroundings
    places: Mapping[NodeName, SshPlace]
    troubles: tuple[Trouble, ...] = ()


@ended_ssh()
def look_around(source: LibvirtSource, names: Collection[NodeName]) -> LookedAround:
    """Ask these nodes of a source, through libvirt and ssh at the same time; nothing is changed."""
    uris = {name: uri for name, uri in source.uris.items() if name in names}
    places = {name: place for name, uri in sorted(uris.items()) if (place := place_of(uri)) is not None}
    seconds = source.settings.timeout_seconds
    told: dict[NodeName, ShellAnswer | SshSilent] = {}
    over_ssh = threading.Thread(target=lambda: told.update(ask_over_ssh(places, seconds)), daemon=True)
    over_ssh.start()
    around = look_through_libvirt(uris, seconds)
    over_ssh.join()
    shells, unasked = _shells(told)
    by_libvirt = dict.fromkeys(sorted(uris.keys() - places.keys()), _NOT_SSH)
    return around._replace(
        surroundings=around.surroundings._replace(shells=shells, unasked={**by_libvirt, **unasked}), places=places
    )


def look_through_libvirt(uris: Mapping[NodeName, str], timeout_seconds: float) -> LookedAround:
    """Ask nodes through libvirt alone; nothing is changed."""
    answers = fetch_surroundings(uris, timeout_seconds)
    return LookedAround(
        surroundings=Surroundings(nodes={name: parse_surroundings(raw) for name, raw in answers.nodes.items()}),
        places=MappingProxyType({}),
        troubles=tuple(troubles_of(answers.faults).values()),
    )


def _shells(
    told: Mapping[NodeName, ShellAnswer | SshSilent],
) -> tuple[Mapping[NodeName, ShellFacts], Mapping[NodeName, str]]:
    shells, unasked = {}, {}
    for name, answer in sorted(told.items()):
        if isinstance(answer, SshSilent):
            unasked[name] = str(answer)
        elif (facts := parse_shell(answer)) is None:
            unasked[name] = _BROKEN_OFF
        else:
            shells[name] = facts
    return shells, unasked
