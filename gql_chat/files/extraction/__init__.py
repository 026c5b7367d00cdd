"""What is in files: their text, and images as models take them; read in processes with limits."""
