"""The execution of operations: context, limits, permissions, loaders, errors and encoding."""
