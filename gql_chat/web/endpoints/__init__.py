"""Endpoints beside GraphQL: health, metrics, files."""
