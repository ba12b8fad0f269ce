"""Builds adapters and puts them together, for all but `stopped`: the daemon, and what one command needs.

From the top down:

    connections  connections to the mail servers that are a command's own: init, login, check, dry run
    mails        the mails that a command makes now, to print or send
    state        what a command does to the state: absences, lessons, backup and restore, forgetting
    logins       the tokens that the state's daemon gives, and the client by which a person signs in
    ask_or_do    what a command wants of an account: of the state's daemon, or here where none runs
    daemon       the daemon of `run`
    parts        an account and its parts, as its configuration says

What only some need is imported where it is built: a dry run loads neither daemon nor store, which are half
the program.
"""
