"""Submission: the gate with its closed set of recipients, its connections, the dialogue on one of them."""
