"""Providers of models: requests to them, and their answers."""
