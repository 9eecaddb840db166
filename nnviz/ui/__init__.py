"""The window: theme, icons, actions as data, fields, dialogs, panels. It computes no number and draws no network.

Terms
-----
theme : palette and style sheet made from ``resources/styles``; one object an application (:mod:`nnviz.ui.theme`).
command : a frozen value from which menus, tool bar, shortcuts, their help and the palette are made
    (:mod:`nnviz.ui.actions`).
asker : the one object through which the window asks its user something, replaceable (:mod:`nnviz.ui.dialogs`).
fault : an exception nobody expected (:mod:`nnviz.ui.faults`).

Assumptions: every word passes ``tr``; words of a user are shown as plain text, never as markup; panels never import
one another, they meet in the session.
"""

from nnviz.canvas.versions import check_qt

check_qt()
