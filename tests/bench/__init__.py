"""`python -m tests.bench`: what things cost, as ratios and sums of one run on one machine; never a test.

Two commands measure syncing by itself, with records of one's own: `python -m tests.bench.sync_server DIR PORT` and, as
often as wished, `DATA=FILE SERVER_PID=PID python -m tests.bench.sync_client <seed|pull|push|rt> URL DIR N`.
"""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # the same ground for all, whatever display there is
