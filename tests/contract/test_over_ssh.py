"""What a program in the place of ssh does, the reading of nodes over ssh takes: an answer, a refusal, or silence."""

import time
from pathlib import Path

import pytest

from virtualisation_resource_distributor.cluster.names import NodeName
from virtualisation_resource_distributor.sources.libvirt.over_ssh import SshPlace, SshSilent, ask_over_ssh
from virtualisation_resource_distributor.sources.libvirt.shell_answers import ShellAnswer, parse_shell

KVM1, KVM2 = NodeName("kvm1"), NodeName("kvm2")
# What stands last is for the shell on the node: here it is this machine's.
ANSWERS = 'for last; do :; done; exec sh -c "$last"'
MARGIN = 1.5


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the program that is found as ssh, for the test to write."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "ssh"


def _write(ssh: Path, text: str) -> None:
    ssh.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    ssh.chmod(0o755)


def _ask(seconds: float = 10, *names: NodeName) -> dict[NodeName, ShellAnswer | SshSilent]:
    return ask_over_ssh({name: SshPlace(name) for name in names or (KVM1,)}, seconds)


def test_the_script_runs_in_any_posix_shell_and_answers_whole(ssh: Path) -> None:
    """The clock of this machine is its own, and each node has a way to the other."""
    _write(ssh, ANSWERS)
    for name, answer in _ask(10, KVM1, KVM2).items():
        assert isinstance(answer, ShellAnswer)
        facts = parse_shell(answer)
        assert facts is not None
        assert facts.ahead_seconds is not None
        assert abs(facts.ahead_seconds) <= facts.within_seconds + 0.01
        assert facts.uid is not None
        assert facts.ways.keys() == {KVM1, KVM2} - {name}


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (
            "echo 'root@kvm1: Permission denied (publickey).' >&2; exit 255",
            "ssh says: root@kvm1: Permission denied (pub",
        ),
        ("echo Welcome to kvm1; sleep 5", "prints text before it does what it is told"),
        ("exit 1", "ssh says: no answer"),
        ("exec sleep 30", "no whole answer within 1 s"),
        ("echo @hello; exec sleep 30", "no whole answer within 1 s"),
        ("echo @hello; echo 1795840685.9; exec sleep 30", "no whole answer within 1 s"),
    ],
)
def test_a_node_that_does_not_answer_is_told_in_time(ssh: Path, program: str, words: str) -> None:
    """Whatever it is that it does in place of answering."""
    _write(ssh, program)
    began = time.monotonic()
    answer = _ask(1)[KVM1]
    assert isinstance(answer, SshSilent)
    assert words in str(answer)
    assert time.monotonic() - began < 1 + MARGIN


def test_a_node_that_hangs_takes_no_other_with_it(ssh: Path) -> None:
    """They are asked at the same time."""
    _write(ssh, f'case "$*" in *"-- kvm2 sh "*) exec sleep 30 ;; esac\n{ANSWERS}')
    answers = _ask(2, KVM1, KVM2)
    assert isinstance(answers[KVM1], ShellAnswer)
    assert isinstance(answers[KVM2], SshSilent)


def test_without_ssh_there_is_a_word_for_it(ssh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a package of its own."""
    monkeypatch.setenv("PATH", str(ssh.parent))
    assert "install openssh-client" in str(_ask()[KVM1])
