"""From a drawing to a plan.

:mod:`~nnviz.lowering.kinds` is the table of node kinds: options, what may come in, the shape that goes out, and how a
node becomes instructions. :func:`lower` walks the drawing in order and gives the plan; :func:`shapes` and
:func:`problems` tell what is known and what is wrong while a drawing is still growing; :mod:`~nnviz.lowering.explain`
tells any step of a plan in words and formulas.

A plan depends on the drawing and the conventions only, so it is kept and found again until one of them changes.
"""

from nnviz.lowering.kinds import KINDS, Kind, OptionSpec
from nnviz.lowering.lower import ParameterSpec, lower, parameter_specs
from nnviz.lowering.shapes import problems, shapes

__all__ = ["KINDS", "Kind", "OptionSpec", "ParameterSpec", "lower", "parameter_specs", "problems", "shapes"]
