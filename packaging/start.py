"""Where the frozen application begins: it is the command ``nnviz``, window included, or compiles kernels for it."""

import sys

if sys.argv[1:] == ["--make-kernels"]:
    from nnviz.engine.fast.making import serve

    serve()
else:
    from nnviz.app.cli import main

    sys.exit(main())
