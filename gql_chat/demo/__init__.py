"""An OpenAI-compatible server with a small rule-based model, for newcomers and tests; imports nothing of ours."""

from gql_chat.demo.driven import Driven, DrivenCall
from gql_chat.demo.script import Script
from gql_chat.demo.server import DemoServer, RecordedRequest

__all__ = ["DemoServer", "Driven", "DrivenCall", "RecordedRequest", "Script"]
