// A table that is wider than the screen can be pushed sideways by keyboard too.
const reachable = () =>
  document.querySelectorAll(".md-typeset__scrollwrap").forEach((box) => (box.tabIndex = 0));
// Each box of code is a place of its own for a screen reader, so each has its own name.
const named = () =>
  document.querySelectorAll(".md-code__nav").forEach((box, at) => box.setAttribute("aria-label", `Code ${at + 1}`));
document$.subscribe(() => setTimeout(() => { reachable(); named(); }));
