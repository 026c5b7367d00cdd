"""The growing reply, and its delivery to watchers on any worker."""
