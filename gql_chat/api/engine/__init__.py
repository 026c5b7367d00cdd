"""How operations are executed: context, limits, permissions, loaders, errors and encoding."""
