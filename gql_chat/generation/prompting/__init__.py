"""What a model is told: the persona, as much of the chat as fits, and what its files are to a model."""
