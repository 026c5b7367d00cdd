"""Attacks on a real server, and what an honest user beside them feels."""
