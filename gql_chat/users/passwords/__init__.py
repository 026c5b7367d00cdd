"""Passwords: how they are hashed, checked and changed, and the rules for new ones."""
