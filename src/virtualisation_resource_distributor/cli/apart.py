"""Do an act in a session of its own, which a terminal's Ctrl-C reaches only through this program.

A terminal sends it to all that runs in the foreground, so to each ssh over which libvirt is spoken with too; an act
that is to be seen to would lose its nodes in the middle.
"""

import contextlib
import os
import signal
from types import FrameType

from ..actions.interruption import SIGNALS, handle

_KILLED = 128


def wait_for_act() -> int | None:
    """Go on in a child of its own session, which gets None; the parent hands signals on to it, and gets its status.

    In the child these signals wait until the act lets them in, and after it they change nothing, so that what was done
    is always told. One that is ignored (`nohup`) stays so in both.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    child = os.fork()
    if child == 0:
        os.setsid()
        handle(lambda _number, _frame: None)
        return None

    def hand_on(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended, and that is being seen to
            os.kill(child, number)

    handle(hand_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    _, ended = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(ended)
    return code if code >= 0 else _KILLED - code
