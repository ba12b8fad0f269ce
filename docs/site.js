// A table that is wider than the screen can be pushed sideways by keyboard too.
const reachable = () =>
  document.querySelectorAll(".md-typeset__scrollwrap").forEach((box) => (box.tabIndex = 0));
document$.subscribe(() => setTimeout(reachable));
