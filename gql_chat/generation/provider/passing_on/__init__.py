"""Answers that are passed on to OpenAI clients as bytes."""
