"""The servers that the benchmark compares, and how a client chats with each."""
