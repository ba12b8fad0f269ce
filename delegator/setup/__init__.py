"""`init`: from an address to a rules.yaml that works, on a plain terminal or without one.

It asks, looks for the servers, logs in, reads the headers of the last months, proposes rules with their
figures, and writes the file at the very end, whole or not at all. Whatever can be decided without asking a
person or a server is decided in `core.setup`.
"""
