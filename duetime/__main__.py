"""`python -m duetime`: the command line."""

import sys

from duetime.adapters.cli import main

if __name__ == "__main__":
    sys.exit(main())
