import sys

import core

print("priced", core.PRICE)
print("it should be 4", file=sys.stderr)
sys.exit(core.PRICE)
