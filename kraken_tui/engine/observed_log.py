"""An evaluation log that tells somebody else of each decision, too."""

from collections.abc import Callable, Sequence

from kraken_tui.model.evaluation import Evaluation
from kraken_tui.store.evaluation_log import EvaluationLog


class ObservedLog(EvaluationLog):
    """Made by `open`, as its parent."""

    observer: Callable[[Evaluation], None] | None = None
    """Told of each decision once it waits for the disk."""

    def record(self, evaluations: Sequence[Evaluation]) -> None:
        """Write down decisions, and tell of them."""
        super().record(evaluations)
        if self.observer is not None:
            for made in evaluations:
                self.observer(made)
