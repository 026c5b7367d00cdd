"""Stores for files: a folder or an S3-compatible bucket."""
