// A passkey is made or shown by the browser; the answer goes back in the form, like anything typed.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (list) => (list || []).map((one) => Object.assign({}, one, { id: bytes(one.id) }));

  function options(asked) {
    const found = Object.assign({}, asked, { challenge: bytes(asked.challenge) });
    if (asked.user) found.user = Object.assign({}, asked.user, { id: bytes(asked.user.id) });
    if (asked.excludeCredentials) found.excludeCredentials = listed(asked.excludeCredentials);
    if (asked.allowCredentials) found.allowCredentials = listed(asked.allowCredentials);
    return found;
  }

  function plain(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    if (form.dataset.passkey === "get") form.querySelector("button").focus();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const failed = form.querySelector("[data-failed]");
      failed.hidden = true;
      try {
        const publicKey = options(JSON.parse(form.dataset.asked));
        form.elements.answer.value = JSON.stringify(plain(await navigator.credentials[form.dataset.passkey]({ publicKey })));
        form.submit();
      } catch (error) {
        failed.hidden = false;
      }
    });
  }
})();
