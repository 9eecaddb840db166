"""Where the frozen application begins: it is the command ``nnviz``, window included."""

import sys

from nnviz.app.cli import main

sys.exit(main())
