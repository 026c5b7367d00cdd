"""The process: the uvicorn server, its workers under a supervisor, and the wiring of all services."""
