"""What is wrong with this installation, and what mends it? Everything is looked at, and nothing is changed."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from ...cluster.facts import DatabaseFacts
from ...cluster.model import Model
from ...cluster.placement import Placement
from ...errors import UsageError
from ...exits import status_of
from ...judge.checkup.check import Check, not_checked
from ...judge.checkup.of_files import judge_database
from ...judge.checkup.of_model import (
    judge_empty_zones,
    judge_excluded,
    judge_nodes,
    judge_pools,
    judge_reading,
    judge_zones,
)
from ...judge.checkup.of_settings import judge_dotenv, judge_settings
from ...reports.checkup import checkup_document, checkup_lines
from ...settings import DOTENV, Given, read_dotenv
from ...settings.table import DATABASE_PATH, EXCLUDE_POOLS_NAMES, SOURCE
from ...store.examine import examine_database
from ..outcome import Outcome
from .live import Live, look_at_libvirt, look_at_proxmox, look_at_secret


class DoctorOptions(NamedTuple):
    """How the caller wants to see it; `width` is the terminal's, None without one."""

    format: Literal["text", "json"] = "text"
    width: int | None = None


def doctor(environment: Mapping[str, str], options: DoctorOptions, now: datetime) -> Outcome:
    """Check all that can be checked, whatever else is wrong; a fault is an alarm."""
    given = Given(environment=environment, dotenv=read_dotenv(DOTENV))
    checks = tuple(_checks(given, now))
    alarm = any(check.severity == "fault" for check in checks)
    if options.format == "json":
        text = checkup_document(checks, status_of(alarm=alarm, troubles=()))
    elif options.width is not None:
        from ...reports.tables import checkup_table

        text = checkup_table(checks, options.width)
    else:
        text = checkup_lines(checks)
    return Outcome(text=text, alarm=alarm)


def _checks(given: Given, now: datetime) -> Iterator[Check]:
    """Yield all checks, in the order in which what they find matters."""
    yield from judge_settings(given)
    yield from judge_dotenv(given, os.geteuid())
    source = _source(given)
    secret, checks = look_at_secret(given, source)
    yield from checks
    database = _database(given)
    if database is None:
        yield not_checked("database", "DATABASE_PATH can't be read")
    else:
        yield from judge_database(database, given)
    model = database.model if database is not None else None
    live = look_at_libvirt(given, model) if source == "libvirt" else look_at_proxmox(given, source, secret, now)
    yield from live.checks
    yield from _model_checks(given, model, live)
    yield from live.last


def _source(given: Given) -> str | None:
    try:
        return given.read(SOURCE)
    except UsageError:
        return None


def _database(given: Given) -> DatabaseFacts | None:
    try:
        return examine_database(given.read(DATABASE_PATH))
    except UsageError:
        return None


def _model_checks(given: Given, model: Model | None, live: Live) -> Iterator[Check]:
    placement = live.placement
    if model is None or placement is None:
        yield from _model_alone(model, live)
    else:
        yield from judge_reading(model, placement)
        yield judge_zones(model)
        yield from judge_nodes(model, placement)
        yield from judge_empty_zones(model)
        yield from judge_pools(model, placement)
    yield from _excluded(given, placement)


def _model_alone(model: Model | None, live: Live) -> Iterator[Check]:
    why = "the database could not be read" if model is None else "nothing that is live could be read"
    if not any(check.check == "reading" for check in live.checks):
        yield not_checked("reading", why)
    if model is None:
        yield from (not_checked(name, why) for name in ("zones", "node-zone", "node-live", "zone-nodes"))
    else:
        yield judge_zones(model)
        yield from (not_checked(name, why) for name in ("node-zone", "node-live"))
        yield from judge_empty_zones(model)
    yield not_checked("pools", why)


def _excluded(given: Given, placement: Placement | None) -> Iterator[Check]:
    if placement is None:
        yield not_checked("excluded-pools", "nothing that is live could be read")
        return
    try:
        yield from judge_excluded(given.read(EXCLUDE_POOLS_NAMES), placement, given)
    except UsageError:
        yield not_checked("excluded-pools", "EXCLUDE_POOLS_NAMES can't be read")
