"""`python -m desktop`: the command `causeway`."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # first: in the built program a worker starts here again and must not go on
    from desktop.cli import main

    sys.exit(main())
