"""What every request passes through: request ids, the access log, CORS."""
