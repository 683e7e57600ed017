"""How is a moment written down, in documents and in the database?"""

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%S%z"
"""What `strptime` reads it by."""


def written(moment: datetime) -> str:
    """Return a moment in UTC, to the second, as RFC 3339 has it: `2026-11-21T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
