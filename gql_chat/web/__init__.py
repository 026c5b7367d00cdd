"""The Starlette application: GraphQL over HTTP and WebSocket, files, health, metrics and pages."""

# Here, because the supervisor prints them and does not import the application.
GRAPHQL_PATH = "/graphql"
GRAPHIQL_PATH = "/graphiql/"
