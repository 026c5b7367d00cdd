"""GraphQL and only GraphQL: one file per domain, and what they share."""
