"""Failures of calls: the bodies that providers send, the table of their codes, and the typed failure."""
