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
  var SIZE = 14, LINE = 20, pen = doc.createElement("canvas").getContext("2d");
  function wide(text) {
    pen.font = SIZE + "px " + getComputedStyle(doc.body).fontFamily;
    return pen.measureText(text).width;
  }
  /* How many lines a name takes in so many pixels: words are kept whole, Chinese breaks anywhere. */
  function lines(text, room) {
    var count = 1, used = 0;
    (text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*/g) || []).forEach(function (part) {
      var more = wide(part);
      if (used && used + wide(part.trim()) > room) { count += 1; used = 0; }
      used += more;
    });
    return count;
  }
  /* Names of rows get two fifths of the width at most; the plot keeps the rest. */
  function nameRoom(el) { return Math.max(96, Math.min(240, Math.round(el.clientWidth * .4))); }
  /* The legend breaks where its next entry no longer fits. */
  function legendHeight(el, series) {
    if (series.length < 2) { return 12; }
    var count = 1, used = 0;
    series.forEach(function (one) {
      var more = wide(one.name) + 46;
      if (used && used + more > el.clientWidth) { count += 1; used = 0; }
      used += more;
    });
    return count * 26 + 16;
  }
  /* How many names to leave out between two so that none touch; the newest always keeps its own. */
  function skipped(el, names) {
    var step = Math.ceil((Math.max.apply(null, names.map(wide)) + 12) / ((el.clientWidth - 70) / names.length));
    return step < 2 ? 0 : function (place) { return (names.length - 1 - place) % step === 0; };
  }
  function option(kind, found, el) {
    var ink = token("--ink"), line = token("--line"), size = SIZE;
    var newestFirst = kind === "lines" || (kind === "stack" && /(ends|years|promises)-table$/.test(found.of));
    var across = kind === "bars" || (kind === "stack" && !newestFirst);
    if (newestFirst || across) {
      found.names.reverse();
      found.series.forEach(function (one) { one.data.reverse(); });
    }
    var names = {
      type: "category", data: found.names, axisLabel: across
        ? { color: ink, fontSize: size, lineHeight: LINE, width: nameRoom(el), overflow: "break" }
        : { color: ink, fontSize: size, interval: skipped(el, found.names) },
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
      grid: { left: 8, right: 24, bottom: 8, top: legendHeight(el, found.series), containLabel: true },
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
      var room = nameRoom(el);
      /* Every row of a chart is as tall as the one whose name takes most lines. */
      var most = Math.max.apply(null, found.names.map(function (name) { return lines(name, room); }));
      var rows = Math.max(44, most * LINE + 12) * found.names.length;
      el.style.height = Math.max(220, legendHeight(el, found.series) + 48 + rows) + "px";
    }
    var chart = window.echarts.getInstanceByDom(el) || window.echarts.init(el, null, { renderer: "canvas" });
    chart.resize();
    chart.setOption(option(kind, found, el), true);
    return chart;
  }
  function redraw() { drawn = all("[data-chart]").map(draw); }
  redraw();
  window.addEventListener("resize", redraw);
  /* Another look is another set of colours. */
  new MutationObserver(redraw).observe(root, { attributes: true, attributeFilter: ["class"] });
  if (window.matchMedia) {
    var dark = window.matchMedia("(prefers-color-scheme: dark)");
    if (dark.addEventListener) { dark.addEventListener("change", redraw); }
  }
})();
