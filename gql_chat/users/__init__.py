"""Accounts, sign-ins, personal access tokens and verification codes."""
