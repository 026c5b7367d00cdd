"""Access to SQLite and PostgreSQL: connections, transactions, migrations, pagination."""
