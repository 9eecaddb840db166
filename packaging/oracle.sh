#!/bin/sh
# Compare the stored reference numbers with PyTorch's, by the first Python that has it: the checkout's, else $ORACLE_PYTHON.
for python in .venv/bin/python "$ORACLE_PYTHON"; do
	if [ -n "$python" ] && "$python" -c 'import torch' 2>/dev/null; then
		exec "$python" tests/reference/check.py
	fi
done
echo "There is no PyTorch here: make an environment with 'pip install torch==2.13.0' and run ORACLE_PYTHON=its/bin/python make test-oracle" >&2
exit 1
