"""Infrastructure that knows nothing of the domain."""
