"""Does the program still answer as the pages and stories show it?

A transcript is a list of `$ command` lines, each with what the command prints on both its outputs, and `[78]` where it
ends with that status and not with 0. A page has its transcripts in blocks marked `console`; a story is one by itself.
`python -m tests.transcripts` replays all of them, and with `--accept` writes down what was answered.

A comment in a page prepares what is replayed below it: `<!-- setup`, commands that must succeed, and a line
`proxmox FILE` for a fake cluster to ask. They find the repository under `$REPOSITORY`. A story asks its own
`proxmox.json`, if it has one.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fake_proxmox import FakeProxmox, loads

ROOT = Path(__file__).resolve().parents[1]
STORY = "transcript.txt"
HERE = "/srv/check"
"""What the directory is called in transcripts, where commands run."""

_SECONDS = 60
_NEVER_MEANT = {1, 2, 70, 120, 126, 127}
"""Statuses of a bug, of Python and of the shell; no transcript shows them, but 2 of the plugin, which is CRITICAL."""
_CRITICAL = re.compile(r"\$ (vrd|virtualisation-resource-distributor) monitor\b")

_CONSOLE = re.compile(r"^```console\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SETUP = re.compile(r"^<!-- setup\n(?P<text>.*?)^-->$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of a file: text to keep, a transcript to replay, or commands that prepare for what follows."""

    kind: str
    text: str


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where commands run: a directory of its own, and nothing of the environment but what is needed."""

    directory: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> tuple[str, int]:
        """Return what a shell command prints on both outputs, and its exit status."""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.directory,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=_SECONDS,
            umask=0o022,
        )
        return done.stdout.replace(str(self.directory), HERE), done.returncode

    def _environment(self) -> dict[str, str]:
        own = {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ}
        return {
            **own,
            # Where this Python is, the command that is installed beside it goes before any other.
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)]),  # noqa: PTH120
            "HOME": str(self.directory),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "NO_COLOR": "1",
            "COLUMNS": "80",
            "DATABASE_PATH": "model.sqlite3",
            "REPOSITORY": str(ROOT),
            **self.settings,
        }


@contextmanager
def stage(folder: Path | None = None) -> Iterator[Stage]:
    """Give a stage with the examples in it, and with copies of what is in the folder."""
    with tempfile.TemporaryDirectory(prefix="vrd-transcript-") as name:
        directory = Path(name) / "work"
        shutil.copytree(ROOT / "examples", directory / "examples")
        if folder is not None:
            shutil.copytree(folder, directory, dirs_exist_ok=True)
        yield Stage(directory=directory)


def pages() -> list[Path]:
    """Return the pages that may have transcripts."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def stories() -> list[Path]:
    """Return the transcripts of all stories."""
    return sorted((ROOT / "tests" / "stories").glob(f"*/{STORY}"))


def passages(path: Path) -> list[Passage]:
    """Return the file as passages; put together they are the whole file."""
    text = path.read_text(encoding="utf-8")
    if path.name == STORY:
        return [Passage(kind="transcript", text=text)]
    marked = [
        *(("transcript", match.span("text")) for match in _CONSOLE.finditer(text)),
        *(("setup", match.span("text")) for match in _SETUP.finditer(text)),
    ]
    found: list[Passage] = []
    end = 0
    for kind, (start, stop) in sorted(marked, key=lambda each: each[1]):
        found.append(Passage(kind="text", text=text[end:start]))
        found.append(Passage(kind=kind, text=text[start:stop]))
        end = stop
    return [*found, Passage(kind="text", text=text[end:])]


def commands_in(transcript: str) -> list[str]:
    """Return the commands of a transcript; a line that ends with a backslash goes on in the next, after `> `.

    Raises ValueError where it begins with anything but a command.
    """
    commands: list[str] = []
    for line in transcript.splitlines():
        if line.startswith("$ "):
            commands.append(line)
        elif commands and commands[-1].endswith("\\") and line.startswith("> "):
            commands[-1] += f"\n{line}"
        elif not commands:
            raise ValueError(f"a transcript begins with a command, not with {line!r}")
    return commands


def replay(path: Path) -> str:
    """Return the file with every transcript as it comes out now.

    Raises RuntimeError where a setup fails or a command ends as none may, ValueError where a transcript is none.
    """
    with ExitStack() as stack:
        here = stack.enter_context(stage(path.parent if path.name == STORY else None))
        if path.name == STORY and (path.parent / "proxmox.json").exists():
            _serve(stack, here, path.parent / "proxmox.json")
        new: list[str] = []
        for passage in passages(path):
            if passage.kind == "setup":
                _set_up(stack, here, passage.text)
            new.append(_replayed(here, passage.text) if passage.kind == "transcript" else passage.text)
        return "".join(new)


def differences(path: Path) -> str:
    """Return how the answers differ from the file, as a diff; nothing where they do not."""
    old, new = path.read_text(encoding="utf-8"), replay(path)
    name = str(path.relative_to(ROOT))
    return "".join(difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, "now"))


def _replayed(here: Stage, transcript: str) -> str:
    parts: list[str] = []
    for shown in commands_in(transcript):
        output, status = here.run(shown.removeprefix("$ ").replace("\n> ", "\n"))
        if status in _NEVER_MEANT and not (status == 2 and _CRITICAL.match(shown)):
            raise RuntimeError(f"`{shown}` ended with {status}: {output}")
        ended = "" if output.endswith("\n") or not output else "\n"
        parts.append(f"{shown}\n{output}{ended}" + (f"[{status}]\n" if status else ""))
    return "".join(parts)


def _set_up(stack: ExitStack, here: Stage, text: str) -> None:
    for line in text.splitlines():
        if line.startswith("proxmox "):
            _serve(stack, here, ROOT / line.removeprefix("proxmox "))
            continue
        output, status = here.run(line)
        if status:
            raise RuntimeError(f"the setup `{line}` ended with {status}: {output}")


def _serve(stack: ExitStack, here: Stage, file: Path) -> None:
    secrets = here.directory.parent / "secrets"
    secrets.mkdir(mode=0o700, exist_ok=True)
    fake = stack.enter_context(FakeProxmox(loads(file.read_text(encoding="utf-8")), "vrd@pve!check"))
    here.settings.update(fake.environment(secrets))


def main(arguments: list[str]) -> int:
    """Replay the files that are named, or all; return 1 where an answer is not the one that is written down."""
    parser = argparse.ArgumentParser(prog="python -m tests.transcripts", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--accept", action="store_true", help="write down what was answered")
    parser.add_argument("files", nargs="*", type=Path, help="pages and transcripts; all by default")
    options = parser.parse_args(arguments)
    status = 0
    for path in [file.resolve() for file in options.files] or [*pages(), *stories()]:
        if options.accept:
            path.write_text(replay(path), encoding="utf-8")
        elif found := differences(path):
            print(found, end="")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
