"""How a test starts the server, and tells it what to do."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from .certificates import Certificate, Certificates
from .faults import parse_fault
from .state import FakeCluster, dumps

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.fake_proxmox.server"


class FakeProxmox:
    """A Proxmox VE cluster that answers over HTTPS from a process of its own, for as long as the `with` lasts.

    `account` is the user (`vrd@pve`) or token (`vrd@pve!check`) of the cluster whose name and secret are at hand here;
    the server knows all of them. Nothing that a test orders goes through the port that the program under test uses.
    """

    def __init__(
        self,
        cluster: FakeCluster,
        account: str = "vrd@pve",
        *,
        port: int = 0,
        certificate: Certificate = "good",
        accept_only: bool = False,
    ) -> None:
        self.cluster = cluster
        self.account = account
        self._wanted_port = port
        self._certificate: Certificate = certificate
        self._starts_accepting_only = accept_only
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="fake-proxmox-")
        self._certificates = Certificates(Path(self._folder.name))
        self._process = subprocess.Popen(
            [sys.executable, "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )
        try:
            certificate = str(self._certificates.file(self._certificate))
            start = {"port": self._wanted_port, "cluster": dumps(self.cluster), "certificate": certificate}
            self.port = int(self._ask(start))
            self.accept_only(on=self._starts_accepting_only)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._input.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._folder.cleanup()

    @property
    def host(self) -> str:
        """Return where the server listens: `127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> str:
        """Return the file with the certificate of the authority that signed all certificates but `other-ca`."""
        return str(self._certificates.ca_file)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate that is shown now, as `AB:CD:…`."""
        return self._certificates.fingerprint(self._certificate)

    @property
    def secret(self) -> str:
        """Return the account's password, or its token's secret."""
        known = {user.name: user.password for user in self.cluster.users}
        known |= {token.name: token.secret for token in self.cluster.tokens}
        return known[self.account]

    def url(self, path: str) -> str:
        """Return the whole address of a path of the API (`/version`)."""
        return f"https://{self.host}/api2/json{path}"

    def environment(self, secrets: Path) -> dict[str, str]:
        """Return the settings with which the program reads this server, and write the secret into this folder."""
        user, _, token = self.account.partition("!")
        name, _, realm = user.rpartition("@")
        file = secrets / ("proxmox_token" if token else "proxmox_password")
        file.touch(mode=0o600)
        file.write_text(self.secret, encoding="utf-8")
        settings = {
            "SOURCE": "proxmox",
            "PROXMOX_HOST": self.host,
            "PROXMOX_USERNAME": name,
            "PROXMOX_REALM": realm,
            "PROXMOX_CA_FILE": self.ca_file,
            "SECRETS_DIRECTORY": str(secrets),
        }
        return settings | ({"PROXMOX_TOKEN_NAME": token} if token else {})

    def requests(self) -> list[str]:
        """Return what was asked for since `forget_requests`, as `GET /pools?poolid=dns`."""
        return list(self._ask({"do": "tell", "forget": False})["requests"])

    def connections(self) -> int:
        """Return how many connections were made since the last `forget_requests`."""
        return int(self._ask({"do": "tell", "forget": False})["connections"])

    def forget_requests(self) -> None:
        """Begin to count anew."""
        self._ask({"do": "tell", "forget": True})

    def set_fault(self, path: str, fault: str, *, times: int | None = None) -> None:
        """Let a fault befall the requests of a path (`*` is any, `login` the login), or only the next few of them.

        Raises ValueError for a fault that there is not.
        """
        parse_fault(fault)
        self._ask({"do": "fault", "path": path, "fault": fault, "times": times})

    def clear_faults(self) -> None:
        """Let all go well again; tickets that a fault made expire stay so."""
        self._ask({"do": "clear"})

    def change(self, cluster: FakeCluster) -> None:
        """Serve another cluster from now on; tickets of users that it still has stay valid."""
        self.cluster = cluster
        self._ask({"do": "change", "cluster": dumps(cluster)})

    def prepare(self, path: str) -> None:
        """Let the server work out the account's answer, so that the first to ask waits no longer than the next."""
        self._ask({"do": "prepare", "account": self.account, "path": path})

    def present(self, certificate: Certificate) -> None:
        """Show another certificate to those who connect from now on."""
        self._certificate = certificate
        self._ask({"do": "present", "certificate": str(self._certificates.file(certificate))})

    def accept_only(self, *, on: bool = True) -> None:
        """Accept connections from now on without ever answering a handshake, or answer again."""
        self._ask({"do": "accept-only", "on": on})

    def reset(self, cluster: FakeCluster) -> None:
        """Make it as good as new, with this cluster: for a server that many tests share."""
        self.change(cluster)
        self.clear_faults()
        self.accept_only(on=False)
        self.present("good")
        self.forget_requests()

    @property
    def _input(self) -> IO[str]:
        return _present(self._process.stdin)

    @property
    def _output(self) -> IO[str]:
        return _present(self._process.stdout)

    def _ask(self, order: dict[str, Any]) -> Any:
        """Send an order, and return the answer to it.

        Raises RuntimeError where the server's process has ended.
        """
        with self._lock:
            self._input.write(json.dumps(order) + "\n")
            self._input.flush()
            line = self._output.readline()
        if not line:
            raise RuntimeError(f"the fake server has ended with status {self._process.wait()}")
        return json.loads(line)


def _present(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the fake server has no pipes")
    return stream
