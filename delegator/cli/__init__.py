"""The command line: options in, reports out, exit codes. Decides nothing about mail.

Exit 0: fine. 1: a problem was found. 2: wrong usage or configuration. Reports go to stdout; logs,
progress and problems to stderr. Imports are local to the commands, so that `--help` is quick.

A command is its options, its help and one call. From the top down:

    main         all commands under one, `completion`, and the process around them
    setting_up   init, login, schema
    beforehand   demo, dry-run, why, test, check
    running      run, status, backup, restore, forget, service install, service remove
    absence      away, leave, review, home
    options      the options that commands share, and what -c and --state lead to
    outcome      exit codes, how problems are told, pages that are opened
"""
