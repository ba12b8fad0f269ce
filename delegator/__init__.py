"""delegator hands an absent owner's important mail to a colleague, and the rest to the owner, twice a day.

How it is built, from the top down. What happens to one mail on its way through is told in docs/message.md.

A functional core in an imperative shell. Every decision is in `core`: pure functions from values to values,
without I/O, clock, randomness or log. The shell fetches, asks the core, and carries out what it says, in one
transaction. Imports point down only, in this order; import-linter holds them to it.

    __main__     the command's begin: the help and `status`, before anything is loaded that they do not need
    cli/         the command line: options in, reports out, exit codes
    demo/        a whole holiday in half a minute: the real service between mail servers of its own
    setup/       init: servers from an address, rules from the mail, a rules.yaml that works
    check/       whether all is in place: machine, mailbox, submission, rules, and a mail to oneself
    login/       a person's consent to OAuth 2, and what an administrator has to do
    preview/     dry-run, why and test: mail from files or a mailbox, decided as it is live; changes nothing
    wiring/      the place that builds adapters and gives them to those who use them
    stopped      builds the few that `status` needs where no daemon runs, to read the rules and the state
    daemon/      the service: an account with its session, its intake, outbox, commands, handovers, reviews,
                 health and alarm; one bug in one task, or one mail, stops nothing else
    adapters/    the only ones that speak IMAP (imap/), SMTP and SQLite (state/), or ask the machine
    config/      rules.yaml to one immutable `Config`, or every mistake at once, each with its place
    ports/       what daemon and preview need of the world, as Protocols by role; adapters implement them
    reports/     what each command reports: one type, which renders as text and as JSON
    maillog      the closed set of log events
    catalogues   translations (locale/), templates/, and dates as people write them
    core/        all decisions, in rooms of their own, again from the top down:
      compose/     every mail that goes out, as octets: forward, review, brief, overview, answer, alert
      setup/       what `init` decides: an address's servers, and what the mail proposes as rules
      reviews/     what follows from a message; what a review holds, in which order, and what it proposes
      triage/      one message to one verdict, and why: guards, conversation, rules, afterthoughts
      handovers/   whose hands a conversation is in: one state machine; who answered, who is away
      commands/    what the owner and the backups ask for, in a button's mail or a reply, and who may
      rules/       patterns and conditions; what a rule cannot mean, what would alter an outcome
      mail/        octets to a `Message`, whatever they are, and what a mail says of itself
      hours/       absences, times of reviews, and working hours by which a clock runs
      attempt      what follows from an attempt to submit a mail
      doors        how a package gives one of its modules without loading the others
      octets       a mail in pieces, so that a large one is in memory once
      turns        in which order mail goes out, where two are on their way at once
      late         expressions that are compiled when something is first looked for
      languages/   the words of four languages, from which all parsers are built
      people       the owner and the backups, and who is there
      delivery     what a submission server's reply means, and when to try again
      health       what is at fault, who is told of it and when
      faults       what is raised where the state cannot be used
      folders      the names of our mailboxes, which are an interface
      logins/      logins without a password (OAuth 2): who wants them, and what is said of them
      lessons      what the owner's own test mail taught about the servers
      providers/   what is known of mail providers: servers, limits, what their refusals mean

Beside them systemd/ has the units that `service install` writes.

Some things stand in one place only, so that a promise can be read there. What leaves the machine: the gate
in `adapters.smtp.gate`, with its closed set of recipients. What becomes of a mail: `triage` in
`core.triage.triage`, which the daemon, the dry run and `why` call alike. Whose hands a conversation is in:
the table in `core.handovers.machine`. What is remembered: the tables in `adapters.state.schema`. What time
it is: the `Clock` in `ports`, so that a test can be a holiday.
"""
