"""Stand-ins for the commands that a plan's script calls: they write down how they were called, and move nothing.

They are the only programs on the PATH beside what a script needs of the system, so that nothing else can run.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

NEEDED = ("grep", "sed", "sh", "tr")
"""What a script may call beside the tools that move guests."""

_RECORD = """#!/bin/sh
printf '%s\\0' "$#" "${0##*/}" "$@" >>"${0%/*}/log"
"""
_ANSWERS = {
    "pvesh": """case $2 in
/cluster/status) cat "${0%/*}/nodes.json" ;;
*) printf '{"name":"x","qmpstatus":"running","status":"running"}\\n' ;;
esac
""",
    "virsh": "case $3 in domstate) printf 'running\\n\\n' ;; dominfo) printf 'Autostart:      enable\\n' ;; esac\n",
    # As ssh does: the words become one line for a shell there.
    "ssh": 'while [ "${1#root@}" = "$1" ]; do shift; done\nshift\nexec sh -c "$*"\n',
}
_SILENT = ("qm", "pct", "ha-manager", "sleep", "reboot", "id", "touch", "rm")


def make_stand_ins(folder: Path, answers: Mapping[str, str] = _ANSWERS) -> None:
    """Put the stand-ins into a folder, and beside them what a script needs of the system."""
    for name in (*answers, *_SILENT):
        (folder / name).write_text(_RECORD + answers.get(name, ""), encoding="utf-8")
        (folder / name).chmod(0o755)
    for name in (*NEEDED, "cat"):
        where = shutil.which(name)
        if where is None:
            raise RuntimeError(f"{name} is missing here")
        (folder / name).symlink_to(where)


def run_script(script: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run a script through a pipe, as `… | sh -e` does, with nothing but these on the PATH."""
    return subprocess.run(
        [folder / "sh", "-e"],
        input=os.fsencode(script),
        env={"PATH": str(folder)},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=30,
    )


def calls(folder: Path) -> list[tuple[str, ...]]:
    """Return how the stand-ins were called, in order, each as its name and arguments; and begin anew."""
    log = folder / "log"
    if not log.exists():
        return []
    words = os.fsdecode(log.read_bytes()).split("\0")[:-1]
    log.unlink()
    found: list[tuple[str, ...]] = []
    while words:
        end = int(words[0]) + 2
        found.append(tuple(words[1:end]))
        words = words[end:]
    return found


def without_questions(called: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the calls that would change something."""
    return [
        call
        for call in called
        if call[0] != "pvesh" and not (call[0] == "virsh" and call[3] in {"domstate", "dominfo", "hostname"})
    ]
