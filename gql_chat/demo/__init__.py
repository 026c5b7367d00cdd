"""An OpenAI-compatible server with a small rule-based model, for newcomers; imports nothing of ours."""

from gql_chat.demo.server import DemoServer

__all__ = ["DemoServer"]
