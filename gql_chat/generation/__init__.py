"""From a sent message to a settled reply: prompt, LLM, the growing reply, its watchers."""
