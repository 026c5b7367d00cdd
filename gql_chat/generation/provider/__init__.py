"""Providers of models: what is asked of them, and what they answer."""
