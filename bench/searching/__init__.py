"""Databases full of messages, and what is searched for in them."""
