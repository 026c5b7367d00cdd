"""Access to Redis: connections, health, pub/sub signals."""
