"""`python -m desktop`: the command `causeway`."""

import sys

from desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
