"""Logins without a password (OAuth 2): who wants them, and what is said of them."""
