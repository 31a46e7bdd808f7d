"""Bad lines, one at a time: a TCP proxy of the tests' own, and what a laptop gets through each of them."""
