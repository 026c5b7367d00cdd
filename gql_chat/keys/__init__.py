"""Keys: users' own credentials for OpenAI-compatible models, sealed at rest, and the groups that share them."""
