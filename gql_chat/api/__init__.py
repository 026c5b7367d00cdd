"""GraphQL and only GraphQL: one file per domain, and the engine that they share."""
