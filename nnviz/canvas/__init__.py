"""Qt begins here: painters, interactions, rendering of pictures to files. It paints and computes no number.

Importing it first makes sure that the installed PySide6 can be trusted.
"""

from nnviz.canvas.versions import check_qt

check_qt()
