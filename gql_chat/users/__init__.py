"""Accounts, sign-ins, codes and groups."""
