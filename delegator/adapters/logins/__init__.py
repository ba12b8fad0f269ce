"""OAuth 2: the libraries of Microsoft and Google behind one face, and the tokens that come of it.

The libraries are optional (the extra `oauth`), slow to load, and imported only when a login needs them.
"""
