"""Personas: named system prompts read from one YAML file."""
