"""Ask several at once, and wait for none of them beyond a deadline."""

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

_Key = TypeVar("_Key", bound=Hashable)
_Answer = TypeVar("_Answer")


def side_by_side(calls: Mapping[_Key, Callable[[], _Answer]], *, deadline: float) -> dict[_Key, _Answer | Exception]:
    """Return what each call returned or raised until the deadline (of `time.monotonic`); the others are left out.

    Each has a thread of its own. One whose call never ends is left behind and ends with the process: what blocks in a
    library can't be cancelled, and a pool of threads would wait for it.
    """
    ended: SimpleQueue[tuple[_Key, _Answer | Exception]] = SimpleQueue()

    def work(key: _Key, call: Callable[[], _Answer]) -> None:
        try:
            ended.put((key, call()))
        except Exception as error:
            ended.put((key, error))

    for key, call in calls.items():
        threading.Thread(target=work, args=(key, call), daemon=True).start()
    answers: dict[_Key, _Answer | Exception] = {}
    while len(answers) < len(calls):
        try:
            key, answer = ended.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        answers[key] = answer
    return answers


def within(seconds: float, ask: Callable[[], _Answer]) -> _Answer:
    """Return what `ask` returns, or raise TimeoutError where that takes longer; what it raises gets out as it is.

    The call itself goes on, as in `side_by_side`.
    """
    match side_by_side({"answer": ask}, deadline=time.monotonic() + seconds):
        case {"answer": Exception() as error}:
            raise error
        case {"answer": answer}:
            return cast("_Answer", answer)
        case _:
            raise TimeoutError
