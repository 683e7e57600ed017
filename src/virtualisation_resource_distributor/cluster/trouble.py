"""What a reader could not see (a trouble), and what else it has to say (a remark)."""

from dataclasses import dataclass
from typing import Literal

TroubleKind = Literal["forbidden", "unreadable", "contradiction"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Trouble:
    """A gap or a contradiction in what was read; it makes the status other than 0.

    `subject` is `cluster`, `node N`, `zone Z`, `pool P` or `guest G`.
    """

    kind: TroubleKind
    subject: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Remark:
    """Something worth telling that changes no status; `code` is one of the reference's finding codes."""

    code: str
    subject: str
    message: str
