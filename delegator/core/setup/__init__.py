"""What `init` decides: which servers an address has, and what a mailbox's own mail proposes as rules."""
