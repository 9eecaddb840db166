"""``python -m nnviz`` is ``nnviz``."""

import sys

from nnviz.app.cli import main

sys.exit(main())
