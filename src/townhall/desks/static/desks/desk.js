/* The desks' one script. Everything works without it, by links and forms; with it the desk is live, has keys,
   and holds a move back for ten seconds. Nothing moves under a pointer or a caret. */
(function () {
  "use strict";

  const UNDO_SECONDS = 10, BEAT_MS = 10000, HERE_MS = 20000, POLL_MS = 3000, CALM_MS = 10000, SOON_MS = 200, PACE_MS = 2500;
  const root = document.documentElement, body = document.body;
  root.classList.add("js");

  const one = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const words = (one("#words") || {}).dataset || {};
  const say = (text, values) => Object.keys(values || {}).reduce((said, name) => said.split("{" + name + "}").join(values[name]), text || "");
  const token = () => (one("[name=csrfmiddlewaretoken]") || {}).value || "";

  all("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  if (!body.dataset.desk) return;

  const base = body.dataset.base, here = body.dataset.here, panel = one("#panel"), list = one("#list");
  const moderator = body.dataset.desk === "moderator";
  const waiting = [];           // moves that can still be undone, the oldest first
  const sending = new Set();    // moves on their way: the server may still call them waiting
  const seen = new Set();       // questions this desk has dealt with: "next" does not bring them back
  const own = new Map();        // question -> when this desk moved it: no need to say that it has changed
  let turn = 0;                 // what was asked for last is shown: a slow answer never covers a newer wish
  let seq = Number(body.dataset.seq), stream = null, refreshing = false, due = 0, lastButton = null;

  /* ---- talking to the server ---- */
  function post(url, fields, more) {
    const data = fields instanceof URLSearchParams ? fields : new URLSearchParams(fields || {});
    if (!data.has("csrfmiddlewaretoken")) data.set("csrfmiddlewaretoken", token());
    return fetch(url, Object.assign({ method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" }, more))
      .then((answer) => { if (answer.status === 401) shut(answer.clone()); return answer; });
  }
  const page = (url, part) => fetch(url, { headers: { "X-Part": part }, credentials: "same-origin" }).then((answer) => {
    if (answer.redirected) { leave(answer.url.includes("/second-step/")); throw new Error("signed out"); }
    return answer.text();
  });
  /** The session is over: the page stays as it is with everything typed, and goes on only when somebody says so. */
  let ended = false;
  const shut = (answer) => answer.json().then((problem) => leave(problem.title === "second_step"), () => leave(false));
  function leave(step) { if (step) stay(words.step, words.verify); else stay(words.out, words.signin); }
  function stay(text, label) {
    if (!ended) all("form[method=post]", panel).forEach(keep);
    ended = true;
    const bar = one("#ended");
    if (!bar.hidden) return;
    const link = document.createElement("a");
    link.href = location.href;   // the server leads to the right door, and from there back here
    link.textContent = label;
    bar.textContent = text + " ";
    bar.appendChild(link);
    bar.hidden = false;
  }
  const question = () => one("#question", panel);
  const openId = () => (question() ? question().dataset.id : "");

  function tell(text, action) {
    const line = document.createElement("p");
    line.textContent = text;
    if (action) {
      const link = document.createElement("a");
      link.href = action.href;
      link.textContent = action.label;
      line.appendChild(link);
    }
    one("#told").appendChild(line);
    setTimeout(() => line.remove(), action ? 20000 : 6000);
  }
  all("#told p").forEach((line) => setTimeout(() => line.remove(), 6000));

  /* ---- opening a question ---- */
  function card(id) { return one("#c-" + id); }
  function mark(id) {
    all("#list [aria-current=true]").forEach((link) => link.removeAttribute("aria-current"));
    const link = one('#list a[href$="q=' + id + '"]');
    if (link) {
      link.setAttribute("aria-current", "true");
      const row = link.getBoundingClientRect(), frame = list.getBoundingClientRect();
      if (list.scrollHeight > list.clientHeight + 1) {   // the list scrolls by itself, the page never
        if (row.top < frame.top + 80) list.scrollTop += row.top - frame.top - 80;
        else if (row.bottom > frame.bottom) list.scrollTop += row.bottom - frame.bottom;
      }
    }
  }
  /** In the list of all questions: what is open has been read; the server has noted the same. */
  function markRead(id) {
    const row = card(id), dot = row && one(".read-mark", row);
    if (!dot || row.classList.contains("read")) return;
    row.classList.add("read");
    dot.textContent = "✓";
    dot.nextElementSibling.textContent = words.read;
  }
  function letGo(id) {
    if (id && !waiting.some((move) => move.id === id)) post("/desk/questions/" + id + "/let-go").catch(() => null);
  }
  async function open(url, options) {
    const wanted = new URL(url, location.href), id = wanted.searchParams.get("q") || "", before = openId();
    const now = ++turn, hadFocus = panel.contains(document.activeElement);
    const html = await page(wanted.pathname + wanted.search, "panel").catch(() => null);
    if (now !== turn) return;
    if (html === null) { if (!ended) tell(words.offline); return; }
    if (before && before !== id) letGo(before);
    panel.innerHTML = html;
    panel.scrollTop = 0;
    body.classList.toggle("open", Boolean(id));
    if (!options || options.push !== false) history.pushState(null, "", wanted.pathname + wanted.search);
    ready();
    mark(id);
    markRead(id);
    if (hadFocus) (one("[autofocus]", panel) || panel).focus({ preventScroll: true });
  }
  const address = (id) => here + "&q=" + id;

  function ready() {
    all("textarea[data-grow]", panel).forEach(grow);
    all("form.decline", panel).forEach(showFills);
    restoreTyped();
    const id = openId();
    if (one("[data-similar]", panel)) {
      page(address(id) + "&similar=1", "similar").then((html) => { if (openId() === id) one("#similar", panel).innerHTML = html; }).catch(() => null);
    }
    all(".groups input[type=checkbox]").forEach((box) => { box.checked = false; });
    ["#assign-unit", "#assign-note", "#assign-due"].forEach((name) => { const field = one(name); if (field) field.value = ""; });
    offer();
  }
  /** The groups' buttons and keys obey the panel: what it refuses, also because somebody else has it, they refuse. */
  function offer() {
    const form = one("#assign", panel), may = Boolean(form) && !("no" in form.dataset);
    all("button.group").forEach((button) => { button.disabled = !may; });
  }

  async function next(skipOpen) {
    const now = ++turn, gone = () => waiting.map((move) => move.id).concat(Array.from(sending));
    const skip = gone().concat(Array.from(seen));
    if (skipOpen !== false && openId()) skip.push(openId());
    let answer = await post(base + "next", { skip: skip.join(",") }).then((found) => found.json()).catch(() => null);
    if (answer && !answer.id && seen.size) {   // once round: what was skipped comes again
      seen.clear();
      const still = gone().concat(openId() ? [openId()] : []);
      answer = await post(base + "next", { skip: still.join(",") }).then((found) => found.json()).catch(() => null);
    }
    if (now !== turn) return;
    if (answer && answer.status === 401) { if (!openId() && waiting.length) undo(); return; }
    if (!answer) { tell(words.offline); return; }
    if (!answer.id) {
      letGo(openId());
      panel.innerHTML = "";
      panel.appendChild(note(words.nothing));
      history.pushState(null, "", here);
      body.classList.remove("open");
      reloadList();
      return;
    }
    await open(address(answer.id));
    if (!card(answer.id)) await reloadList();
  }
  function note(text) {
    const line = document.createElement("p");
    line.className = "none";
    line.textContent = text;
    return line;
  }

  /* ---- moves that wait ten seconds ---- */
  function enqueue(form, button) {
    if (ended) { alertIn(form, words.out); return; }
    const fields = new URLSearchParams(new FormData(form));
    if (button && button.name) fields.set(button.name, button.value);
    fields.delete("next");
    const article = question(), verb = form.dataset.verb, group = button && one(".group-name", button);
    const move = {
      id: article.dataset.id, number: article.dataset.number, url: form.action, fields: fields, verb: verb,
      until: Date.now() + UNDO_SECONDS * 1000, nodes: null,
      label: group ? say(words.assign, { n: article.dataset.number, group: group.textContent })
        : say(words.doing, { n: article.dataset.number, verb: label(form) }),
    };
    move.nodes = Array.from(panel.childNodes);
    move.nodes.forEach((node) => node.remove());
    waiting.push(move);
    seen.delete(move.id);
    const row = card(move.id);
    if (row) row.classList.add("done");
    drawUndo();
    next(false);
  }
  const label = (form) => (one("summary", form.closest("details")) || form).firstChild.textContent.trim();

  function send(move) {
    own.set(move.id, Date.now());
    sending.add(move.id);
    return post(move.url, move.fields, { keepalive: true }).then(async (answer) => {
      if (answer.ok) forget(move.url);
      if (answer.ok) { if (card(move.id)) card(move.id).classList.add("left"); return; }
      const problem = await answer.json().catch(() => ({}));
      const why = (problem.errors || []).map((error) => error.message).join(" ") || problem.detail || "";
      const row = card(move.id);
      if (row) row.classList.remove("done");
      if (answer.status === 401) keepFields(move.url, move.fields);
      tell(say(words.failed, { n: move.number, why: why }), { href: address(move.id), label: words.open });
    }).catch(() => tell(say(words.failed, { n: move.number, why: words.offline }), { href: address(move.id), label: words.open }))
      .finally(() => sending.delete(move.id));
  }
  function undo(move) {
    const place = waiting.indexOf(move || waiting[waiting.length - 1]);
    if (place < 0) return;
    const back = waiting.splice(place, 1)[0];
    turn += 1;
    const other = openId();
    panel.textContent = "";
    back.nodes.forEach((node) => panel.appendChild(node));
    letGo(other);
    if (card(back.id)) card(back.id).classList.remove("done");
    post("/desk/questions/" + back.id + "/hold").catch(() => null);
    history.pushState(null, "", address(back.id));
    body.classList.add("open");
    mark(back.id);
    drawUndo();
    panel.focus({ preventScroll: true });
  }
  function drawUndo() {
    const shelf = one("#undo");
    shelf.textContent = "";
    waiting.forEach((move) => {
      const line = document.createElement("div"), text = document.createElement("span");
      const button = document.createElement("button"), left = document.createElement("output");
      text.textContent = move.label;
      button.type = "button";
      button.textContent = words.undo + " ";
      if (move === waiting[waiting.length - 1]) button.appendChild(Object.assign(document.createElement("kbd"), { textContent: "Z" }));
      button.addEventListener("click", () => undo(move));
      move.left = left;
      [text, button, left].forEach((part) => line.appendChild(part));
      left.setAttribute("aria-hidden", "true");
      shelf.appendChild(line);
    });
    tick();
  }
  function tick() {
    const now = Date.now();
    waiting.filter((move) => move.until <= now).forEach((move) => {
      waiting.splice(waiting.indexOf(move), 1);
      send(move);
      drawUndo();
    });
    waiting.forEach((move) => { if (move.left) move.left.textContent = Math.ceil((move.until - now) / 1000); });
  }
  setInterval(tick, 250);
  window.addEventListener("pagehide", () => {
    while (waiting.length) send(waiting.shift());
    const article = question();
    if (article && "mine" in article.dataset && navigator.sendBeacon) {
      navigator.sendBeacon("/desk/questions/" + article.dataset.id + "/let-go", new URLSearchParams({ csrfmiddlewaretoken: token() }));
    }
  });

  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  /* ---- forms ---- */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && button.form) lastButton = button;
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter || (lastButton && lastButton.form === form ? lastButton : null);
    if (form.matches("[data-contact]")) { event.preventDefault(); showContact(form); return; }
    if (form.matches("[data-next]")) { event.preventDefault(); skipOpen(); return; }
    if (form.matches("[data-earlier]")) { event.preventDefault(); findEarlier(form); return; }
    if (!form.dataset.verb) return;
    event.preventDefault();
    if ("undo" in form.dataset && complete(form)) enqueue(form, button);
    else if (!("undo" in form.dataset)) submit(form, button);
  });
  function skipOpen() {
    if (openId()) seen.add(openId());
    next();
  }
  /** What would be refused for certain is said at once, not after ten seconds. */
  function complete(form) {
    if (form.dataset.verb === "merge" && !one("[name=into_number]", form).value.trim()) return focusFirst(form);
    if (form.dataset.verb !== "decline") return true;
    const chosen = one("[name=code]:checked", form);
    if (!chosen) return focusFirst(form);
    const empty = all("[data-fill=handed_to] input, [data-fill=handed_at] input", form).find((field) => !field.closest("[hidden]") && !field.value);
    if (empty) empty.focus();
    return !empty;
  }
  function focusFirst(form) {
    const field = one("input:not([type=hidden]), textarea, select", form);
    if (field) field.focus();
    return false;
  }
  async function submit(form, button) {
    const fields = new URLSearchParams(new FormData(form)), id = openId();
    if (button && button.name) fields.set(button.name, button.value);
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    all("button", form).forEach((one_) => { one_.disabled = true; });
    own.set(id, Date.now());
    const answer = await post(form.action, fields).catch(() => null);
    delete form.dataset.busy;
    all("button", form).forEach((one_) => { one_.disabled = false; });
    if (!answer) { alertIn(form, words.offline); return; }
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok && found.title === "version" && fields.has("version")) { await showNewer(form, fields, found); return; }
    if (!answer.ok) { refused(form, found); return; }
    forgetTyped(form);
    tell(found.message);
    own.set(id, Date.now());
    if (fields.has("next") && found.next) await open(address(found.next));
    else if (fields.has("next")) location.assign(here);
    else await open(address(id), { push: false });
    refresh();
  }
  /** The answer changed under the signer's hands: the card anew, with what changed, and everything typed. */
  async function showNewer(form, fields, problem) {
    const action = form.getAttribute("action"), id = openId(), typed = one("textarea", form);
    const same = () => all("form", panel).find((other) => other.getAttribute("action") === action);
    await open(address(id) + "&do=" + (typed ? form.dataset.verb : "") + "&seen=" + fields.get("version"), { push: false });
    const now = same();
    if (now) {
      fields.forEach((value, name) => {
        const field = now.elements[name];
        if (field && field.type !== "hidden" && "value" in field) field.value = value;
      });
      all("textarea[data-grow]", now).forEach(grow);
      if ("keep" in now.dataset) keep(now);
    } else if (typed) {   // no longer to be signed: what was written can still be copied
      typed.readOnly = true;
      panel.firstElementChild.appendChild(typed);
    }
    const line = one("[data-changed]", panel);
    if (line) { line.textContent = problem.detail; line.hidden = false; }
    (one("#newer", panel) || line || panel).scrollIntoView({ block: "nearest" });
  }
  function refused(form, problem) {
    all("[data-error]", form).forEach((line) => { line.hidden = true; });
    all("[aria-invalid]", form).forEach((field) => field.removeAttribute("aria-invalid"));
    const left = (problem.errors || []).filter((error) => {
      const line = all("[data-error]", form).find((found) => found.dataset.error === error.field);
      const field = form.elements[error.field];
      if (field && field.setAttribute) field.setAttribute("aria-invalid", "true");
      if (line) { line.textContent = error.message; line.hidden = false; }
      return !line;
    });
    const said = (problem.findings || []).map((finding) => finding.message).concat(left.map((error) => error.message));
    alertIn(form, [problem.detail].concat(said).filter(Boolean).join(" "));
    const override = one("[data-override]", form);
    if (problem.title === "held" && override) { override.hidden = false; one("input", override).focus(); return; }
    if (problem.title === "held") { askReason(form); return; }
    const first = one("[aria-invalid=true]", form);
    if (first) first.focus();
  }
  function askReason(form) {
    if (form.elements.override_reason) { form.elements.override_reason.focus(); return; }
    const field = document.createElement("input");
    field.type = "text"; field.name = "override_reason"; field.autocomplete = "off";
    field.placeholder = words.held; field.setAttribute("aria-label", words.held);
    form.insertBefore(field, one(".m-bar", form) || form.lastElementChild);
    field.focus();
  }
  function alertIn(form, text) {
    let line = one("[data-alert]", form) || one(".alert", form);
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "alert" });
      line.setAttribute("role", "alert");
      form.insertBefore(line, form.firstElementChild);
    }
    line.hidden = false;
    line.textContent = text;
    line.scrollIntoView({ block: "nearest" });
  }
  async function showContact(form) {
    const answer = await post(form.action, new URLSearchParams(new FormData(form))).catch(() => null);
    const found = answer ? await answer.json().catch(() => ({})) : {};
    const text = !answer ? words.offline : answer.ok ? (found.mobile || words.nophone) + (found.reply_by ? " · " + found.reply_by : "") : found.detail;
    one("output", form).textContent = text;
  }
  async function findEarlier(form) {
    const html = await page(form.action + "?" + new URLSearchParams(new FormData(form)), "similar").catch(() => null);
    if (html === null) { tell(words.offline); return; }
    one("#similar", panel).innerHTML = html;
  }

  /* what was typed survives a closed panel, until it has been sent */
  const keyOf = (form) => "desk:" + form.getAttribute("action");
  function keepFields(url, fields) {
    try { sessionStorage.setItem("desk:" + new URL(url, location.href).pathname, fields.toString()); } catch (error) { /* full or forbidden: the page still holds it */ }
  }
  /** Keep a form in which somebody has written or chosen something. */
  function keep(form) {
    const differs = Array.from(form.elements).some((field) => ("defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue)
      || ("defaultChecked" in field && field.checked !== field.defaultChecked));
    if (differs) keepFields(form.action, new URLSearchParams(new FormData(form)));
  }
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (event.target.matches("textarea[data-grow]")) grow(event.target);
    if (!form || !panel.contains(form)) return;
    const article = question();
    if (article && !("mine" in article.dataset) && form.matches(".editor")) { article.dataset.mine = ""; beat(); }
    if ("keep" in form.dataset || ended) keepFields(form.action, new URLSearchParams(new FormData(form)));
  });
  function restoreTyped() {
    all("form[method=post]", panel).forEach((form) => {
      const kept = new URLSearchParams(sessionStorage.getItem(keyOf(form)) || "");
      kept.delete("csrfmiddlewaretoken");
      const stands = form.elements.base_version || form.elements.version;
      if (stands && kept.get(stands.name) !== stands.value) return;
      kept.forEach((value, name) => {
        const field = form.elements[name];
        if (!field || field.type === "hidden" || field.value === value) return;
        if (field.type === "checkbox") field.checked = true;
        else if ("value" in field) field.value = value;
        const act = form.closest("details");
        if (act) act.open = true;
      });
      all("textarea[data-grow]", form).forEach(grow);
    });
  }
  function forgetTyped(form) { forget(form.action); }
  function forget(url) { sessionStorage.removeItem("desk:" + new URL(url, location.href).pathname); }
  function grow(field) {
    field.style.height = "auto";
    field.style.height = Math.min(Math.max(field.scrollHeight + 4, 120), window.innerHeight * 0.6) + "px";
  }

  /* ---- refusing a question ---- */
  function showFills(form) {
    const chosen = one("[name=code]:checked", form), row = chosen && chosen.closest("label");
    all(".codes label", form).forEach((label_) => label_.classList.toggle("on", label_ === row));
    const needs = row ? row.dataset.needs.split(" ") : [];
    all("[data-fill]", form).forEach((field) => { field.hidden = !needs.includes(field.dataset.fill); });
    const at = one("[name=handed_at]", form);
    if (at && needs.includes("handed_at") && !at.value) at.value = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }
  document.addEventListener("change", (event) => {
    if (event.target.name === "code" && event.target.closest(".decline")) showFills(event.target.form);
  });
  function chooseCode(code) {
    const act = one("#act-decline", panel);
    if (!act) { shake("d"); return; }
    closeActs(act);
    act.open = true;
    const box = one('[name=code][value="' + code + '"]', act);
    box.checked = true;
    showFills(box.form);
    const empty = all(".fills [data-fill=handed_to] input", act).find((field) => !field.closest("[hidden]") && !field.value);
    (empty || one("button.first", act)).focus();
    act.scrollIntoView({ block: "nearest" });
  }
  function closeActs(except) { all("details.move[open]", panel).forEach((act) => { if (act !== except) act.open = false; }); }
  function shake(key) { const no = one('.move.no[data-key="' + key + '"]', panel); if (no) no.focus(); }

  /* ---- keys ---- */
  const TEXT = "input:not([type=radio]):not([type=checkbox]):not([type=hidden]), textarea, select, [contenteditable]";
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const target = event.target;
    if (target.matches && target.matches(TEXT)) { inField(event, target); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { help(false); closeActs(); return; }
    if (event.key === "?") { help(true); event.preventDefault(); return; }
    if (!one("#keys").hidden || event.repeat) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code || "");
    if (moderator && digit) { group(digit[1], event.shiftKey); event.preventDefault(); return; }
    if (event.shiftKey) return;
    if (pressed(event.key.length === 1 ? event.key.toLowerCase() : event.key, target)) event.preventDefault();
  });
  function inField(event, target) {
    if (event.key === "Escape") { target.blur(); closeActs(); }
    if (event.key === "k" && (event.ctrlKey || event.metaKey) && target.id === "e-text") { cut(); event.preventDefault(); }
    if (event.key === "Enter" && target.matches("input") && target.type !== "search" && target.closest("#panel, .col-side")) {
      event.preventDefault();   // Enter never sends from a text field: it goes on to the button
      const button = target.form && one("button.first", target.form);
      if (button) button.focus();
    }
  }
  function pressed(key, target) {
    if (key === "n" && body.dataset.queue) { skipOpen(); return true; }
    if (key === "j" || (key === "ArrowDown" && !target.matches("input"))) return step(1);
    if (key === "k" || (key === "ArrowUp" && !target.matches("input"))) return step(-1);
    if (key === "z" && waiting.length) { undo(); return true; }
    if (!/^[a-z]$/.test(key)) return false;
    const act = one('[data-key="' + key + '"]', panel);
    if (act && act.matches("details")) {
      closeActs(act);
      act.open = true;
      const field = one(".form input:not([type=hidden]), .form textarea, .form select", act);
      const first = key === "d" ? one("[name=code]", act) : field;
      (first || one("button", act)).focus();
      act.scrollIntoView({ block: "nearest" });
      return true;
    }
    if (act) { if ("press" in act.dataset) act.click(); else act.focus(); return true; }
    const code = moderator && one('[data-decline][data-key="' + key + '"]');
    if (code && openId()) { chooseCode(code.dataset.decline); return true; }
    return false;
  }
  function group(number, assisting) {
    const button = one('button.group[data-key="' + number + '"]');
    const form = one("#assign", panel);
    if (!button || !openId() || !form) return;
    if ("no" in form.dataset) { tell(form.dataset.no); return; }
    if (assisting) { const box = one("input", button.closest("li")); box.checked = !box.checked; }
    else button.click();
  }
  function step(by) {
    const links = all("#cards a[href*='q=']").filter((link) => !link.closest(".left"));
    if (!links.length) return false;
    const at = links.findIndex((link) => link.getAttribute("aria-current") === "true");
    const link = links[Math.min(links.length - 1, Math.max(0, at + by))];
    open(link.href);
    return true;
  }
  function help(show) {
    const sheet = one("#keys");
    if (sheet.hidden !== show) return;
    sheet.hidden = !show;
    if (show) one("button", sheet).focus();
  }
  all("[data-help]").forEach((button) => button.addEventListener("click", () => help(true)));
  one("#keys button").addEventListener("click", () => help(false));

  /* ---- clicks ---- */
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const decline = event.target.closest("[data-decline]");
    if (decline) { chooseCode(decline.dataset.decline); return; }
    if (event.target.closest("[data-cut]")) { cut(); return; }
    if (event.target.closest("#fresh")) { reloadList(); return; }
    const link = event.target.closest("a");
    if (!link) return;
    if ("pull" in link.dataset) { event.preventDefault(); pull(link); return; }
    const url = new URL(link.href, location.href);
    if (url.pathname === base && url.searchParams.get("q") && !link.target && (list.contains(link) || panel.contains(link) || link.matches(".alarm"))) {
      event.preventDefault();
      open(link.href);
    }
  });
  window.addEventListener("popstate", () => {
    if (new URL(location.href).searchParams.get("q")) open(location.href, { push: false });
    else location.reload();
  });

  /* ---- the draft ---- */
  function cut() {
    const text = one("#e-text");
    if (!text) return;
    const chosen = text.value.slice(text.selectionStart, text.selectionEnd).trim();
    let row = all("[data-row]").find((found) => !one("input[type=text]", found).value);
    if (!row) row = addRow();
    if (chosen) one("input[type=text]", row).value = chosen;
    const promised = one("[name=outcome][value=promised]");
    if (promised) promised.checked = true;
    one("input[type=date]", row).focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function addRow() {
    const rows = all("[data-row]"), last = rows[rows.length - 1], row = last.cloneNode(true);
    all("[name], [data-error]", row).forEach((field) => {
      ["name", "data-error"].forEach((attribute) => {
        const value = field.getAttribute(attribute);
        if (value) field.setAttribute(attribute, value.replace(/\[\d+\]/, "[" + rows.length + "]"));
      });
      if (field.type === "checkbox") field.checked = false;
      else if ("value" in field) field.value = "";
      if (field.dataset.error) field.hidden = true;
    });
    last.after(row);
    return row;
  }
  function pull(link) {
    const text = one("#e-text"), source = one("[data-source]", link.closest("li"));
    if (!text || !source) { location.assign(link.href); return; }
    const at = text.selectionEnd, before = text.value.slice(0, at), after = text.value.slice(at);
    const piece = (before && !before.endsWith("\n") ? "\n" : "") + source.textContent.trim();
    text.value = before + piece + after;
    text.setSelectionRange(at + piece.length, at + piece.length);
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* ---- live ---- */
  async function reloadList() {
    const top = list.scrollTop, html = await page(location.pathname + location.search, "list").catch(() => null);
    if (html === null) return;
    const find = one("#find"), typing = document.activeElement === find;
    if (typing) return;
    list.innerHTML = html;
    list.scrollTop = top;
    waiting.forEach((move) => { if (card(move.id)) card(move.id).classList.add("done"); });
    if (openId()) mark(openId());
  }
  const shown = () => all("#cards > [data-id]").map((row) => row.dataset.id + ":" + row.dataset.mark).join(",");
  let askedAt = 0, took = 0;
  async function refresh() {
    clearTimeout(due);
    due = 0;
    if (refreshing || document.hidden) return;
    refreshing = true;
    askedAt = Date.now();
    const query = new URLSearchParams(location.search);
    query.delete("q");
    query.set("since", String(seq));
    query.set("shown", shown());
    const answer = await fetch(base + "changes?" + query, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    refreshing = false;
    took = Date.now() - askedAt;
    if (!answer || answer.status >= 500) { lost(true); return; }
    if (answer.status === 401) { shut(answer); return; }
    if (answer.status === 404) { stay(words.noseat, words.anew); return; }
    if (!answer.ok) return;
    lost(false);
    apply(await answer.json());
  }
  let isLost = false;
  function lost(now) {
    if (now && !isLost) tell(words.again);
    isLost = now;
  }
  function apply(found) {
    seq = found.seq;
    Object.keys(found.cards).forEach((id) => {
      const row = card(id);
      if (!row || row.matches(":hover") || row.contains(document.activeElement)) return;
      const holder = document.createElement("ol");
      holder.innerHTML = found.cards[id];
      const fresh = holder.firstElementChild;
      if (row.classList.contains("done")) fresh.classList.add("done");
      row.replaceWith(fresh);
    });
    if (openId()) mark(openId());
    const leaving = found.gone.filter((id) => card(id) && !card(id).classList.contains("left"));
    leaving.forEach((id) => card(id).classList.add("left"));
    const arrived = found.new.filter((id) => !card(id) && !waiting.some((move) => move.id === String(id)));
    const bar = one("#fresh");
    if (bar) {
      bar.hidden = !arrived.length;
      if (arrived.length) bar.textContent = say(words.fresh, { n: arrived.length });
    }
    const rows = all("#cards > .item");
    if (arrived.length && rows.length && rows.every((row) => row.matches(".left, .done")) && !list.matches(":hover")) reloadList();
    if (!rows.length && arrived.length && body.dataset.kind === "cards") reloadList();
    Object.keys(found.waiting).forEach((kind) => {
      const count = one('.tabs [data-waiting="' + kind + '"]');
      if (count) count.textContent = found.waiting[kind] || "";
    });
    patch(found.beside);
    patch(found.strip);
    told(found.changed);
  }
  /** Numbers change in place; blocks only where nobody points. */
  function patch(html) {
    if (!html) return;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    all("[data-k]", fresh).forEach((piece) => {
      const stands = one('[data-k="' + piece.dataset.k + '"]');
      if (stands && stands.innerHTML !== piece.innerHTML) { stands.innerHTML = piece.innerHTML; stands.className = piece.className; }
    });
    all("[data-block]", fresh).forEach((piece) => {
      const stands = one('[data-block="' + piece.dataset.block + '"]');
      if (stands && !stands.matches(":hover") && !stands.contains(document.activeElement) && stands.innerHTML !== piece.innerHTML) stands.innerHTML = piece.innerHTML;
    });
  }
  function told(changed) {
    const id = openId(), line = one("[data-changed]", panel);
    if (!id || !line || !changed.includes(Number(id)) || Date.now() - (own.get(id) || 0) < 4000) return;
    line.textContent = words.changed + " ";
    const link = document.createElement("a");
    link.href = address(id);
    link.textContent = words.reload;
    line.appendChild(link);
    line.hidden = false;
  }
  /** The first change after a quiet time shows at once; in a storm a desk asks every few seconds, slower when answers are slow. */
  function soon() {
    if (due) return;
    due = setTimeout(refresh, Math.max(SOON_MS, askedAt + Math.max(PACE_MS, 8 * took) - Date.now()));
  }
  async function listen() {
    if (!window.EventSource) return;
    const answer = await post("/desk/hours/" + body.dataset.slug + "/ticket").catch(() => null);
    if (!answer || !answer.ok) { setTimeout(listen, 15000); return; }
    const ticket = (await answer.json()).ticket;
    stream = new EventSource("/desk/" + body.dataset.slug + "/stream?ticket=" + encodeURIComponent(ticket));
    stream.onmessage = soon;
    stream.onerror = () => {   // a ticket opens once: ask for another
      stream.close();
      stream = null;
      setTimeout(listen, 5000 + Math.random() * 5000);
    };
  }
  let quiet = 0;
  setInterval(() => {
    quiet += POLL_MS;
    if ((!ended && (!stream || stream.readyState !== 1)) || quiet >= CALM_MS) { quiet = 0; refresh(); }
  }, POLL_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

  async function beat() {
    const article = question();
    waiting.forEach((move) => post("/desk/questions/" + move.id + "/hold").catch(() => null));
    if (!article || !("mine" in article.dataset)) return;
    const answer = await post("/desk/questions/" + article.dataset.id + "/hold", { status: article.dataset.status }).catch(() => null);
    if (!answer || answer.status !== 409) return;
    const problem = await answer.json().catch(() => ({})), line = one("[data-changed]", article);
    if (line) { line.textContent = problem.detail || words.changed; line.hidden = false; }
    delete article.dataset.mine;
    const assigning = one("#assign", article);
    if (assigning) { assigning.dataset.no = problem.detail || words.changed; offer(); }
  }
  setInterval(beat, BEAT_MS);
  /* the coordinator sees who is there */
  const amHere = () => { if (!ended) post("/desk/hours/" + body.dataset.slug + "/here").catch(() => null); };
  setInterval(amHere, HERE_MS);
  amHere();

  /* the clocks of the cards go on between answers */
  setInterval(() => {
    all("[data-since]").forEach((age) => {
      const minutes = Math.max(0, Math.floor((Date.now() - new Date(age.dataset.since)) / 60000));
      if (minutes >= 1440) return;
      one("[data-text]", age).textContent = say(minutes < 60 ? words.minutes : words.hours, { n: minutes < 60 ? minutes : Math.floor(minutes / 60) });
      const bar = age.nextElementSibling;
      if (bar && bar.matches("progress")) bar.value = Math.min(minutes, bar.max);
    });
  }, 20000);

  ready();
  if (openId()) mark(openId());
  listen();
})();
