"""What is the most that any sequence of permitted moves brings about? Everything in reach is looked at, once."""

from ..space import after, space_of
from .landscape import Landscape, Outcome, Task


def attainable(task: Task, states: int) -> Outcome | None:
    """Return the best outcome: as few stay as can be, then as many pools as can be reach their goals; none is worse.

    None where there are more states than these. How many the task itself wants makes no difference.
    """
    space, start = space_of(task.movers, task.movers.movers)
    landscape = Landscape(task, space)
    best: Outcome | None = None
    seen = {start}
    waiting = [(start, landscape.standings(start))]
    while waiting:
        state, standings = waiting.pop()
        outcome = landscape.outcome(standings)
        if outcome is not None and (best is None or _rank(outcome) < _rank(best)):
            best = outcome
        for kind, from_node, to_node in space.steps(state):
            following = after(state, kind, from_node, to_node)
            if following not in seen:
                if len(seen) >= states:
                    return None
                seen.add(following)
                waiting.append((following, landscape.standings(following)))
    return best


def _rank(outcome: Outcome) -> tuple[int, int]:
    return outcome.staying, -outcome.reached
