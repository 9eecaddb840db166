r"""The engine: operations with their derivative rules, plans made of instructions, and what runs them.

Terms
-----
*Slot*: a place for one array. A batched slot holds (rows, \*shape), the others just shape. *Instruction*: one operation
from slots into one slot. *Plan*: the instructions of forward and backward pass, free of numbers and of batch size.
*Workspace*: the memory of a plan for up to a number of rows. *Executor*: runs instructions in a workspace.

How it works
------------
An operation is a row of a table: what it computes, the shape it gives, and a *rule* which, given the gradient that
arrives at its output, emits the instructions that send it on to its inputs. So the backward pass is a plan like any
other: it can be printed, stepped, run by any executor and differentiated again. A *tangent rule* carries a direction
forward instead: forward mode is a plan too, and through the backward pass it gives second derivatives.

Assumptions: float64 by default; every array is C-contiguous; the gradient of a slot is the sum over all its uses.
Cost: one array operation an instruction; the backward pass takes two to three times as long as the forward pass.

This package knows no drawings, no tables and no files.
"""
