/* What pages gain with script; each works without it. */

/** A refused form: bring the reader to what is wrong, where the browser's own autofocus did not. */
function focusSummary() {
  const summary = document.querySelector("[data-focus]");
  if (!summary) return;
  window.addEventListener("load", () => window.setTimeout(() => {
    if (document.activeElement === document.body) summary.focus();
  }));
}

/** A second press of the same button sends nothing; the button keeps its look. */
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("form[method=post]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    }
  });
}

/** Print buttons appear only where script can serve them. */
function offerPrinting() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

async function fetchPage(url, headers = {}) {
  const answer = await fetch(url, { headers, credentials: "same-origin" });
  if (!answer.ok) return { status: answer.status };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { status: answer.status, etag: answer.headers.get("ETag"), url: answer.url, page };
}

/** A link to a confirmation page asks its question in a dialog; anything odd follows the link. */
function askInDialog() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
    event.preventDefault();
    const found = await fetchPage(link.href).catch(() => ({}));
    const block = found.page?.querySelector("[data-confirm-block]");
    if (!block) {
      window.location.assign(link.href);
      return;
    }
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "confirm-title");
    dialog.append(document.importNode(block, true));
    const form = dialog.querySelector("form");
    if (form && !form.hasAttribute("action")) form.action = found.url;
    dialog.addEventListener("click", (press) => {
      if (!press.target.closest("a.other")) return;
      press.preventDefault();
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    (dialog.querySelector(".input, .tick, .radio") ?? dialog.querySelector("a.other"))?.focus();
  });
}

/** Regions marked data-live="seconds" are replaced when the page has changed; never under the reader's hands. */
function keepLive() {
  const regions = [...document.querySelectorAll("[data-live][id]")];
  if (!regions.length) return;
  const pause = 1000 * Math.max(2, Math.min(...regions.map((region) => Number(region.dataset.live) || 5)));
  let etag = null;
  const look = async () => {
    if (!document.hidden) {
      const found = await fetchPage(window.location.href, etag ? { "If-None-Match": etag } : {}).catch(() => ({}));
      let isHeldBack = false;
      for (const region of found.page ? document.querySelectorAll("[data-live][id]") : []) {
        const fresh = found.page.getElementById(region.id);
        const isInUse = region.contains(document.activeElement) || region.querySelector("details[open]");
        if (!fresh || fresh.innerHTML === region.innerHTML) continue;
        if (isInUse) isHeldBack = true;
        else region.innerHTML = fresh.innerHTML;
      }
      // What was held back is asked for again.
      etag = isHeldBack ? null : found.etag ?? etag;
    }
    window.setTimeout(look, pause);
  };
  window.setTimeout(look, pause);
}

focusSummary();
sendOnce();
offerPrinting();
askInDialog();
keepLive();
