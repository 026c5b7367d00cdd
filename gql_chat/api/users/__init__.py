"""GraphQL of the users: accounts, profiles, tokens, verification codes and administration."""
