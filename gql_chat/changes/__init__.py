"""The durable log of what happened to what a user owns, and its feed."""
