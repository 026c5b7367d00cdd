"""Rate limiters, in process and in Redis."""
