"""Tells every step of a plan in words and formulas: forward, loss, backward, update.

A step is what a lecturer would write on one line of the board: a neuron's weighted sum and activation; the terms of the
loss; δ of a neuron; the gradient of one weight; the new weights of a neuron. Numbers are read from a workspace in which
forward and backward pass have been run; nothing here computes one that the engine has.
"""

from nnviz.lowering.explain.backward import backward_steps
from nnviz.lowering.explain.forward import forward_steps
from nnviz.lowering.explain.normalised import statistic_steps
from nnviz.lowering.explain.reading import Phase, Reader, Step
from nnviz.lowering.explain.update import Change, update_steps

__all__ = ["Change", "Phase", "Reader", "Step", "backward_steps", "forward_steps", "statistic_steps", "update_steps"]
