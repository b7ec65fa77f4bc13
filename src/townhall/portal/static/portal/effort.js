/* Solves the puzzle of the page that asks to wait, and sends the form, or sends the page that stands in the line again: who has no
   script waits and presses the button. */
(function () {
  "use strict";
  var again = document.querySelector("form[data-again]");
  if (again) {   /* in the line: look again; with a little chance, so that all do not come at once */
    var timer = setTimeout(function () { again.submit(); }, again.getAttribute("data-again") * (900 + Math.random() * 400));
    again.addEventListener("submit", function () { clearTimeout(timer); });
  }
  var form = document.querySelector("form[data-effort]"), subtle = window.crypto && window.crypto.subtle;
  if (!form || !subtle || !window.TextEncoder || !window.Promise) { return; }
  var salt = form.getAttribute("data-salt"), challenge = form.getAttribute("data-challenge");
  var most = Number(form.getAttribute("data-most")), next = 0, AT_ONCE = 500, letters = new TextEncoder();
  var told = form.querySelector("[data-working]"), ended = false;
  told.textContent = told.getAttribute("data-working");
  form.addEventListener("submit", function () { ended = true; });

  function hex(bytes) {
    return Array.prototype.map.call(new Uint8Array(bytes), function (byte) {
      return (byte < 16 ? "0" : "") + byte.toString(16);
    }).join("");
  }
  function tried(number) {
    return subtle.digest("SHA-256", letters.encode(salt + number)).then(function (bytes) {
      return hex(bytes) === challenge ? number : -1;
    });
  }
  function send(number) {
    form.elements.altcha.value = window.btoa(JSON.stringify({
      algorithm: "SHA-256", challenge: challenge, number: number, salt: salt,
      signature: form.getAttribute("data-signature")
    }));
    ended = true;
    form.submit();
  }
  /* Some at a time, so that the page stays alive between them. */
  function go() {
    var batch = [];
    while (batch.length < AT_ONCE && next <= most) { batch.push(tried(next)); next += 1; }
    window.Promise.all(batch).then(function (found) {
      var hit = Math.max.apply(null, found);
      if (ended) { return; }
      if (hit >= 0) { send(hit); } else if (next <= most) { go(); }
    });
  }
  go();
})();
