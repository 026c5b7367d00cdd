"""Verbs that span several domains: send, edit, regenerate, continue, watch, stop, delete, title, check, export."""
