"""Files: what may be uploaded."""
