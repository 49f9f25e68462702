"""What we ask: one question a file, with its numbers, table and figure."""
