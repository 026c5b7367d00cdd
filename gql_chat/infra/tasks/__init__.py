"""Work beside the requests: background tasks and periodic ones."""
