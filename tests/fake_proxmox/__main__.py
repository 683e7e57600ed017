"""Serve a described cluster until interrupted: `python -m tests.fake_proxmox STATE.json --port 8006`."""

import argparse
import json
import signal
import sys
from pathlib import Path

from .client import FakeProxmox
from .state import loads


def main() -> None:
    """Print where the server is as one line of JSON, and wait for SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_proxmox")
    parser.add_argument("state", help="a JSON file with the fields of FakeCluster; - is standard input")
    parser.add_argument("--port", type=int, default=0, help="0, the default, is any free one")
    parser.add_argument("--account", default="vrd@pve", help="the user or token whose secret is printed")
    options = parser.parse_args()
    text = sys.stdin.read() if options.state == "-" else Path(options.state).read_text(encoding="utf-8")
    signals = {signal.SIGINT, signal.SIGTERM}
    with FakeProxmox(loads(text), options.account, port=options.port) as fake:
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        place = {"host": fake.host, "ca_file": fake.ca_file, "fingerprint": fake.fingerprint}
        print(json.dumps(place | {"account": fake.account, "secret": fake.secret}), flush=True)
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
