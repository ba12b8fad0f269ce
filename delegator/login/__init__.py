"""`login`: a person's consent to a login by OAuth 2, or what an administrator has to do for an app alone."""
