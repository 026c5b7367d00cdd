"""Endpoints beside GraphQL: files, health, metrics, pages."""
