"""Content of files: their text, and images in a form for models, read in processes with limits."""
