"""`check`: whether everything that an absence needs is there, in one report.

It looks at configuration, state, servers and folders, over connections of its own, beside a running
daemon. Without `send` no mail goes out; folders that are missing are made, as `run` would.
"""
