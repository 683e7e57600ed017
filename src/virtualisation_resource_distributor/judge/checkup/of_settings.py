"""Is each setting what it may be, and can `.env` be believed?"""

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from shlex import quote
from typing import Any

from ...errors import UsageError
from ...settings import TABLE, Given, Origin, Setting
from ...settings.reading import DATABASE_URL
from ...settings.table import PROXMOX_REALM, PROXMOX_USERNAME
from .check import Check, fault, fine, in_shell, not_checked, warning

_NAMES = tuple(setting.name for setting in TABLE)
_OURS = ("PROXMOX_", "LIBVIRT_", "DATABASE_")
_SECRETS = {"PROXMOX_PASSWORD": "proxmox_password", "PROXMOX_TOKEN": "proxmox_token"}
_NEAR = 0.8


def judge_settings(given: Given) -> Iterator[Check]:
    """Yield a check for each setting: what it is and where it comes from; no value that may be a secret is in them."""
    for setting in TABLE:
        yield _setting(given, setting)
    if found := given.find(DATABASE_URL):
        message = f"{DATABASE_URL} is set ({came_from(found[1])}); this version keeps the model in SQLite"
        yield fault("setting", DATABASE_URL, message, _unset(given, DATABASE_URL, found[1]))


def judge_dotenv(given: Given, uid: int) -> Iterator[Check]:
    """Yield what is wrong with `.env`, and the names in it that nobody reads; `uid` is whom the check runs as."""
    dotenv = given.dotenv
    where = str(dotenv.path)
    for wrong in dotenv.faults:
        mend = in_shell(wrong.mend, uid=uid, owner=wrong.owner)
        yield fault("dotenv", where, wrong.message.removeprefix(where).lstrip(", "), mend)
    if not dotenv.faults:
        message = "only its owner or root can change it" if dotenv.is_there else "there is none, and none is needed"
        yield fine("dotenv", where, message)
    if not dotenv.is_readable:
        yield not_checked("unknown-setting", f"{where} can't be read")
        return
    unknown = {line.name: line.number for line in dotenv.lines if _looks_like_ours(line.name)}
    for name, number in unknown.items():
        yield _unknown(where, name, number, {line.name for line in dotenv.lines})
    if not unknown:
        yield fine("unknown-setting", where, "every name in it that looks like a setting is one")


def came_from(origin: Origin) -> str:
    """Say where a value comes from."""
    match origin:
        case "environment" | "default":
            return origin
        case line:
            return f".env, line {line}"


def write(given: Given, setting: Setting[Any], value: str) -> str:
    """Return the mend that gives a setting a value, in the place where it is given now."""
    origin = given.value(setting)[1]
    if origin != "environment" and "#" in value:  # which would begin a comment
        value = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return f"{_place(given, origin)} write: {setting.name}={value}"


def _place(given: Given, origin: Origin) -> str:
    match origin:
        case "environment":
            return "in the environment"
        case "default":
            return f"in {given.dotenv.path}"
        case line:
            return f"in {given.dotenv.path}, line {line},"


def _setting(given: Given, setting: Setting[Any]) -> Check:
    value, origin = given.value(setting)
    try:
        given.read(setting)
    except UsageError as error:
        if error.__cause__ is not None:
            return _wrong(given, setting, str(error.__cause__))
        return not_checked("setting", f"a line of {given.dotenv.path} that can't be read may set it", setting.name)
    told = "is set" if _is_private(setting, value, origin) else f"is {value!r}" if value else "is not set"
    return fine("setting", setting.name, f"{told} ({came_from(origin)})")


def _is_private(setting: Setting[Any], value: str, origin: Origin) -> bool:
    return origin != "default" and (
        setting.is_private or (setting in (PROXMOX_USERNAME, PROXMOX_REALM) and is_pasted(value))
    )


def is_pasted(value: str) -> bool:
    """Tell whether a user's or a realm's name may have a secret in it, since a whole token was pasted there."""
    return re.search("[!=:]", value) is not None


def _wrong(given: Given, setting: Setting[Any], expected: str) -> Check:
    value, origin = given.value(setting)
    if setting.is_private:  # behind a colon the value may be quoted
        told, expected = "has a value that can't be read", expected.partition(": ")[0]
    else:
        told = f"is {value!r}"
    message = f"{told} ({came_from(origin)}); expected {expected}"
    instead = _repaired(setting, value) or setting.example or setting.default
    mend = write(given, setting, instead) if instead else _unset(given, setting.name, origin)
    return fault("setting", setting.name, message, mend)


def _repaired(setting: Setting[Any], value: str) -> str | None:
    """Return the value as it may have been meant; the setting itself says whether it can be."""
    for candidate in _private_candidates(value) if setting.is_private else _candidates(value):
        try:
            setting.read(candidate)
        except ValueError:
            continue
        return candidate
    return None


def _private_candidates(value: str) -> Iterator[str]:
    """Yield what certainly is no secret: the host of a URL, the name of a whole token."""
    if url := re.fullmatch(r"https?://(?:[^/@]*@)?([^/@]+)(?:/.*)?", value.strip()):
        yield url[1]
    if token := re.fullmatch(r"[^!=]+!([^!=]+)(?:=.*)?", value.strip()):
        yield token[1]


def _candidates(value: str) -> Iterator[str]:
    yield value.strip().lower()
    yield f"{value}%"
    yield re.sub(r"\D+$", "", value)
    if parts := [bare for part in value.split(",") if (bare := part.strip(" \"'[]"))]:
        yield json.dumps(parts, ensure_ascii=False)


def _unset(given: Given, name: str, origin: Origin) -> str:
    match origin:
        case "environment" | "default":
            return f"in the environment write: {name}="
        case line:
            return f"run: sed -i '{line}s/^/#/' {quote(str(given.dotenv.path))}"


def _looks_like_ours(name: str) -> bool:
    if name in _NAMES or name == DATABASE_URL:
        return False
    return name.upper().startswith(_OURS) or bool(get_close_matches(name.upper(), _NAMES, n=1, cutoff=_NEAR))


def _unknown(where: str, name: str, number: int, given: set[str]) -> Check:
    told = f"line {number} sets {name}, which is no setting"
    near = get_close_matches(name.upper(), _NAMES, n=1, cutoff=_NEAR)
    # What is given already would be given twice, and a secret would be told as a value.
    if near and name.isidentifier() and near[0] not in given and name.upper() not in _SECRETS:
        mend = f"run: sed -i '{number}s/{name}/{near[0]}/' {quote(where)}"
        return warning("unknown-setting", name, f"{told}; near it: {near[0]}", mend)
    secret = _SECRETS.get(name.upper())
    why = f"a secret belongs into the file {secret} in SECRETS_DIRECTORY" if secret else "nothing reads it"
    # The line stays, if empty: other messages name lines by their numbers.
    return warning("unknown-setting", name, f"{told}; {why}", f"run: sed -i '{number}s/.*//' {quote(where)}")
