/* Draws the pictures of a report from the JSON beside it. Nothing is loaded; without this script every table still reads. */
(function () {
  "use strict";
  var payload = JSON.parse(document.getElementById("pictures").textContent);
  var live = [];
  var printing = false;

  function speech() { return document.getElementById("lang-zh").checked ? "zh" : "en"; }
  function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  function word(lang, key) { return Object.prototype.hasOwnProperty.call(payload.labels[lang], key) ? payload.labels[lang][key] : key; }

  /* Shades of one role are steps towards the paper. */
  function mixed(color, paper, part) {
    function parts(hex) { return [1, 3, 5].map(function (i) { return parseInt(hex.slice(i, i + 2), 16); }); }
    var a = parts(color), b = parts(paper);
    return "rgb(" + a.map(function (x, i) { return Math.round(x + (b[i] - x) * part); }).join(",") + ")";
  }
  function colour(role, shade) {
    var base = css("--c-" + role) || css("--c-other");
    return shade ? mixed(base, css("--paper"), shade) : base;
  }

  /* Numbers: money in the scale of the language, shares in per cent. */
  function scale(unit, largest, lang) {
    if (unit === "1") { return { by: 100, unit: "%" }; }
    if (unit !== "CNY") { return { by: 1, unit: (lang === "zh" && payload.units_zh[unit]) || unit }; }
    if (lang === "en") { return { by: 1e-6, unit: "million CNY" }; }
    return largest >= 1e8 ? { by: 1e-8, unit: "亿元" } : { by: 1e-4, unit: "万元" };
  }
  function number(value, lang) {
    if (value === null || value === undefined || isNaN(value)) { return "–"; }
    var size = Math.abs(value);
    var text = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-US", size >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }).format(value);
    return text.replace("-", "\u2212");
  }
  function scaled(values, by) { return values.map(function (v) { return v === null ? null : v * by; }); }
  function largest(spec) {
    return Math.max.apply(null, [0].concat(spec.series.map(function (s) { return Math.max.apply(null, s.values.map(function (v) { return Math.abs(v || 0); })); })));
  }

  function base(lang) {
    var soft = css("--soft"), rule = css("--rule"), ink = css("--ink");
    return {
      soft: soft, rule: rule, ink: ink,
      option: {
        animation: false, backgroundColor: "transparent",
        textStyle: { color: ink, fontFamily: getComputedStyle(document.body).fontFamily },
        tooltip: { trigger: "axis", confine: true, backgroundColor: css("--paper"), borderColor: rule, textStyle: { color: ink, fontSize: 13 }, axisPointer: { type: "line", lineStyle: { color: soft } } },
        legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 10, itemGap: 12, textStyle: { color: ink, fontSize: 12 }, inactiveColor: soft },
      },
    };
  }
  function valueAxis(b, unit, lang) {
    return { type: "value", name: unit, nameTextStyle: { color: b.soft, align: "left", padding: [0, 0, 0, -28] }, nameGap: 10, axisLabel: { color: b.soft, formatter: function (v) { return number(v, lang); } }, splitLine: { lineStyle: { color: b.rule } } };
  }
  function nameAxis(b, values) {
    return { type: "category", data: values, axisLine: { lineStyle: { color: b.rule } }, axisTick: { show: false }, axisLabel: { color: b.soft, hideOverlap: true } };
  }
  function legendRows(names, width) {
    var rows = 1, used = 0;
    names.forEach(function (name) {
      var wide = 30 + [...name].reduce(function (w, ch) { return w + (ch.charCodeAt(0) > 255 ? 12 : 6.7); }, 0);
      if (used && used + wide > width) { rows += 1; used = 0; }
      used += wide;
    });
    return rows;
  }
  function drawn(spec, lang, s, by) {
    var line = s.line || spec.kind === "lines";
    var tint = colour(s.role || "other", s.shade);
    var one = { name: word(lang, s.label), data: scaled(s.values, by), color: tint, type: line ? "line" : "bar", stack: s.line ? undefined : s.stack, barMaxWidth: 34, itemStyle: s.stack && !line ? { borderColor: css("--paper"), borderWidth: 1 } : undefined };
    if (line) { Object.assign(one, { showSymbol: spec.kind === "lines", symbolSize: 6, lineStyle: { width: 2, color: tint }, z: 5 }); }
    return one;
  }

  var options = {
    stack: function (spec, lang, choice, width) {
      var b = base(lang), variant = spec.variants[choice];
      var names = variant.series.map(function (s) { return word(lang, s.label); });
      var top = 34 + 22 * legendRows(names, width - 8);
      var option = b.option;
      option.grid = { left: 14, right: 12, top: top, bottom: 8, containLabel: true };
      option.xAxis = nameAxis(b, variant.x);
      option.xAxis.boundaryGap = false;
      var step = Math.max(1, Math.round(variant.x.length / 7));
      option.xAxis.axisLabel.interval = function (i) { return i % step === 0; };
      option.xAxis.axisLabel.formatter = function (x) { return x.slice(0, 5); };
      option.yAxis = valueAxis(b, spec.unit, lang);
      option.tooltip.valueFormatter = function (v) { return number(v === null ? v : Math.abs(v), lang) + " " + spec.unit; };
      option.series = variant.series.map(function (s) {
        var tint = colour(s.role);
        return { name: word(lang, s.label), type: "line", data: s.values, stack: s.line ? undefined : s.stack, symbol: "none", step: s.line ? undefined : false, color: tint, lineStyle: { width: s.line ? 2 : 0, color: tint }, areaStyle: s.line ? undefined : { color: tint, opacity: 0.88 }, z: s.line ? 5 : 2, emphasis: { disabled: true } };
      });
      return option;
    },
    columns: function (spec, lang, choice, width) {
      var b = base(lang), by = scale(spec.unit, largest(spec), lang), option = b.option;
      var names = spec.series.map(function (s) { return word(lang, s.label); });
      option.grid = { left: 14, right: 12, top: 34 + 22 * legendRows(names, width - 8), bottom: spec.x_label ? 26 : 8, containLabel: true };
      option.xAxis = nameAxis(b, spec.x.map(function (x) { return spec.x_words ? word(lang, x) : x; }));
      if (spec.x_label) { Object.assign(option.xAxis, { name: word(lang, spec.x_label), nameLocation: "middle", nameGap: 26, nameTextStyle: { color: b.soft } }); }
      option.yAxis = valueAxis(b, by.unit, lang);
      option.tooltip.valueFormatter = function (v) { return number(v, lang) + " " + by.unit; };
      option.series = spec.series.map(function (s) { return drawn(spec, lang, s, by.by); });
      return option;
    },
    lines: function (spec, lang, choice, width) {
      var option = options.columns(spec, lang, choice, width), b = base(lang);
      var by = scale(spec.unit, largest(spec), lang), across = scale(spec.x_unit, Math.max.apply(null, spec.x), lang);
      var title = word(lang, spec.x_label) + (across.unit ? " (" + across.unit + ")" : "");
      option.xAxis = { type: "value", scale: true, name: title, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: b.soft }, axisLine: { lineStyle: { color: b.rule } }, axisLabel: { color: b.soft, hideOverlap: true, formatter: function (v) { return number(v, lang); } }, splitLine: { show: false } };
      option.grid.bottom = 28;
      option.yAxis.scale = true;
      option.series.forEach(function (one, i) { one.data = spec.series[i].values.map(function (v, n) { return [spec.x[n] * across.by, v === null ? null : v * by.by]; }); });
      option.tooltip.axisPointer.label = { formatter: function (p) { return number(p.value, lang) + " " + across.unit; } };
      return option;
    },
    rows: function (spec, lang, choice, width) {
      var b = base(lang), by = scale(spec.unit, largest(spec), lang), option = b.option;
      var names = spec.single ? [] : spec.series.map(function (s) { return word(lang, s.label); });
      var top = spec.single ? 8 : 12 + 22 * legendRows(names, width - 8);
      option.legend.show = !spec.single;
      option.grid = { left: 14, right: spec.single ? 56 : 24, top: top, bottom: 26, containLabel: true };
      option.yAxis = nameAxis(b, spec.x.map(function (x) { return word(lang, x); }));
      option.yAxis.inverse = true;
      Object.assign(option.yAxis.axisLabel, { hideOverlap: false, interval: 0, color: b.ink, width: Math.max(84, Math.min(190, width * 0.3)), overflow: "break" });
      option.xAxis = valueAxis(b, by.unit, lang);
      Object.assign(option.xAxis, { nameLocation: "middle", nameGap: 28, nameTextStyle: { color: b.soft } });
      option.xAxis.axisLabel.hideOverlap = true;
      option.tooltip.trigger = spec.single ? "item" : "axis";
      option.tooltip.axisPointer.type = "shadow";
      option.tooltip.valueFormatter = function (v) { return number(v, lang) + " " + by.unit; };
      option.series = spec.series.map(function (s) {
        var one = drawn(spec, lang, s, by.by);
        if (s.roles) {
          one.data = one.data.map(function (v, i) { return { value: v, itemStyle: { color: colour(s.roles[i]) } }; });
          one.label = { show: true, position: "right", color: b.ink, formatter: function (p) { return number(p.value, lang); } };
        }
        return one;
      });
      return option;
    },
    heat: function (spec, lang, choice) {
      var b = base(lang), variant = spec.variants[choice], by = scale(variant.unit, variant.max, lang), option = b.option;
      var start = new Date(spec.start + "T00:00:00Z").getTime(), days = variant.rows[0].length, cells = [], names = [];
      for (var d = 0; d < days; d += 1) { names.push(new Date(start + d * 86400000).toISOString().slice(5, 10)); }
      variant.rows.forEach(function (row, hour) { row.forEach(function (v, day) { if (v !== null) { cells.push([day, hour, v * by.by]); } }); });
      var deep = colour(variant.ramp), paper = css("--paper"), ink = css("--ink");
      option.legend.show = false;
      option.grid = { left: 14, right: 12, top: 44, bottom: 8, containLabel: true };
      option.xAxis = nameAxis(b, names);
      option.xAxis.axisLabel.interval = function (i) { return names[i].slice(3) === "01"; };
      option.yAxis = nameAxis(b, variant.rows.map(function (row, hour) { return (hour < 10 ? "0" : "") + hour + ":00"; }));
      option.yAxis.inverse = true;
      option.yAxis.axisLabel.interval = 5;
      option.tooltip.trigger = "item";
      option.tooltip.axisPointer = undefined;
      option.tooltip.formatter = function (p) { return echarts.format.encodeHTML(names[p.value[0]] + "  " + (p.value[1] < 10 ? "0" : "") + p.value[1] + ":00  " + number(p.value[2], lang) + " " + by.unit); };
      option.visualMap = { min: 0, max: variant.max * by.by, calculable: false, orient: "horizontal", left: 0, top: 0, itemWidth: 12, itemHeight: 130, text: [number(variant.max * by.by, lang) + " " + by.unit, "0"], textStyle: { color: b.soft }, inRange: { color: [mixed(deep, paper, 0.93), mixed(deep, paper, 0.45), deep, mixed(deep, ink, 0.35)] } };
      option.series = [{ type: "heatmap", data: cells, progressive: 0, itemStyle: { borderWidth: 0 }, emphasis: { disabled: true } }];
      return option;
    },
  };

  function draw(place) {
    var lang = place.dataset.lang, spec = payload.charts[place.dataset.chart], choice = Number(place.dataset.choice || 0);
    if (!spec || place.offsetParent === null) { return; }
    var known = live.find(function (l) { return l.place === place; });
    if (!known) {
      known = { place: place, chart: echarts.init(place, null, { renderer: spec.kind === "heat" ? "canvas" : "svg" }) };
      live.push(known);
    }
    known.chart.resize();
    known.chart.setOption(options[spec.kind](spec, lang, choice, place.clientWidth), true);
    if (printing && spec.kind === "heat") { pressed(known); }
  }
  /* Paper gets a canvas as an image: browsers print what a canvas held a frame ago. */
  function pressed(known) {
    var image = document.createElement("img");
    image.alt = "";
    image.className = "pressed";
    image.src = known.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: "#ffffff" });
    known.place.parentNode.querySelectorAll(".pressed").forEach(function (old) { old.remove(); });
    known.place.after(image);
  }
  function drawAll() { document.querySelectorAll(".draw").forEach(draw); }

  document.querySelectorAll(".choices").forEach(function (group) {
    group.hidden = false;
    group.addEventListener("click", function (event) {
      var button = event.target.closest("button");
      if (!button) { return; }
      group.querySelectorAll("button").forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
      var place = document.getElementById(group.dataset.of);
      place.dataset.choice = button.dataset.choice;
      draw(place);
    });
  });
  document.querySelectorAll('input[name="lang"]').forEach(function (input) {
    input.addEventListener("change", function () {
      document.documentElement.lang = speech() === "zh" ? "zh-CN" : "en";
      drawAll();
    });
  });
  /* A link to #zh or #zh-energy opens the other language. */
  ["en", "zh"].forEach(function (lang) { if (location.hash.slice(0, 3) === "#" + lang) { document.getElementById("lang-" + lang).checked = true; } });
  document.documentElement.lang = speech() === "zh" ? "zh-CN" : "en";
  document.querySelectorAll("details.behind").forEach(function (d) { d.open = false; });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  window.addEventListener("beforeprint", function () { printing = true; document.documentElement.classList.add("paper"); document.querySelectorAll("details").forEach(function (d) { d.open = true; }); drawAll(); });
  window.addEventListener("afterprint", function () { printing = false; document.documentElement.classList.remove("paper"); document.querySelectorAll(".pressed").forEach(function (old) { old.remove(); }); drawAll(); });
  var width = window.innerWidth, waiting = 0;
  window.addEventListener("resize", function () {
    if (window.innerWidth === width && !printing) { return; }
    width = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 120);
  });
  drawAll();
}());
