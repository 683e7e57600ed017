"""What a reader could not see (a trouble), and what else it has to say (a remark)."""

from typing import Literal, NamedTuple

TroubleKind = Literal["forbidden", "unreadable", "contradiction"]


class Trouble(NamedTuple):
    """A gap or a contradiction in what was read; it makes the status other than 0.

    `subject` is `cluster`, `node N`, `zone Z`, `pool P` or `guest G`.
    """

    kind: TroubleKind
    subject: str
    message: str


class Remark(NamedTuple):
    """Something worth telling that changes no status; `code` is one of the reference's finding codes."""

    code: str
    subject: str
    message: str
