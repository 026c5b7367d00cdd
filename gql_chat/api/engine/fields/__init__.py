"""The building blocks of the schema: fields with costs and permissions, inputs, nodes, pages and scalars."""
