"""Processes with limits that parse what nobody trusts."""
