"""The commands of a Proxmox VE node that a plan's script calls, before the fake server: they move its guests.

`pvesh get` asks the server's API; `qm`, `pct` and `ha-manager` change the cluster that it serves, where real ones would
do what they are told. They are served by the test, one call after the other, through a socket beside the stand-ins.
"""

import json
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from .asking import ask
from .client import FakeProxmox

NAMES = ("pvesh", "qm", "pct", "ha-manager", "ssh", "sleep")
_QUESTIONS_UNTIL_DONE = 3
"""How often is asked after a guest before the manager of high availability has moved it."""

_STAND_IN = """#!{python} -ISB
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as here:
    here.connect({socket!r})
    words = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
    here.sendall(json.dumps([words, os.environ.get("ON_NODE")]).encode() + b"\\n")
    answer = json.loads(here.makefile().read())
if answer.get("run"):
    os.execve("/bin/sh", ["sh", "-c", answer["run"]], os.environ | {{"ON_NODE": answer["node"]}})
print(answer["text"], file=sys.stderr if answer["status"] else sys.stdout)
sys.exit(answer["status"])
"""


class Tools:
    """What these commands do to a fake cluster; `called` is how they were called, without questions."""

    def __init__(self, fake: FakeProxmox) -> None:
        self.fake = fake
        self.called: list[tuple[str, ...]] = []
        self._asked: dict[str, str] = {}
        self._questions = 0

    def answer(self, words: list[str], on_node: str | None) -> dict[str, object]:
        """Do one call, and return what it prints and its status; `on_node` is where ssh led it."""
        if words[0] not in {"pvesh", "sleep"}:
            self.called.append(tuple(words))
        match words:
            case ["sleep", _]:
                return _done("")
            case ["pvesh", "get", path, "--output-format", "json"]:
                return self._pvesh(path)
            case ["ssh", *_, address, name, command, number, target, option] if address.startswith("root@"):
                node = self._node_at(address.removeprefix("root@"))
                return {"run": " ".join([name, command, number, target, option]), "node": node}
            case ["qm", "migrate", number, target, "--online"] | ["pct", "migrate", number, target, "--restart"]:
                return self._migrate(number, "qemu" if words[0] == "qm" else "lxc", on_node or self._here(), target)
            case ["ha-manager", "crm-command", "migrate", sid, target]:
                self._asked[sid.partition(":")[2]] = target
                self._questions = 0
                return _done("")
        return {"text": f"not understood: {words}", "status": 255}

    def _pvesh(self, path: str) -> dict[str, object]:
        self._questions += 1
        if self._asked and self._questions >= _QUESTIONS_UNTIL_DONE:
            number, target = self._asked.popitem()
            self._put(number, target)
        told = ask(self.fake, path)
        if told.status_code != 200:
            return {"text": told.reason, "status": 2}
        return _done(json.dumps(told.json()["data"], separators=(",", ":"), sort_keys=True))

    def _here(self) -> str:
        return next(str(row["name"]) for row in ask(self.fake, "/cluster/status").json()["data"] if row.get("local"))

    def _node_at(self, address: str) -> str:
        rows = ask(self.fake, "/cluster/status").json()["data"]
        return next(str(row["name"]) for row in rows if row.get("ip") == address)

    def _migrate(self, number: str, kind: str, node: str, target: str) -> dict[str, object]:
        there = [guest for guest in self.fake.cluster.guests if (str(guest.vmid), guest.type) == (number, kind)]
        if not there or there[0].node != node or there[0].ha is not None:
            return {"text": f"Configuration file 'nodes/{node}/{number}.conf' does not exist", "status": 255}
        self._put(number, target)
        return _done("migration finished successfully")

    def _put(self, number: str, target: str) -> None:
        guests = tuple(
            replace(guest, node=target) if str(guest.vmid) == number else guest for guest in self.fake.cluster.guests
        )
        self.fake.change(replace(self.fake.cluster, guests=guests))


def _done(text: str) -> dict[str, object]:
    return {"text": text, "status": 0}


@contextmanager
def tools_in(folder: Path, fake: FakeProxmox) -> Iterator[Tools]:
    """Put the commands into a folder for as long as the `with` lasts."""
    tools = Tools(fake)
    socket = str(folder / "tools.socket")

    class Call(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            words, on_node = json.loads(self.rfile.readline())
            self.wfile.write(json.dumps(tools.answer(words, on_node)).encode())

    for name in NAMES:
        (folder / name).write_text(_STAND_IN.format(python=sys.executable, socket=socket), encoding="utf-8")
        (folder / name).chmod(0o755)
    with socketserver.UnixStreamServer(socket, Call) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield tools
        finally:
            server.shutdown()
            thread.join()
