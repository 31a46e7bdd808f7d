"""`python -m tests.bench`: what things cost, as ratios and sums of one run on one machine; never a test."""
