"""GraphQL and only GraphQL: one file per domain, and the engine that they share."""

import gql_chat.api.enums  # noqa: F401 - describes the domains' enums before a type names them, whatever is imported first
