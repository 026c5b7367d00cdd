"""Files: what may be uploaded, and what was."""
