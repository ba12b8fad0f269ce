// What a phone would show of each mail on this page: one <iframe srcdoc> each. Leaves JSON in #measured.
"use strict";

function channels(colour) {
  const found = colour.match(/rgba?\(([^)]+)\)/);
  const [r, g, b, a = 1] = found ? found[1].split(/[,/ ]+/).filter(Boolean).map(Number) : [0, 0, 0, 0];
  return [r, g, b, a];
}

const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const coded = (v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

function ratio(one, other) { // WCAG 2.2, contrast ratio
  const [low, high] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

// Lightness turned over, hue kept (CIELAB, D65): what programs do that recolour a mail for the dark.
function inverted([r, g, b]) {
  const f = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const back = (t) => (t ** 3 > 0.008856 ? t ** 3 : (t - 16 / 116) / 7.787);
  const [lr, lg, lb] = [r, g, b].map(linear);
  const x = f((0.4124 * lr + 0.3576 * lg + 0.1805 * lb) / 0.95047);
  const y = f(0.2126 * lr + 0.7152 * lg + 0.0722 * lb);
  const z = f((0.0193 * lr + 0.1192 * lg + 0.9505 * lb) / 1.08883);
  const turned = (100 - (116 * y - 16) + 16) / 116;
  const [X, Y, Z] = [back(turned + x - y) * 0.95047, back(turned), back(turned - (y - z)) * 1.08883];
  return [
    3.2406 * X - 1.5372 * Y - 0.4986 * Z,
    -0.9689 * X + 1.8758 * Y + 0.0415 * Z,
    0.0557 * X - 0.204 * Y + 1.057 * Z,
  ].map((v) => coded(Math.min(1, Math.max(0, v))));
}

function background(element, canvas) {
  for (let at = element; at; at = at.parentElement) {
    const colour = channels(getComputedStyle(at).backgroundColor);
    if (colour[3] > 0) return colour; // flat colours only
  }
  return canvas;
}

function measure(frame) {
  const page = frame.contentDocument;
  const canvas = frame.dataset.scheme === "dark" ? [18, 18, 18, 1] : [255, 255, 255, 1];
  const words = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  let smallest = Infinity;
  while (words.nextNode()) {
    const text = words.currentNode.data.trim();
    if (!text) continue;
    const element = words.currentNode.parentElement;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    smallest = Math.min(smallest, size);
    const need = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const [ink, paper] = [channels(style.color), background(element, canvas)];
    if (ratio(ink, paper) < need) faint.push(`${text.slice(0, 30)}: ${ratio(ink, paper).toFixed(2)}`);
    const turned = ratio(inverted(ink), inverted(paper));
    if (frame.dataset.scheme === "light" && turned < need) {
      faint.push(`${text.slice(0, 30)}, inverted: ${turned.toFixed(2)}`);
    }
  }
  const boxes = [...page.querySelectorAll("a")].map((each) => each.getBoundingClientRect());
  let gap = Infinity;
  boxes.forEach((a, at) => boxes.slice(at + 1).forEach((b) => {
    const dx = Math.max(0, Math.max(a.left, b.left) - Math.min(a.right, b.right));
    const dy = Math.max(0, Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom));
    gap = Math.min(gap, Math.hypot(dx, dy));
  }));
  return {
    name: frame.title,
    overflow: Math.max(page.documentElement.scrollWidth, page.body.scrollWidth) - frame.clientWidth,
    faint,
    smallest_font: smallest,
    buttons: boxes.length,
    smallest_target: Math.min(...boxes.map((box) => Math.min(box.width, box.height))),
    gap,
    requests: frame.contentWindow.performance.getEntriesByType("resource").map((each) => each.name),
  };
}

addEventListener("load", () => {
  const measured = [...document.querySelectorAll("iframe")].map(measure);
  document.getElementById("measured").textContent = JSON.stringify(measured);
});
