import os

import own

assert own.RATE == 0.2
assert os.listdir("/var/task") == []
