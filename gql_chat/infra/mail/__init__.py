"""E-mail: the mailers and the outbox."""
