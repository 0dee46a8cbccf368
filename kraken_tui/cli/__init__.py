"""What a person types."""

import sys

from kraken_tui.cli.early import end_quietly_until_it_runs

end_quietly_until_it_runs(sys.argv[1:])  # here, as everything else in this room is imported after it
