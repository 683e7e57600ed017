"""What is there to say of the source that the settings name: its secret, the connection, and what it shows?"""

import os
import sys
from datetime import datetime
from shlex import quote
from typing import NamedTuple

from ...cluster.facts import HostFacts, SecretFacts
from ...cluster.model import Model
from ...cluster.placement import Placement
from ...errors import InvalidData, SourceForbidden, SourceUnavailable, UsageError
from ...judge.checkup.check import Check, Name, fault, not_checked
from ...judge.checkup.of_files import judge_secret
from ...judge.checkup.of_libvirt import judge_libvirt_nodes, judge_patterns
from ...judge.checkup.of_proxmox import (
    judge_access,
    judge_certificates,
    judge_clocks,
    judge_connection,
    judge_refusal,
    unknown_realm,
)
from ...settings import Given, ProxmoxSettings, libvirt_settings, proxmox_settings
from ...settings.table import PROXMOX_TOKEN_NAME, SECRETS_DIRECTORY
from ...sources.examine_secret import examine_secret

_PROXMOX: tuple[Name, ...] = ("connection", "certificate", "login", "privilege", "write-privilege")
_LIBVIRT: tuple[Name, ...] = ("connection", "same-machine")
_CLOCK: tuple[Name, ...] = ("clock",)
_PATTERNS: tuple[Name, ...] = ("member-patterns", "pattern-overlap")
_UNSAFE = "others can change .env, and could have the secret sent elsewhere or commands run"


class Live(NamedTuple):
    """What was found, and what is live where that could be read; `last` is told after what there is to the model."""

    checks: tuple[Check, ...]
    placement: Placement | None = None
    last: tuple[Check, ...] = ()


def look_at_secret(given: Given, source: str | None) -> tuple[SecretFacts | None, tuple[Check, ...]]:
    """Return the secret that the source takes; libvirt takes none."""
    if source is None:
        return None, (not_checked("secret", "SOURCE can't be read"),)
    if source == "libvirt":
        return None, ()
    try:
        name = "proxmox_token" if given.read(PROXMOX_TOKEN_NAME) else "proxmox_password"
        facts = examine_secret(name, given.read(SECRETS_DIRECTORY), given.credentials_directory)
    except UsageError:
        return None, (not_checked("secret", "PROXMOX_TOKEN_NAME or SECRETS_DIRECTORY can't be read"),)
    return facts, (judge_secret(facts, os.geteuid()),)


def look_at_proxmox(given: Given, source: str | None, secret: SecretFacts | None, now: datetime) -> Live:
    """Look at all hosts, and at what the account sees on the first that answers."""
    try:
        settings = proxmox_settings(given)
    except UsageError:
        return _nothing(_PROXMOX, "a PROXMOX_ setting can't be read", _CLOCK)
    if source is None or given.dotenv.is_foreign:
        why = _UNSAFE if given.dotenv.is_foreign else "SOURCE can't be read"
        return _nothing(_PROXMOX, why, _CLOCK)
    from ...sources.proxmox.examine import examine_ca_file, examine_hosts

    ca_fault = examine_ca_file(settings)
    hosts = examine_hosts(settings, ca_fault)
    checks = (*judge_connection(hosts, given), *judge_certificates(hosts, ca_fault, settings, given, now))
    access, placement = _look_inside(hosts, settings, secret, given)
    return Live(checks=(*checks, *access), placement=placement, last=tuple(judge_clocks(hosts)))


def _look_inside(
    hosts: tuple[HostFacts, ...], settings: ProxmoxSettings, secret: SecretFacts | None, given: Given
) -> tuple[tuple[Check, ...], Placement | None]:
    answering = [host.host for host in hosts if host.reach == "answers"]
    if not answering:
        return _all_not_checked(_PROXMOX[2:], "no host answers that is trusted"), None
    if wrong := unknown_realm(hosts, settings, given):
        return (wrong, *_all_not_checked(_PROXMOX[3:], "nobody is let in")), None
    if secret is None or secret.secret is None:
        return _all_not_checked(_PROXMOX[2:], "there is no secret that can be used"), None
    from ...sources.proxmox.examine import examine_access

    try:
        access = examine_access(settings, secret.secret, answering)
    except SourceForbidden as error:
        wrong = judge_refusal(str(error), settings, secret.path, given)
        return (wrong, *_all_not_checked(_PROXMOX[3:], "nobody is let in")), None
    except (SourceUnavailable, InvalidData) as error:
        wrong = fault("reading", "-", str(error), "see that this is the cluster's own API, and that its nodes are well")
        return (wrong, *_all_not_checked(_PROXMOX[2:], "the answers can't be used")), None
    return tuple(judge_access(access)), access.placement


def look_at_libvirt(given: Given, model: Model | None) -> Live:
    """Look at all nodes of the model."""
    try:
        settings = libvirt_settings(given)
    except UsageError:
        return _nothing(_LIBVIRT, "a LIBVIRT_ setting can't be read", _PATTERNS)
    if model is None or given.dotenv.is_foreign:
        why = _UNSAFE if given.dotenv.is_foreign else "the database could not be read"
        return _nothing(_LIBVIRT, why, _PATTERNS)
    try:
        from ...sources.libvirt.examine import examine_libvirt
    except (ImportError, OSError) as error:
        mend = f"run: {quote(sys.executable)} -m pip install libvirt-python"
        wrong = fault("connection", "libvirt", f"Python's libvirt can't be imported ({error})", mend)
        rest = _nothing(_LIBVIRT[1:], "libvirt can't be imported", _PATTERNS)
        return rest._replace(checks=(wrong, *rest.checks))
    facts = examine_libvirt(settings, model)
    checks = tuple(judge_libvirt_nodes(facts.nodes, model))
    if facts.placement is None:
        return Live(checks=checks, last=_all_not_checked(_PATTERNS, "no node could be read"))
    unread = [node.name for node in facts.nodes if node.fault]
    patterns = judge_patterns(facts.patterns, facts.overlaps, model, unread)
    return Live(checks=checks, placement=facts.placement, last=tuple(patterns))


def _nothing(names: tuple[Name, ...], why: str, last: tuple[Name, ...]) -> Live:
    return Live(checks=_all_not_checked(names, why), last=_all_not_checked(last, why))


def _all_not_checked(names: tuple[Name, ...], why: str) -> tuple[Check, ...]:
    return tuple(not_checked(name, why) for name in names)
