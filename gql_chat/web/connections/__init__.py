"""Connections: caps, deadlines, and uvicorn's protocols extended to keep them."""
