"""The prompt for a model: the persona, as much of the chat as fits, and its files."""
