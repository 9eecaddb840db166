"""Who uses a parameter: a shared weight is one number on several edges, and each edge adds its part to the gradient."""

from __future__ import annotations

from nnviz.engine.plan import Plan
from nnviz.graph import Graph


def uses(plan: Plan, graph: Graph) -> dict[str, dict[str, int]]:
    """For each parameter through which J has a gradient, by edge (of a bias: by node), the slot of what that one adds.

    The parts of a parameter sum to its ∂J/∂w, because one parameter is one slot that is used several times.
    """
    keys = {segment.slot: segment.key for segment in plan.segments if segment.trained}
    found: dict[str, dict[str, int]] = {}
    for step in reversed(plan.steps):
        instruction = plan.forward[step.forward]
        waiting = list(graph.into(instruction.node))
        for slot, part in zip(instruction.inputs, step.outgoing, strict=True):
            if slot in keys and part is not None:
                key = keys[slot]
                edge = next((each for each in waiting if each.key == key), None)
                if edge is not None:
                    waiting.remove(edge)
                found.setdefault(key, {})[edge.id if edge else instruction.node] = part
    return found
