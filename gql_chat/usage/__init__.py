"""Usage: a ledger of every call to a model, sums of calls, and quotas."""
