"""`python -m tests.bench`: what things cost, as ratios and sums of one run on one machine; never a test."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # the same ground for all, whatever display there is
