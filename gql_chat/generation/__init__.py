"""The engine that writes a reply: prompt, provider, growing reply, delivery to watchers, settlement."""
