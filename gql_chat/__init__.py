"""gql-chat: a self-hosted chat backend behind one typed GraphQL API."""

__version__ = "0.1.0"
