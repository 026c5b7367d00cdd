"""Mailers and the outbox."""
