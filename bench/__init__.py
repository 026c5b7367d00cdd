"""The benchmark: gql-chat beside an obvious server of the same kind and beside the least that a server can do."""
