"""Background and periodic tasks."""
