"""How much of a mail is looked at, for those who have none before them: rules and what reads them."""

BODY_CHARACTERS = 64 * 1024
"""How much text of a mail is read."""
