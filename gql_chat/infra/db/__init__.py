"""Access to SQLite and PostgreSQL: connections, transactions, migrations, pagination."""

from gql_chat.infra.db.first_import import import_tortoise

import_tortoise()
