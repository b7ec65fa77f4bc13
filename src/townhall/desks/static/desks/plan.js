/* Units dragged into groups. The text fields stay the truth: without this script they are typed into. */
(function () {
  "use strict";
  var form = document.querySelector("[data-plan]");
  if (!form) { return; }
  var pool = form.querySelector("[data-pool]");
  var rows = Array.prototype.slice.call(form.querySelectorAll("[data-row]"));
  // A unit by its name on paper, which is what the fields hold, with the words its reader knows it by.
  var words = Object.create(null);
  var names = Array.prototype.map.call(pool.querySelectorAll("ul [data-name]"), function (one) {
    words[one.dataset.name] = one.childNodes;
    return one.dataset.name;
  });
  var held = null;

  function listed(row) {
    return row.querySelector("[data-units]").value.split(/\s*[、，,；;\n]\s*/).filter(Boolean);
  }

  function put(name, row, before) {
    rows.forEach(function (one) {
      var left = listed(one).filter(function (unit) { return unit !== name; });
      if (one === row) {
        var at = before ? left.indexOf(before) : -1;
        left.splice(at < 0 ? left.length : at, 0, name);
      }
      one.querySelector("[data-units]").value = left.join("、");
    });
    held = null;
    draw();
  }

  function chip(name) {
    // No button: Firefox does not drag one.
    var button = document.createElement("span");
    button.tabIndex = 0;
    button.setAttribute("role", "button");
    button.className = "plan-chip";
    button.draggable = true;
    Array.prototype.forEach.call(words[name], function (one) { button.appendChild(one.cloneNode(true)); });
    button.dataset.name = name;
    button.setAttribute("aria-pressed", held === name ? "true" : "false");
    button.addEventListener("click", function () { held = held === name ? null : name; draw(name); });
    button.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); button.click(); }
    });
    button.addEventListener("dragstart", function (event) {
      event.dataTransfer.setData("text/plain", name);
      event.dataTransfer.effectAllowed = "move";
    });
    return button;
  }

  function box(row) {
    var found = document.createElement("div");
    found.className = "plan-box";
    found.addEventListener("dragover", function (event) { event.preventDefault(); found.classList.add("over"); });
    found.addEventListener("dragleave", function () { found.classList.remove("over"); });
    found.addEventListener("drop", function (event) {
      event.preventDefault();
      var name = event.dataTransfer.getData("text/plain");
      var on = event.target.closest(".plan-chip");
      if (names.indexOf(name) >= 0) { put(name, row, on && on.dataset.name !== name ? on.dataset.name : ""); }
    });
    if (row) {
      var here = document.createElement("button");
      here.type = "button";
      here.className = "plan-put";
      here.textContent = pool.dataset.put;
      here.hidden = held === null;
      here.addEventListener("click", function () { put(held, row, ""); });
      found.appendChild(here);
    }
    return found;
  }

  function draw(focused) {
    Array.prototype.forEach.call(form.querySelectorAll(".plan-box"), function (one) { one.remove(); });
    var placed = [];
    rows.forEach(function (row) {
      var found = box(row);
      listed(row).forEach(function (name) {
        placed.push(name);
        if (names.indexOf(name) >= 0) { found.insertBefore(chip(name), found.querySelector(".plan-put")); }
      });
      row.appendChild(found);
    });
    var free = box(null);
    names.forEach(function (name) { if (placed.indexOf(name) < 0) { free.appendChild(chip(name)); } });
    pool.appendChild(free);
    if (focused) {
      var again = Array.prototype.find.call(form.querySelectorAll(".plan-chip"), function (one) { return one.dataset.name === focused; });
      if (again) { again.focus(); }
    }
  }

  pool.classList.add("live");
  pool.querySelector("ul").hidden = true;
  pool.querySelector(".help").textContent = pool.dataset.free + " · " + pool.dataset.hint;
  rows.forEach(function (row) { row.querySelector("[data-units]").addEventListener("change", function () { draw(); }); });
  draw();
})();
