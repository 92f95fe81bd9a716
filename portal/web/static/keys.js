/* Keys of a page that is worked on all day: data-key names what a key reaches, data-row the links J and K walk. */

const KEPT = "keys";

/** What this browser remembers; where it keeps nothing, the keys are on with every page. */
function read() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

function keep(isOn) {
  try {
    localStorage.setItem(KEPT, isOn ? "on" : "off");
  } catch {
    // It holds until the page is left.
  }
}

/** Whether somebody is writing, choosing or answering a question: a letter is then a letter. */
function isTaken(event) {
  const isShifted = event.shiftKey && event.key !== "/";
  if (event.ctrlKey || event.metaKey || event.altKey || isShifted) return true;
  // 229: an input method still composes, also where a browser does not say so otherwise.
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return true;
  return event.target.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]");
}

/** Focus itself goes a row down or up, from whatever of a row has it, and stops at the ends. */
function walk(step) {
  const links = [...document.querySelectorAll("[data-row]")];
  const at = links.findIndex((link) => (link.closest("tr, li") ?? link).contains(document.activeElement));
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}

/** Goes to a box, follows a link. */
function reach(key) {
  const place = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!place) return false;
  if (place.matches("input")) {
    place.focus();
    place.select();
  } else {
    place.click();
  }
  return true;
}

/** The line that says which keys there are, with the button that turns them off and on (WCAG 2.1.4).
    Where that line is not to be seen, as on a telephone, the keys do nothing. */
function offerKeys() {
  const line = document.querySelector("[data-keys]");
  if (!line) return;
  let isOn = true;
  const turn = (on) => {
    isOn = on;
    for (const part of line.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "on") !== on;
    for (const place of document.querySelectorAll("[data-key]")) {
      if (on) place.setAttribute("aria-keyshortcuts", place.dataset.key.toUpperCase());
      else place.removeAttribute("aria-keyshortcuts");
    }
  };
  turn(read());
  line.hidden = false;
  line.querySelector("button").addEventListener("click", () => {
    turn(!isOn);
    keep(isOn);
  });
  document.addEventListener("keydown", (event) => {
    if (!isOn || isTaken(event) || !line.getClientRects().length) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
    else if (!reach(key)) return;
    event.preventDefault();
  });
}

offerKeys();
