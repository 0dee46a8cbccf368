"""What a person types."""

import sys

from kraken_tui.cli.early import end_quietly_until_it_runs, guard_without_exchange_keys

guard_without_exchange_keys(sys.argv[1:])
end_quietly_until_it_runs(sys.argv[1:])  # here, as everything else in this room is imported after it
