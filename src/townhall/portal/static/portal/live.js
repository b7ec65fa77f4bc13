/* The public face's one script. Everything on the page works without it; with it, nothing needs a reload.
   Nothing here moves by itself: new cards wait behind a bar, replaced ones stay where they are, focus is kept. */
(function () {
  "use strict";
  var doc = document, root = doc.documentElement, store = safeStore();
  root.classList.add("js");

  function $(sel, from) { return (from || doc).querySelector(sel); }
  function all(sel, from) { return Array.prototype.slice.call((from || doc).querySelectorAll(sel)); }
  function on(el, type, fn) { if (el) { el.addEventListener(type, fn); } }
  function jitter(ms) { return ms * (0.5 + Math.random()); }
  function cookie(name) {
    var m = doc.cookie.match("(?:^|; )" + name + "=([^;]*)");
    return m ? decodeURIComponent(m[1]) : "";
  }
  function word(key, n) {
    var el = $("#words"), text = (el && el.getAttribute("data-" + key)) || "";
    return text.replace("{n}", n);
  }
  function safeStore() {
    var none = { get: function () { return null; }, set: function () {}, del: function () {} };
    try {
      var s = window.sessionStorage;
      s.setItem("?", "1"); s.removeItem("?");
      return {
        get: function (k) { return s.getItem(k); },
        set: function (k, v) { try { s.setItem(k, v); } catch (e) { /* full: the form itself still holds the text */ } },
        del: function (k) { s.removeItem(k); }
      };
    } catch (e) { return none; }
  }

  /* ---- the look: a class, kept in a cookie that only /look.css reads ---- */
  var LOOKS = ["elder", "dark", "light", "contrast"];
  function wear(names) {
    LOOKS.forEach(function (n) { root.classList.toggle(n, names.indexOf(n) >= 0); });
  }
  function keep(pair) {
    doc.cookie = pair + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
  }
  function chosen() { return cookie("view").split(".").filter(Boolean); }
  function choose(look) {
    var now = chosen();
    if (look === "elder") {
      now = now.indexOf("elder") >= 0 ? now.filter(function (n) { return n !== "elder"; }) : now.concat("elder");
    } else {
      now = now.filter(function (n) { return n === "elder"; });
      if (look !== "auto") { now.push(look); }
    }
    keep("view=" + now.join("."));
    wear(now);
    var sheet = $("#look");
    if (sheet) { sheet.href = "/look.css?" + now.join("."); }
  }
  if (cookie("view")) { wear(chosen()); }
  var spoken = /[?&]lang=(zh|en)(&|$)/.exec(location.search);
  if (spoken) { keep("lang=" + spoken[1]); }

  /* ---- ages and remaining minutes: written by the script only, never announced ---- */
  function minutes() {
    var now = Date.now();
    all("[data-ends]").forEach(function (el) {
      var left = Math.ceil((Date.parse(el.getAttribute("data-ends")) - now) / 60000);
      el.textContent = left > 0 && left < 600 ? word("left", left) : "";
    });
    all("time[data-ago]").forEach(function (el) {
      var ago = Math.floor((now - Date.parse(el.dateTime)) / 60000);
      if (ago >= 0 && ago < 60) {
        el.title = el.title || el.textContent;
        el.textContent = ago ? word("ago", ago) : word("just");
      } else if (el.title) { el.textContent = el.title; }
    });
  }

  /* ---- the live page ---- */
  var page = $("[data-stream]");
  function Live() {
    var seq = +page.getAttribute("data-seq"), auto = page.hasAttribute("data-auto");
    var waiting = Object.create(null), source = null, timer = 0, failures = 0, unheard = 0, rung = 0, rounds = 0, held = false, unsaid = 0, said = 0, sayTimer = 0, silence = 0;
    var mineIds = [];

    function face(name) {
      all(".link").forEach(function (box) {
        box.setAttribute("data-face", name);
        var text = $(".face", box);
        if (text && text.textContent !== word("face-" + name)) { text.textContent = word("face-" + name); }
      });
    }
    function say(n) {
      unsaid += n;
      if (store.get("say") === "off" || !unsaid || sayTimer) { return; }
      sayTimer = setTimeout(function () {
        var el = $("#say");
        sayTimer = 0; said = Date.now();
        if (el && unsaid && store.get("say") !== "off") { el.textContent = word("new-answers", unsaid); }
        unsaid = 0;
      }, Math.max(0, said + 20000 - Date.now()));
    }
    function listOf(card) { return $('[data-list="' + (card.getAttribute("data-list") || "answers") + '"] .cards'); }
    function swap(old, fresh) {
      var had = old.contains(doc.activeElement), keys = "a,button,summary", i = had ? all(keys, old).indexOf(doc.activeElement) : -1;
      var open = all("details[open]", old).length, end = visible(old) ? old.getBoundingClientRect().bottom : 1;
      old.replaceWith(fresh);
      if (open) { all("details", fresh).forEach(function (d) { d.open = true; }); }
      if (end <= 0 && visible(fresh)) { window.scrollBy(0, fresh.getBoundingClientRect().bottom - end); }   /* above what is read: that stays */
      if (had) {
        var target = all(keys, fresh)[i] || $("a", fresh);
        if (target) { target.focus({ preventScroll: true }); }
      }
    }
    function rank(card) { return +card.getAttribute("data-order") || 0; }
    function id(card) { return +card.id.slice(2); }
    function shelve(card, list) {
      var after = all(":scope > .card", list).filter(function (c) {
        return c !== card && (rank(c) < rank(card) || (rank(c) === rank(card) && id(c) < id(card)));
      })[0];
      var empty = $(".empty", list);
      if (empty) { empty.remove(); }
      list.insertBefore(card, after || null);
    }
    function bars() {
      all("[data-list]").forEach(function (section) {
        if (!section.classList.contains("list-of-cards")) { return; }
        var name = section.getAttribute("data-list"), bar = $(".bar", section);
        var n = Object.keys(waiting).filter(function (id) { return waiting[id].getAttribute("data-list") === name; }).length;
        if (bar) {
          bar.hidden = !n;
          $("button", bar).textContent = word(name === "answers" ? "new-answers" : "new-questions", n);
        }
        if (name === "answers") { all("[data-fresh]").forEach(function (el) { el.textContent = n ? "▲" + n : ""; }); }
      });
    }
    function settle(name) {
      Object.keys(waiting).forEach(function (id) {
        var card = waiting[id];
        if (card.getAttribute("data-list") !== name) { return; }
        var old = doc.getElementById(id), list = listOf(card);
        if (old) { old.remove(); }
        if (list) { shelve(card, list); }
        delete waiting[id];
      });
      all('[data-list="' + name + '"] > .cards > .card').forEach(function (card) {
        var to = listOf(card);
        if (card.getAttribute("data-list") === name) { return; }
        if (to) { shelve(card, to); } else { card.remove(); }
      });
      bars();
    }
    /* on its own page a covered question goes from everywhere: heading, title, earlier versions, comments */
    function cover(card) {
      var number = $(".number", card), name = number ? number.textContent : "";
      all("[data-told]").forEach(function (el) {
        if (el.tagName === "H1") { el.textContent = name; } else { el.remove(); }
      });
      doc.title = name;
    }
    function put(fresh, event) {
      var id = fresh.id, old = id && doc.getElementById(id), gone = fresh.hasAttribute("data-gone");
      if (!id) { return; }
      delete waiting[id];
      if (page.getAttribute("data-question") === id && (gone || $(".stub", fresh))) {
        cover(gone ? old : fresh);
        if (gone) { apply({ event: "reload" }); }   /* a fresh page says why there is nothing */
      }
      if (gone) { if (old) { old.remove(); } bars(); return; }
      if (id === "hour-head" && fresh.getAttribute("data-stage") === "live" && $("#top-of-hour") && !$(".list-of-cards")) {
        apply({ event: "reload" });   /* the announcement becomes the hour: a fresh page has what this one lacks */
      }
      if (id === "weather") { weather(fresh.getAttribute("value")); return; }
      if (!fresh.classList.contains("card")) {
        if (old) { if (!old.isEqualNode(fresh)) { swap(old, fresh); } return; }
        var home = $('[data-takes="' + fresh.getAttribute("data-goes") + '"]');
        if (home) { home.hidden = false; home.insertBefore(fresh, home.getAttribute("data-end") === "last" ? null : home.firstChild); }
        return;
      }
      var isAnswer = event === "answer";
      fresh.classList.toggle("fresh", isAnswer);
      if (old && (visible(old) || !listOf(fresh) || old.getAttribute("data-list") === fresh.getAttribute("data-list"))) {
        swap(old, fresh);
      } else if (listOf(fresh)) {
        waiting[id] = fresh;
        if (auto) { settle(fresh.getAttribute("data-list")); }
      } else { return; }
      if (isAnswer) { say(1); }
      bars();
    }
    function weather(told) {
      (told || "").split(" ").forEach(function (one) {
        var part = one.split(":");
        ["supports", "comments"].forEach(function (what, i) {
          var el = doc.getElementById("q-" + part[0] + "-" + what), card = waiting["q-" + part[0]];
          if (card) { el = $("#q-" + part[0] + "-" + what, card); }
          if (el && part[i + 1] !== undefined) { el.textContent = part[i + 1]; }
        });
      });
    }
    function visible(el) { return el.getClientRects().length > 0; }
    function apply(frame) {
      if (frame.event === "reload") {
        if (source) { source.close(); }
        held = true;
        setTimeout(function () { location.reload(); }, jitter(8000));
        return;
      }
      if (frame.id) { if (frame.id <= seq) { return; } seq = +frame.id; }
      var box = doc.createElement("template");
      box.innerHTML = frame.data;
      Array.prototype.slice.call(box.content.children).forEach(function (el) {
        if (mineIds.indexOf(el.id) >= 0) { setTimeout(mine, jitter(1500)); }
        put(el, frame.event);
      });
      minutes();
    }

    /* The ladder: stream, long poll, poll, the page itself; one that does not work leads to the next, and now and then
       the first is tried again. */
    function listen() {
      if (held) { return; }
      if (rung === 0 && !window.EventSource) { rung = 1; }
      [stream, longPoll, poll, reread][rung]();
    }
    function again(ms) { clearTimeout(timer); timer = setTimeout(listen, jitter(ms)); }
    function fell(tries) {
      failures += 1;
      unheard += 1;
      face("again");
      if (failures >= tries) { failures = 0; rung = (rung + 1) % 4; }
      again(Math.min(60000, 750 * Math.pow(2, Math.min(unheard, 7))));
    }
    function works(name) { unheard = 0; failures = 0; face(name); }
    function rose(every) {
      rounds += 1;
      if (rounds % every === 0 && rung > 0) { rung = 0; failures = 1; }   /* one failure leads down again */
    }
    function stream() {
      var mine = source = new EventSource(address("data-stream"));
      "question answer comment stage notice count reload".split(" ").forEach(function (type) {
        source.addEventListener(type, function (e) {
          /* a count carries no id of its own: the browser repeats the last one */
          apply({ id: type === "count" ? 0 : +e.lastEventId, event: type, data: e.data });
          doubt();
        });
      });
      source.onopen = function () { works("live"); doubt(); };
      source.onerror = function () {
        if (source !== mine) { return; }
        source.close();
        source = null;
        fell(2);
      };
    }
    /* A cable that is cut says nothing: after a minute without a word it is asked elsewhere whether there was one. */
    function doubt() {
      var mine = source;
      clearTimeout(silence);
      silence = setTimeout(function () {
        var late = setTimeout(leave, 15000, fell);
        function leave(how) {
          clearTimeout(late);
          if (source !== mine) { return; }
          mine.close();
          source = null;
          how(2);
        }
        ask(address("data-frames")).then(function (r) { return r.json(); }).then(function (batch) {
          clearTimeout(late);
          if (source !== mine) { return; }
          if (batch.frames.some(function (frame) { return frame.id > seq; })) {
            told(batch);
            leave(function () { again(300); });
          } else { doubt(); }
        }).catch(function () { leave(fell); });
      }, jitter(60000));
    }
    function ask(url) {
      return fetch(url, { cache: "no-cache" }).then(function (r) {
        if (!r.ok) { throw r; }
        return r;
      });
    }
    function told(batch) {
      batch.frames.forEach(apply);
      if (batch.seq > seq) { seq = batch.seq; }
    }
    function longPoll() {
      ask(address("data-frames").replace("/frames?", "/wait?")).then(function (r) { return r.json(); }).then(function (batch) {
        told(batch);
        works("live");
        rose(10);
        again(300);
      }).catch(function () { fell(1); });
    }
    function poll() {
      ask(address("data-frames")).then(function (r) { return r.json(); }).then(function (batch) {
        told(batch);
        works("slow");
        rose(12);
        again(5000);
      }).catch(function () { fell(2); });
    }
    function reread() {
      ask(location.pathname + location.search).then(function (r) { return r.text(); }).then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html"), from = $("[data-stream]", fresh);
        if (!from) { throw text; }
        if (+from.getAttribute("data-seq") > seq) {
          all("#hour-head,#about,[data-list] .card", fresh).forEach(function (el) {
            var old = doc.getElementById(el.id);
            if (!old || !old.isEqualNode(el)) { put(doc.importNode(el, true), el.getAttribute("data-list") === "answers" ? "answer" : "question"); }
          });
          seq = +from.getAttribute("data-seq");
          minutes();
        }
        works("saved");
        rose(3);
        again(10000);
      }).catch(function () { fell(1); });
    }
    function address(attr) {
      var url = page.getAttribute(attr);
      return url + (url.indexOf("?") < 0 ? "?" : "&") + "after=" + seq;
    }
    function hold(stop) {
      held = stop;
      clearTimeout(timer);
      if (source) { source.close(); source = null; }
      all("[data-do=hold]").forEach(function (b) { b.hidden = stop; });
      all("[data-do=resume]").forEach(function (b) { b.hidden = !stop; });
      if (stop) { face("held"); } else { failures = unheard = rung = 0; face("again"); listen(); }
    }
    function show(name) {
      all(".list-of-cards").forEach(function (s) { s.hidden = s.getAttribute("data-list") !== name; });
      all(".shows [data-show]").forEach(function (a) {
        if (a.getAttribute("data-show") === name) { a.setAttribute("aria-current", "true"); } else { a.removeAttribute("aria-current"); }
      });
      all(".list-of-cards").forEach(function (s) { settle(s.getAttribute("data-list")); });
    }
    function mine() {
      var box = $("#mine");
      if (!box || !cookie("asked")) { return; }
      fetch(box.getAttribute("data-from"), { credentials: "same-origin" }).then(function (r) { return r.ok ? r.text() : ""; })
        .then(function (html) {
          box.hidden = !html.trim();
          box.innerHTML = html;
          mineIds = all("[data-card]", box).map(function (li) { return li.getAttribute("data-card"); });
          minutes();
        }).catch(function () { /* it is asked for again with the next frame */ });
    }

    on(doc, "click", function (e) {
      var bar = e.target.closest && e.target.closest(".bar button"), tab = e.target.closest && e.target.closest(".shows [data-show]");
      var act = e.target.closest && e.target.closest("[data-do]");
      if (bar) { settle(bar.closest("[data-list]").getAttribute("data-list")); }
      if (tab) { e.preventDefault(); show(tab.getAttribute("data-show")); }
      if (act && act.getAttribute("data-do") === "hold") { hold(true); }
      if (act && act.getAttribute("data-do") === "resume") { hold(false); }
      if (act && act.getAttribute("data-do") === "say") {
        store.set("say", store.get("say") === "off" ? "on" : "off");
        sayState();
      }
    });
    function sayState() {
      all("[data-do=say]").forEach(function (b) { b.setAttribute("aria-pressed", String(store.get("say") !== "off")); });
    }
    sayState();
    face("again");
    if ($(".shows [data-show]")) {
      show($("#answers .card") || !$("#working .card") ? "answers" : "working");
    }
    mine();
    listen();
    on(window, "offline", function () { if (!held) { face("offline"); } });
    on(window, "online", function () { if (!held) { hold(false); } });
    on(window, "pagehide", function () { if (source) { source.close(); } });
    on(window, "pageshow", function (e) { if (e.persisted && !held) { hold(false); } });
  }

  /* ---- asking: nothing typed is ever lost ---- */
  var HINTS = [
    ["mobile", /(^|[^\d])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)/],
    ["id_number", /(^|[^\d])\d{17}[\dXx](?![\dA-Za-z])/],
    ["bank_card", /(^|[^\d])\d{16}(\d{3})?(?!\d)/],
    ["plate", /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·]?[A-HJ-NP-Z0-9]{5,6}/],
    ["child", /(孩子|儿子|女儿|小孩|宝宝|学生)(名字)?[叫是名][\u4e00-\u9fff]{2,4}|(一|二|三|四|五|六|七|八|九|[1-9])年级?[（(]?.{0,3}班|(小|中|大|托)[一二三四五六1-6]?班/]
  ];
  function people(text) {
    var plain = text.replace(/\r\n?/g, "\n").trim();
    if (window.Intl && Intl.Segmenter) { return Array.from(new Intl.Segmenter().segment(plain)).length; }
    return Array.from(plain).length;
  }
  function firstSentence(text) {
    var s = text.trim().split(/[。！？!?\n；;]/).filter(function (p) { return p.trim().length > 4 || /[\w\u4e00-\u9fff]{3}/.test(p); });
    s = s.filter(function (p) { return !/^(您?你?好|尊敬的|各位|请问一下|领导)[^，,]{0,8}[，,：:]?$/.test(p.trim()); });
    s = Array.from((s[0] || "").trim().replace(/^.{0,10}(您|你)好[，,：:]?/, ""));
    return s.length > 60 ? s.slice(0, 59).join("") + "…" : s.join("");
  }
  function Ask(form) {
    var key = "draft:" + form.getAttribute("data-draft"), text = $("[name=text]", form), title = $("[name=title]", form), told = $("[name=told]", form);
    var keep = ["text", "title", "display_name"], ownTitle = Boolean(title && title.value);
    function save() {
      var d = {};
      keep.forEach(function (n) { var f = $("[name=" + n + "]", form); if (f) { d[n] = f.value; } });
      d.chosen = all("input[type=radio]:checked,input[type=checkbox]:checked", form).map(function (f) { return f.name + "=" + f.value; });
      d.own = ownTitle;
      store.set(key, JSON.stringify(d));
    }
    function restore() {
      var d;
      try { d = JSON.parse(store.get(key) || "null"); } catch (e) { d = null; }
      if (!d || text.value) { return; }
      keep.forEach(function (n) { var f = $("[name=" + n + "]", form); if (f && !f.value && d[n]) { f.value = d[n]; } });
      all("input[type=radio],input[type=checkbox]", form).forEach(function (f) {
        if ((d.chosen || []).indexOf(f.name + "=" + f.value) >= 0) { f.checked = true; }
      });
      ownTitle = d.own;
    }
    function look() {
      var n = people(text.value), out = $("#count", form), hints = $("#hints", form);
      if (out) { out.textContent = word("count", n); out.classList.toggle("strong", n > 3000); }
      if (title && !ownTitle) { title.value = firstSentence(text.value); }
      if (hints) {
        var kinds = HINTS.filter(function (h) { return h[1].test(text.value); }).map(function (h) { return h[0]; });
        var found = kinds.map(function (kind) { return word("hint-" + kind); });
        var now = found.join("\n");
        if (hints.getAttribute("data-now") !== now) {
          hints.setAttribute("data-now", now);
          hints.hidden = !found.length;
          /* what was shown here is not shown again by the server; what it finds besides is */
          if (told) { told.value = told.value.split(" ").concat(kinds).filter(function (kind, at, list) { return kind && list.indexOf(kind) === at; }).join(" "); }
          hints.textContent = "";
          found.forEach(function (f) { var p = doc.createElement("p"); p.textContent = f; hints.appendChild(p); });
        }
      }
    }
    restore();
    look();
    on(form, "input", function (e) {
      if (e.target === title) { ownTitle = Boolean(title.value); }
      save();
      if (!e.isComposing) { look(); }
    });
    on(form, "compositionend", look);
    on(form, "keydown", function (e) {
      if (e.key === "Enter" && e.target.tagName === "INPUT" && !form.hasAttribute("data-enter")) { e.preventDefault(); }
    });
    on(form, "submit", function () {
      save();
      all("button", form).forEach(function (b) { setTimeout(function () { b.disabled = true; }, 0); });
      setTimeout(function () { all("button", form).forEach(function (b) { b.disabled = false; }); }, 4000);
    });
  }

  /* ---- small acts ---- */
  function copied(button) {
    var before = button.textContent;
    button.textContent = word("copied");
    setTimeout(function () { button.textContent = before; }, 2500);
  }
  function copy(text, button) {
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(function () { copied(button); }, function () {});
      return;
    }
    var t = doc.createElement("textarea");
    t.value = text;
    t.className = "vh";
    doc.body.appendChild(t);
    t.select();
    try { if (doc.execCommand("copy")) { copied(button); } } catch (e) { /* the text stays on the page to copy by hand */ }
    t.remove();
    button.focus();
  }
  on(doc, "click", function (e) {
    var at = e.target.closest && e.target.closest("[data-look],[data-act],[data-support]");
    /* in another site's frame the page only shows: its links open the question in the whole window */
    if (!at || doc.body.classList.contains("embed")) { return; }
    if (at.hasAttribute("data-look")) { e.preventDefault(); choose(at.getAttribute("data-look")); return; }
    if (at.hasAttribute("data-support")) {
      e.preventDefault();
      fetch(at.getAttribute("data-support"), { method: "POST", credentials: "same-origin", headers: { Accept: "application/json" } })
        .then(function (r) { if (!r.ok) { throw r; } return r.json(); })
        .then(function (d) { at.setAttribute("aria-pressed", "true"); var n = $(".n", at); if (n) { n.textContent = d.supports; } })
        .catch(function () { location.href = at.href; });
      return;
    }
    var act = at.getAttribute("data-act"), link = at.getAttribute("data-link") || location.href;
    link = new URL(link, location.href).href;
    if (act === "print") { window.print(); }
    if (act === "copy") { copy(at.getAttribute("data-text") || link, at); }
    if (act === "share") {
      e.preventDefault();
      if (navigator.share) { navigator.share({ title: at.getAttribute("data-title") || doc.title, url: link }).catch(function () {}); } else { copy(link, at); }
    }
    if (act === "full" && root.requestFullscreen) { root.requestFullscreen(); }
  });
  on(window, "beforeprint", function () { all("details").forEach(function (d) { d.open = true; }); });

  var asked = $("[data-asked]");
  if (asked) { store.del("draft:" + asked.getAttribute("data-asked")); }
  if (/[?&]done=/.test(location.search)) {
    all("form[data-draft]").forEach(function (f) { store.del("draft:" + f.getAttribute("data-draft")); });
  }
  all("form[data-draft]").forEach(Ask);
  if (page) { Live(); }
  minutes();
  setInterval(minutes, 30000);
}());
