"""The demo server in a test's hands: scripts and driven calls take the place of the rule-based model's text."""

from tests.support.demo.driven import Driven, DrivenCall
from tests.support.demo.script import Script
from tests.support.demo.server import DemoServer, RecordedRequest

__all__ = ["DemoServer", "Driven", "DrivenCall", "RecordedRequest", "Script"]
