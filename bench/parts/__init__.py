"""Parts that are measured by themselves."""
