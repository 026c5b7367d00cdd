"""The growing reply, and how it reaches those who watch it, at whatever worker."""
