import sys

import core

assert core.PRICE == 3
assert sys.argv == ["tests/check_core.py", "--fast"]
