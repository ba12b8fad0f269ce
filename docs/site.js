// A table that is wider than the screen can be pushed sideways by keyboard too.
document$.subscribe(() =>
  new MutationObserver(() =>
    document.querySelectorAll(".md-typeset__scrollwrap").forEach((box) => (box.tabIndex = 0)),
  ).observe(document.body, { childList: true, subtree: true }),
);
