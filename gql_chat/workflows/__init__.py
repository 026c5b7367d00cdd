"""Verbs that span several domains: send, edit, watch, stop, delete, title, check, export."""
