/* Draws each chart from the table beneath it: what is drawn is what can be read. Without this script the tables stand
   alone. Nothing moves: no animation, the size is reserved by the style sheet. */
(function () {
  "use strict";
  if (!window.echarts) { return; }
  var doc = document, root = doc.documentElement, drawn = [];

  function all(sel, from) { return Array.prototype.slice.call((from || doc).querySelectorAll(sel)); }
  function token(name) { return getComputedStyle(root).getPropertyValue(name).trim(); }
  function number(cell) {
    var text = cell ? cell.textContent.replace("%", "").trim() : "";
    return text === "" || isNaN(text) ? null : Number(text);
  }
  function read(el) {
    var table = doc.getElementById(el.getAttribute("data-of"));
    var heads = all("thead th", table), rows = all("tbody tr", table);
    var columns = el.getAttribute("data-columns").split(" ").map(Number);
    return {
      names: rows.map(function (row) {
        var head = row.cells[0];
        return head.getAttribute("data-short") || head.textContent.trim();
      }),
      series: columns.map(function (place) {
        return {
          name: heads[place].textContent.trim(),
          data: rows.map(function (row) { return number(row.cells[place]); })
        };
      })
    };
  }
  /* One colour and the greys of the page; patterns tell apart what shades cannot. */
  function colours() {
    return [token("--main"), token("--edge"), token("--main-deep"), token("--ink-3"), token("--line"), token("--ink-2")];
  }
  function option(kind, found) {
    var ink = token("--ink"), line = token("--line"), size = 14;
    var newestFirst = kind === "lines" || (kind === "stack" && /(ends|years|promises)-table$/.test(found.of));
    var across = kind === "bars" || (kind === "stack" && !newestFirst);
    if (newestFirst || across) {
      found.names.reverse();
      found.series.forEach(function (one) { one.data.reverse(); });
    }
    var names = {
      type: "category", data: found.names, axisLabel: { color: ink, fontSize: size, width: 120, overflow: "break" },
      axisLine: { lineStyle: { color: line } }, axisTick: { show: false }
    };
    var values = {
      type: "value", axisLabel: { color: ink, fontSize: size }, splitLine: { lineStyle: { color: line } }, minInterval: 1
    };
    return {
      animation: false, color: colours(), textStyle: { fontFamily: getComputedStyle(doc.body).fontFamily },
      aria: { enabled: true, label: { enabled: false }, decal: { show: kind !== "lines" && found.series.length > 1 } },
      legend: { show: found.series.length > 1, textStyle: { color: ink, fontSize: size }, type: "plain", left: 0, top: 0 },
      /* Drawn on the canvas: a box of HTML would need inline styles, which the page's policy forbids. */
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: kind === "lines" ? "line" : "shadow" },
        backgroundColor: token("--paper"), borderColor: token("--edge"), textStyle: { color: ink, fontSize: size }
      },
      grid: { left: 8, right: 24, bottom: 8, top: found.series.length > 1 ? 76 : 12, containLabel: true },
      xAxis: across ? values : names,
      yAxis: across ? names : values,
      series: found.series.map(function (one) {
        return {
          name: one.name, data: one.data, type: kind === "lines" ? "line" : "bar", stack: kind === "stack" ? "all" : null,
          barMaxWidth: 28, symbolSize: 8, itemStyle: { borderColor: token("--paper"), borderWidth: kind === "lines" ? 0 : 1 }
        };
      })
    };
  }
  function draw(el) {
    var kind = el.getAttribute("data-chart"), found = read(el);
    found.of = el.getAttribute("data-of");
    if (kind === "bars" || /(units|kinds|subjects)-table$/.test(found.of)) {
      el.style.height = Math.max(220, 90 + found.names.length * 44) + "px";
    }
    var chart = window.echarts.getInstanceByDom(el) || window.echarts.init(el, null, { renderer: "canvas" });
    chart.setOption(option(kind, found), true);
    return chart;
  }
  function redraw() { drawn = all("[data-chart]").map(draw); }
  redraw();
  window.addEventListener("resize", function () { drawn.forEach(function (chart) { chart.resize(); }); });
  /* Another look is another set of colours. */
  new MutationObserver(redraw).observe(root, { attributes: true, attributeFilter: ["class"] });
  if (window.matchMedia) {
    var dark = window.matchMedia("(prefers-color-scheme: dark)");
    if (dark.addEventListener) { dark.addEventListener("change", redraw); }
  }
})();
