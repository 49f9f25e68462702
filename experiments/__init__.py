"""What we ask: one folder per experiment, with its numbers, tables and figure."""
