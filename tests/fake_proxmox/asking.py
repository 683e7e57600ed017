"""How a test asks the fake server something itself, without the program under test."""

from dataclasses import replace
from typing import Any

import requests

from .client import FakeProxmox
from .state import AUDIT, FakeAclEntry

USER = "vrd@pve"
TOKEN = "vrd@pve!check"
RESOURCES = "/cluster/resources"


def ask(fake: FakeProxmox, path: str, method: str = "GET", **options: Any) -> requests.Response:
    """Ask as the token, on a connection of its own."""
    headers = {"Authorization": f"PVEAPIToken={TOKEN}={fake.secret}"} | options.pop("headers", {})
    options = {"headers": headers, "verify": fake.ca_file, "timeout": 2} | options
    return requests.request(method, fake.url(path), **options)


def login(fake: FakeProxmox, password: str, user: str = USER) -> requests.Response:
    """Ask for a ticket."""
    return ask(fake, "/access/ticket", "POST", data={"username": user, "password": password})


def data(fake: FakeProxmox, path: str) -> Any:
    """Return what stands under `data` in a good answer."""
    answer = ask(fake, path)
    assert answer.status_code == 200, answer.reason
    return answer.json()["data"]


def rows(fake: FakeProxmox, key: str = "id") -> dict[Any, Any]:
    """Return the rows of `/cluster/resources` that have a field, by it."""
    return {row[key]: row for row in data(fake, RESOURCES) if key in row}


def give(fake: FakeProxmox, *acl: tuple[str, str], propagate: bool = True) -> None:
    """Give the token, whose user may read everything, nothing but these privileges on these paths."""
    entries = [FakeAclEntry(path=path, who=TOKEN, privileges=names.split(), propagate=propagate) for path, names in acl]
    everything = FakeAclEntry(path="/", who=USER, privileges=AUDIT)
    fake.change(replace(fake.cluster, acl=(everything, *entries)))
