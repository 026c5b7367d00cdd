"""Benchmarks: gql-chat compared with a naive server of the same kind, and with a bare pass-through."""
