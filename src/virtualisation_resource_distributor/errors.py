"""What stops the program: one class for each thing that an operator does differently."""


class DistributorError(Exception):
    """Stop the program with one line for the operator; every subclass has an exit status of its own."""


class UsageError(DistributorError):
    """Arguments, settings or names are wrong; the operator corrects the call."""


class InvalidData(DistributorError):
    """A document, a database or an answer is not what it must be.

    `where` is the place (`guests[3].node`), `problem` is what was found, what was expected and what to do.
    """

    def __init__(self, where: str, problem: str) -> None:
        """Keep place and problem apart, so that a caller may put its own place before this one."""
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class FileMissing(DistributorError):
    """A file that was named, or the database, is not there or can't be opened."""


class SourceUnavailable(DistributorError):
    """Nothing could be read from the source."""


class AnswerUnwritable(DistributorError):
    """What is to be written can't be: a full disk, a read-only file, a closed output."""


class Busy(DistributorError):
    """Another writer holds the database."""


class Interrupted(DistributorError):
    """An act was interrupted; the message tells in which state it was left."""


class SourceForbidden(DistributorError):
    """The credentials may not read, or a secret is not kept secret."""
