"""What trading does to the account: balances, holds, fees, margin, the ledger."""
