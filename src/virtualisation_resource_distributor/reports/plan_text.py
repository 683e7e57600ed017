"""A plan as text: what is wrong now, what to change, how it will be after, and what stays."""

from collections.abc import Iterator

from ..cluster.cluster import Guest
from ..judge.levels import Level
from ..judge.plan import Balances, Plan, PoolChange, Step, Unresolved, why_in_words
from .text import printable, size_in_words


def plan_lines(plan: Plan, now: str) -> str:
    """Return the plan's blocks and, as its last line, the total; `now` stands over how things are."""
    blocks = (
        _block(now, map(_before, plan.pools)),
        _block("What to change", _steps(plan.steps)),
        _block("How it will be after", _after(plan)),
        _block("What stays unresolved", map(_unresolved, plan.unresolved)),
        _block("What this rests on", plan.notes),
    )
    return "".join(f"{block}\n" for block in (*filter(None, blocks), total_line(plan)))


def _block(title: str, lines: Iterator[str] | tuple[str, ...]) -> str:
    indented = [f"  {printable(line)}\n" for line in lines]
    return f"{title}:\n{''.join(indented)}" if indented else ""


def _before(change: PoolChange) -> str:
    full = all(level.used == level.possible for level in change.before)
    return _pool(change.pool, change.before) + (", but unevenly" if full and change.policy == "even" else "")


def _pool(name: str, levels: tuple[Level, ...]) -> str:
    return f"{name}: {', '.join(f'{level.name} {level.used} of {level.possible}' for level in levels)}"


def _after(plan: Plan) -> Iterator[str]:
    return (_pool(change.pool, change.after) + _same(change) for change in plan.pools) if plan.steps else iter(())


def _same(change: PoolChange) -> str:
    return " (as now)" if change.after == change.before and change.policy == "distinct" else ""


def _steps(steps: tuple[Step, ...]) -> Iterator[str]:
    width = len(str(len(steps)))
    for number, step in enumerate(steps, start=1):
        guest = step.move.guest
        size = "size unknown" if guest.memory_bytes is None else size_in_words(guest.memory_bytes)
        restart = ", restarted" if guest.kind == "lxc" else ""
        worse = "; its pool is worse for a while" if step.makes_own_pool_worse else ""
        trip = f"{step.move.from_node} -> {step.move.to_node}"
        yield f"{number:>{width}}. {_named(guest)}: {trip} ({size}{restart}): {why_in_words(step.why)}{worse}"


def _named(guest: Guest) -> str:
    return guest.id if guest.name == guest.id else f"{guest.id} ({guest.name})"


def _unresolved(one: Unresolved) -> str:
    pool = "" if one.pool is None else str(one.pool)
    guest = "" if one.guest is None else f"guest {_named(one.guest)}"
    return f"{', '.join(filter(None, (pool, guest)))}: {one.reason}"


def total_line(plan: Plan) -> str:
    """Return the number of moves, what they cost, and what is proven of it."""
    number = len(plan.steps)
    if not number:
        return _why_nothing(plan)
    sizes = [step.move.guest.memory_bytes for step in plan.steps]
    size = size_in_words(sum(size for size in sizes if size is not None))
    unknown = f" and {sizes.count(None)} of unknown size" if None in sizes else ""
    moves = f"{number} move{'' if number == 1 else 's'}, {size} of memory{unknown}"
    if isinstance(plan.steps[-1].why, Balances):
        return f"{moves}."
    if plan.optimal:
        return f"{moves}. Fewer are proven not to be enough."
    if plan.lower_bound < number:
        return f"{moves}. Not proven to be the fewest: at least {plan.lower_bound} proven to be needed."
    return f"{moves}. Not proven to be the best."


def _why_nothing(plan: Plan) -> str:
    """Say of a plan without moves why it has none; what was not asked for is not called impossible."""
    if not plan.unresolved and plan.most_moves != 0:
        return "Nothing to move."
    if plan.most_moves is None:
        return "Nothing can be moved that helps."
    if plan.most_moves == 0:
        return "No moves were asked for."
    return f"Nothing was found that helps within {plan.most_moves} move{'' if plan.most_moves == 1 else 's'}."
