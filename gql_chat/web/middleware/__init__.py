"""Middleware for every request: proxies, request ids, the access log, CORS."""
