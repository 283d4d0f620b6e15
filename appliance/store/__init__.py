"""The SQLite files in the state directory: one module a table or file."""
