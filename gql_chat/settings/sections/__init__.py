"""The settings, in the sections of their reference `docs/settings.md`."""
