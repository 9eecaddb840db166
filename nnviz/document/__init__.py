"""The document and its life: edits, undo history, files, recovery.

A :class:`~nnviz.document.document.Document` is a frozen value that holds all that is saved, undone and computed from.
An edit (:mod:`~nnviz.document.edits`) is a frozen value that makes a new document of it, sharing what did not change;
:mod:`~nnviz.document.connect` decides what may be connected. The :class:`~nnviz.document.history.History` keeps
documents, so undo brings back equal bits. :mod:`~nnviz.document.files` reads strictly and writes whole or not at all;
:mod:`~nnviz.document.recovery` keeps a journal from which a killed process loses at most its last act;
:mod:`~nnviz.document.build` makes new networks from a line such as ``2-4-1``.

Invariants, kept by every edit and demanded of every file (:mod:`~nnviz.document.check`): ids are unique over nodes,
edges, notes and groups; edges run in no circle; parameters are exactly those the graph calls for, in their shapes,
finite; the optimizer's memory fits the trained ones. A network that cannot be computed yet is a document all the same.

An edit costs O(nodes + edges). Arrays of a document cannot be written to.
"""
