"""Processes with limits that parse untrusted files."""
