STATE_FILE = "state.sqlite3"
"""In the state directory."""
