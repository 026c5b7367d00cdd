"""Usage: a ledger of every call to a model, what the calls add up to, and quotas."""
