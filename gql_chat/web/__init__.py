"""The Starlette application: GraphQL over HTTP and WebSocket, files, health, metrics and pages."""
