"""The front door of the trade result validator: nothing that a model says about a trade is shown unless it may be.

The layers, from the outside in. What was executed is told by blocks that the app renders from receipts. In a turn that
acts, a model's prose isn't shown at all (`is_information`). In a turn that asks, prose passes `ProseGate`, sentence by
sentence: what isn't a plan, an offer, a question, a condition, a definition, an instruction, advice, or a price that a
tool returned, is withheld, and everything after it. Each verdict is a row of the evaluation log (`rows_of`).
"""

from kraken_tui.agent.truth.gate import ProseGate, Verdict, Words
from kraken_tui.agent.truth.rows import rows_of
from kraken_tui.agent.truth.turns import is_information
from kraken_tui.agent.truth.untrusted import Untrusted
from kraken_tui.model.evaluation import VerdictRow

__all__ = ["ProseGate", "Untrusted", "Verdict", "VerdictRow", "Words", "is_information", "rows_of"]
