"""`python -m kraken_tui`."""

import sys

from kraken_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
