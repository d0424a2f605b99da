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
  /* White on dark colours, ink on light ones. */
  function readable(tint) {
    var parts = tint.charAt(0) === "#" ? [1, 3, 5].map(function (i) { return parseInt(tint.slice(i, i + 2), 16); }) : tint.match(/\d+/g).map(Number);
    return 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] > 150 ? "#17212b" : "#ffffff";
  }
  function colour(role, shade) {
    var base = css("--c-" + role) || css("--c-other");
    return shade ? mixed(base, css("--paper"), shade) : base;
  }

  /* Numbers: money in the scale of the language, shares in per cent. */
  function scale(unit, largest, lang) {
    if (unit === "1") { return { by: 100, unit: "%" }; }
    if (unit !== "CNY") { return { by: 1, unit: (lang === "zh" && payload.units_zh[unit]) || unit }; }
    if (lang === "en") { return largest >= 1e6 ? { by: 1e-6, unit: "million CNY" } : { by: 1e-3, unit: "thousand CNY" }; }
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
  /* Days below a long stretch of time, hours below a short one; so many as there is room for. */
  function timeLabels(axis, xs, width) {
    var days = xs.map(function (x) { return x.slice(0, 5); }).filter(function (d, i, all) { return i === 0 || d !== all[i - 1]; }).length;
    if (days > 3) {
      var step = Math.max(1, Math.round(xs.length / 7));
      axis.axisLabel.interval = function (i) { return i % step === 0; };
      axis.axisLabel.formatter = function (x) { return x.slice(0, 5); };
      return;
    }
    var room = Math.max(1, Math.ceil(days * 24 * 56 / Math.max(width - 60, 1)));
    var every = [1, 2, 3, 4, 6, 12, 24].find(function (h) { return h >= room; }) || 24;
    function told(x) { return x.slice(9, 11) === "00" && Number(x.slice(6, 8)) % every === 0; }
    axis.axisLabel.interval = function (i, x) { return told(x); };
    axis.axisLabel.formatter = function (x) { return days > 1 && x.slice(6) === "00:00" ? x.slice(0, 5) : x.slice(6); };
  }
  /* A step needs an end: the last value once more, under no name. */
  function stepped(values) { return values.concat(values.slice(-1)); }
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
      option.xAxis = nameAxis(b, spec.steps ? variant.x.concat([""]) : variant.x);
      option.xAxis.boundaryGap = false;
      timeLabels(option.xAxis, variant.x, width);
      option.yAxis = valueAxis(b, spec.unit, lang);
      option.tooltip.valueFormatter = function (v) { return number(v === null ? v : Math.abs(v), lang) + " " + spec.unit; };
      option.series = variant.series.map(function (s) {
        var tint = colour(s.role);
        return { name: word(lang, s.label), type: "line", data: spec.steps ? stepped(s.values) : s.values, stack: s.line ? undefined : s.stack, symbol: "none", step: spec.steps ? "end" : false, color: tint, lineStyle: { width: s.line ? 2 : 0, color: tint }, areaStyle: s.line ? undefined : { color: tint, opacity: 0.88 }, z: s.line ? 5 : 2, emphasis: { disabled: true } };
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
      option.xAxis.axisLabel.interval = function (i) { return days > 62 ? names[i].slice(3) === "01" : i % 5 === 0; };
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

  /* Powers in the upper half, price and carbon of the energy below, one clock for both. */
  options.course = function (spec, lang, choice, width, height) {
    var b = base(lang), variant = spec.variants[choice], option = b.option;
    var price = variant.price ? word(lang, spec.price) : null, carbon = variant.carbon ? word(lang, spec.carbon) : null;
    var names = variant.series.map(function (s) { return word(lang, s.label); }).concat(price ? [price] : [], carbon ? [carbon] : []);
    var top = 30 + 22 * legendRows(names, width - 8), low = price || carbon ? Math.round((height - top) * 0.36) : 0;
    var left = 52, right = carbon ? 52 : 14;
    function xs(index, shown) {
      var axis = nameAxis(b, variant.x.concat([""]));
      timeLabels(axis, variant.x, width);
      if (!shown) { axis.axisLabel.show = false; }
      return Object.assign(axis, { gridIndex: index, boundaryGap: false, axisPointer: { label: { show: false } } });
    }
    function per(unit) { return (lang === "zh" && payload.units_zh[unit]) || unit; }
    function ys(index, unit, side, colours) {
      var axis = valueAxis(b, per(unit), lang);
      return Object.assign(axis, { gridIndex: index, position: side, splitNumber: index ? 3 : 5, nameTextStyle: { color: colours || b.soft, align: side === "right" ? "right" : "left", padding: side === "right" ? [0, -40, 0, 0] : [0, 0, 0, -40] }, splitLine: { show: side !== "right", lineStyle: { color: b.rule } } });
    }
    function suffix(unit) { return { valueFormatter: function (v) { return number(v, lang) + " " + per(unit); } }; }
    option.grid = [{ left: left, right: right, top: top, bottom: low ? low + 44 : 26 }];
    option.xAxis = [xs(0, !low)];
    option.yAxis = [ys(0, spec.unit, "left")];
    option.axisPointer = { link: [{ xAxisIndex: "all" }] };
    var end = variant.end === null || variant.end === undefined ? undefined : { silent: true, symbol: "none", lineStyle: { color: b.soft, type: "dotted", width: 1 }, label: { formatter: word(lang, spec.end), color: b.soft, fontSize: 11, position: "end" }, data: [{ xAxis: variant.end }] };
    option.series = variant.series.map(function (s, i) {
      var tint = colour(s.role), area = s.style === "area";
      return { name: word(lang, s.label), type: "line", data: stepped(s.values), symbol: "none", step: "end", color: tint, lineStyle: { width: area ? 0 : s.style === "dash" ? 1.2 : 2, type: s.style === "dash" ? "dashed" : "solid", color: tint }, areaStyle: area ? { color: tint, opacity: 0.4 } : undefined, z: area ? 2 : 4, emphasis: { disabled: true }, tooltip: suffix(spec.unit), markLine: i === 0 ? end : undefined };
    });
    if (low) {
      option.grid.push({ left: left, right: right, bottom: 26, height: low - 12 });
      option.xAxis.push(xs(1, true));
      if (price) {
        option.yAxis.push(ys(1, "CNY/MWh", "left", colour("line3")));
        option.series.push({ name: price, type: "line", xAxisIndex: 1, yAxisIndex: option.yAxis.length - 1, data: stepped(variant.price), symbol: "none", step: "end", color: colour("line3"), lineStyle: { width: 2, color: colour("line3") }, areaStyle: { color: colour("line3"), opacity: 0.12, origin: "start" }, emphasis: { disabled: true }, tooltip: suffix("CNY/MWh") });
      }
      if (carbon) {
        option.yAxis.push(ys(1, "kg/MWh", price ? "right" : "left", colour("line2")));
        option.series.push({ name: carbon, type: "line", xAxisIndex: 1, yAxisIndex: option.yAxis.length - 1, data: stepped(variant.carbon), symbol: "none", step: "end", color: colour("line2"), lineStyle: { width: 1.5, type: "dashed", color: colour("line2") }, emphasis: { disabled: true }, tooltip: suffix("kg/MWh") });
      }
    }
    return option;
  };
  /* Bars with the interval of each as a line across its end. */
  options.spread = function (spec, lang, choice, width) {
    var by = scale(spec.unit, Math.max.apply(null, spec.low.concat(spec.high).map(Math.abs)), lang), b = base(lang), option = b.option;
    option.legend.show = false;
    option.grid = { left: 24, right: 24, top: 8, bottom: 26, containLabel: true };
    option.yAxis = nameAxis(b, spec.x.map(function (x) { return word(lang, x); }));
    option.yAxis.inverse = true;
    Object.assign(option.yAxis.axisLabel, { hideOverlap: false, interval: 0, color: b.ink, width: Math.max(84, Math.min(190, width * 0.3)), overflow: "break" });
    option.xAxis = Object.assign(valueAxis(b, by.unit, lang), { nameLocation: "middle", nameGap: 28, nameTextStyle: { color: b.soft } });
    option.tooltip.axisPointer.type = "shadow";
    option.tooltip.formatter = function (points) { var i = points[0].dataIndex; return echarts.format.encodeHTML(word(lang, spec.x[i]) + "  " + number(spec.values[i] * by.by, lang) + " (" + number(spec.low[i] * by.by, lang) + " – " + number(spec.high[i] * by.by, lang) + ") " + by.unit); };
    option.series = [
      { type: "bar", barMaxWidth: 18, data: scaled(spec.values, by.by), color: colour("chosen") },
      {
        type: "custom", z: 5, data: spec.low.map(function (low, i) { return [low * by.by, spec.high[i] * by.by, i]; }), encode: { x: [0, 1], y: 2 },
        renderItem: function (params, api) {
          var from = api.coord([api.value(0), api.value(2)]), to = api.coord([api.value(1), api.value(2)]), style = { stroke: b.ink, lineWidth: 1.5 };
          function line(x1, y1, x2, y2) { return { type: "line", shape: { x1: x1, y1: y1, x2: x2, y2: y2 }, style: style }; }
          return { type: "group", children: [line(from[0], from[1], to[0], to[1]), line(from[0], from[1] - 5, from[0], from[1] + 5), line(to[0], to[1] - 5, to[0], to[1] + 5)] };
        },
      },
    ];
    return option;
  };
  /* A row a job: the time it may take as a thin line, what it does as bars, paler when it runs slower. */
  options.gantt = function (spec, lang, choice, width) {
    var b = base(lang), option = b.option, ink = css("--ink"), paper = css("--paper"), rule = css("--rule");
    var classes = [], bars = [], windows = [], places = spec.sites.map(function (key) { return word(lang, key); });
    spec.rows.forEach(function (row, i) {
      if (!classes.some(function (c) { return c.key === row.class; })) { classes.push({ key: row.class, role: row.role, first: i }); }
      windows.push([row.window[0], row.window[1], i]);
      row.bars.forEach(function (bar) { bars.push([bar[0], bar[1], i, bar[2], bar[3]]); });
    });
    var names = classes.map(function (c) { return word(lang, c.key); }), top = 34 + 22 * legendRows(names, width - 8);
    var count = spec.x.length, narrow = width < 560;
    function when(p) { var i = Math.min(count - 1, Math.max(0, Math.floor(p + 1e-6))), m = Math.round((p - i) * spec.step_minutes), t = spec.x[i]; var minutes = Number(t.slice(6, 8)) * 60 + Number(t.slice(9, 11)) + m; return i === count - 1 && minutes >= 1440 ? "24:00" : t.slice(0, 6) + ("0" + Math.floor(minutes / 60)).slice(-2) + ":" + ("0" + minutes % 60).slice(-2); }
    option.grid = { left: narrow ? 8 : 92, right: 12, top: top, bottom: 28 };
    option.xAxis = nameAxis(b, spec.x);
    option.xAxis.boundaryGap = true;
    timeLabels(option.xAxis, spec.x, width);
    option.xAxis = [{ type: "value", min: 0, max: count, interval: 1e9, axisTick: { show: false }, axisLabel: { show: false }, axisLine: { lineStyle: { color: rule } }, splitLine: { show: false } }, Object.assign(option.xAxis, { position: "bottom", boundaryGap: false, data: spec.x.concat([""]) })];
    option.yAxis = { type: "value", inverse: true, min: 0, max: Math.max(1, spec.rows.length), interval: 1e9, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { show: false }, splitLine: { show: false } };
    option.tooltip.trigger = "item";
    option.tooltip.axisPointer = undefined;
    option.tooltip.formatter = function (p) {
      var v = p.data.value, row = spec.rows[v[2]], w = function (key) { return word(lang, spec.words[key]); };
      var lines = [w("job") + " " + row.id + " · " + word(lang, row.class), w("gpus") + " " + number(row.gpus, lang) + " · " + w("home") + " " + places[row.home]];
      if (v.length > 3) { lines.push(places[v[3]] + "  " + when(v[0]) + " – " + when(v[1]) + " · " + w("level") + " " + number(v[4] * 100, lang) + " %"); }
      lines.push(w("may_run") + "  " + when(row.window[0]) + " – " + when(row.window[1]));
      return lines.map(echarts.format.encodeHTML).join("<br>");
    };
    function box(params, api, half) {
      var from = api.coord([api.value(0), api.value(2) + 0.5]), to = api.coord([api.value(1), api.value(2) + 0.5]);
      var tall = Math.max(1, api.size([0, 1])[1] * half);
      return { x: from[0], y: from[1] - tall / 2, width: Math.max(1, to[0] - from[0]), height: tall };
    }
    option.series = [{
      type: "custom", silent: false, data: windows.map(function (v) { return { value: v }; }), z: 1,
      renderItem: function (params, api) { return { type: "rect", shape: box(params, api, 0.16), style: { fill: mixed(colour(spec.rows[api.value(2)].role), paper, 0.66) } }; },
    }].concat(classes.map(function (one) {
      return {
        type: "custom", name: word(lang, one.key), color: colour(one.role), z: 3, clip: true,
        data: bars.filter(function (v) { return spec.rows[v[2]].class === one.key; }).map(function (v) { return { value: v }; }),
        renderItem: function (params, api) {
          var row = spec.rows[api.value(2)], shape = box(params, api, 0.78), away = api.value(3) !== row.home;
          var tint = mixed(colour(row.role), paper, Math.min(0.62, 1.24 * (1 - api.value(4))));
          var parts = [{ type: "rect", shape: shape, style: { fill: tint, stroke: away ? ink : undefined, lineWidth: away ? 1 : 0 } }];
          var place = places[api.value(3)], wide = [...place].reduce(function (w, ch) { return w + (ch.charCodeAt(0) > 255 ? 10 : 5.6); }, 6);
          if (away && wide < shape.width) { parts.push({ type: "text", silent: true, style: { text: place, x: shape.x + 3, y: shape.y + shape.height / 2, verticalAlign: "middle", fill: readable(tint), fontSize: 9.5 } }); }
          return { type: "group", children: parts };
        },
      };
    }));
    option.series[0].markLine = {
      silent: true, symbol: "none", lineStyle: { color: rule, width: 1, type: "solid" },
      data: classes.map(function (c) { return { yAxis: c.first, label: { show: !narrow, position: "start", formatter: word(lang, c.key), color: ink, fontSize: 11, width: 82, overflow: "break", align: "right", verticalAlign: "top" } }; }).concat(spec.end === null ? [] : [{ xAxis: spec.end, lineStyle: { type: "dotted", color: b.soft }, label: { show: true, position: "start", formatter: word(lang, spec.end_word), color: b.soft, fontSize: 11 } }]),
    };
    option.legend.data = names;
    return option;
  };
  /* Regions at the places that the file gives them, arrows between them; no map. */
  options.flows = function (spec, lang, choice, width, height) {
    var b = base(lang), option = b.option, paper = css("--paper"), narrow = width < 560, variant = spec.variants[choice];
    var most = Math.max.apply(null, [1].concat(spec.nodes.map(function (n) { return n.mw; })));
    var widest = Math.max.apply(null, [1e-9].concat(variant.edges.map(function (e) { return e[2]; })));
    var tint = colour(variant.role), room = narrow ? { x: 34, y: 26 } : { x: 70, y: 34 }, xs, ys;
    function across(at) { return [room.x + at[0] / 100 * (width - 2 * room.x), room.y + at[1] / 100 * (height - 2.4 * room.y)]; }
    /* The view is laid exactly about the outermost regions, so that circles stay round and a point of it is a pixel. */
    xs = spec.nodes.map(function (n) { return across(n.at)[0]; });
    ys = spec.nodes.map(function (n) { return across(n.at)[1]; });
    option.legend.show = false;
    option.tooltip.trigger = "item";
    option.tooltip.axisPointer = undefined;
    option.tooltip.formatter = function (p) {
      var n, e, lines;
      if (p.dataType === "edge") { e = p.data.told; lines = [word(lang, spec.nodes[e[0]].label) + " → " + word(lang, spec.nodes[e[1]].label), number(e[2], lang) + " " + spec.unit]; }
      else { n = spec.nodes[p.dataIndex]; lines = [word(lang, n.label), word(lang, spec.words.sites_draw_mw) + " " + number(n.mw, lang) + " " + spec.unit, word(lang, spec.words.match_price_cny_per_mwh) + " " + number(n.price, lang) + " " + (lang === "zh" ? "元/MWh" : "CNY/MWh")]; }
      return lines.map(echarts.format.encodeHTML).join("<br>");
    };
    option.series = [{
      type: "graph", layout: "none", roam: false,
      left: Math.min.apply(null, xs), width: Math.max.apply(null, xs) - Math.min.apply(null, xs), top: Math.min.apply(null, ys), height: Math.max.apply(null, ys) - Math.min.apply(null, ys),
      edgeSymbol: ["none", "arrow"], edgeSymbolSize: narrow ? 7 : 9,
      data: spec.nodes.map(function (n, i) {
        var at = across(n.at);
        return {
          id: String(i), name: word(lang, n.label), x: at[0], y: at[1], symbolSize: (narrow ? 8 : 12) + (narrow ? 14 : 26) * Math.sqrt(Math.max(n.mw, 0) / most),
          itemStyle: { color: colour(n.role), borderColor: paper, borderWidth: 2 },
          label: { show: true, position: "bottom", distance: 3, color: b.ink, fontSize: narrow ? 10 : 12, lineHeight: narrow ? 12 : 15, backgroundColor: "transparent", formatter: word(lang, n.label) + "\n" + number(n.price, lang) },
        };
      }),
      edges: variant.edges.map(function (e) {
        var part = e[2] / widest;
        return {
          source: String(e[0]), target: String(e[1]), told: e,
          lineStyle: { color: tint, width: 1 + (narrow ? 3.5 : 6) * part, opacity: 0.35 + 0.5 * part, curveness: 0.16 },
          label: { show: part > (narrow ? 0.75 : 0.3), position: "middle", formatter: number(e[2], lang), color: b.ink, fontSize: narrow ? 9 : 11, backgroundColor: paper, padding: [1, 3], borderRadius: 2 },
        };
      }),
      emphasis: { focus: "adjacency", lineStyle: { opacity: 0.95 } },
      labelLayout: { hideOverlap: false },
    }];
    return option;
  };

  /* The record, then a fan: each shade the space between two neighbouring quantiles. */
  options.fan = function (spec, lang, choice, width) {
    var b = base(lang), option = b.option, v = spec.variants[choice], w = function (key) { return word(lang, spec.words[key]); };
    var count = v.levels.length, middle = v.levels.indexOf(0.5), tint = colour("chosen"), paper = css("--paper");
    var unit = (lang === "zh" && payload.units_zh[v.unit]) || v.unit;
    var low = v.levels[0] * 100, high = v.levels[count - 1] * 100, band = w("band") + " " + number(low, lang) + "–" + number(high, lang) + " %";
    var names = [w("recorded"), w("median"), band];
    option.legend.data = names.map(function (name) { return { name: name }; });
    option.grid = { left: 14, right: 14, top: 34 + 22 * legendRows(names, width - 8), bottom: 8, containLabel: true };
    option.xAxis = nameAxis(b, v.x.concat([""]));
    option.xAxis.boundaryGap = false;
    var every = [1, 2, 3, 6, 12, 24].find(function (h) { return h * 60 >= v.x.length * v.step_minutes * 56 / Math.max(width - 60, 1); }) || 24;
    option.xAxis.axisLabel.interval = function (i, x) { return x.slice(9, 11) === "00" && Number(x.slice(6, 8)) % every === 0; };
    option.xAxis.axisLabel.formatter = function (x) { return x.slice(6) === "00:00" ? x.slice(0, 5) : x.slice(6); };
    option.yAxis = valueAxis(b, unit, lang);
    option.yAxis.scale = true;
    function line(name, values, color, z) { return { name: name, type: "line", data: stepped(values), symbol: "none", step: "end", color: color, lineStyle: { width: 2, color: color }, z: z, emphasis: { disabled: true } }; }
    var layers = v.quantiles.slice(0, -1).map(function (lower, i) {
      var part = Math.abs((v.levels[i] + v.levels[i + 1]) / 2 - 0.5) * 2;
      return { name: i ? "" : band, type: "line", stack: "fan", stackStrategy: "all", symbol: "none", step: "end", color: mixed(tint, paper, 0.55), lineStyle: { width: 0 }, areaStyle: { color: mixed(tint, paper, 0.35 + 0.5 * part), opacity: 1 }, z: 2, silent: true, emphasis: { disabled: true }, data: stepped(v.quantiles[i + 1].map(function (upper, n) { return upper === null ? null : upper - lower[n]; })) };
    });
    var floor = { name: "", type: "line", stack: "fan", stackStrategy: "all", symbol: "none", step: "end", lineStyle: { width: 0 }, z: 1, silent: true, emphasis: { disabled: true }, data: stepped(v.quantiles[0]) };
    var recorded = line(w("recorded"), v.recorded, colour("load"), 6), median = line(w("median"), v.quantiles[middle], tint, 5);
    recorded.markLine = { silent: true, symbol: "none", lineStyle: { color: b.soft, type: "dotted", width: 1.5 }, label: { formatter: w("issue"), color: b.soft, fontSize: 11, position: "end" }, data: [{ xAxis: v.issue }] };
    option.series = [floor].concat(layers, [median, recorded]);
    option.tooltip.formatter = function (points) {
      var i = points[0].dataIndex, lines = [v.x[i] || ""];
      if (i >= v.x.length) { return ""; }
      if (v.recorded[i] !== null) { lines.push(w("recorded") + " " + number(v.recorded[i], lang) + " " + unit); }
      if (v.quantiles[0][i] !== null) { lines.push(w("median") + " " + number(v.quantiles[middle][i], lang) + " " + unit, band + "  " + number(v.quantiles[0][i], lang) + " – " + number(v.quantiles[count - 1][i], lang) + " " + unit); }
      return lines.map(echarts.format.encodeHTML).join("<br>");
    };
    return option;
  };
  /* Curves, or bars under a dashed line, of one station at a time. */
  options.curves = function (spec, lang, choice, width) {
    var b = base(lang), option = b.option, v = spec.variants[choice];
    var names = v.series.map(function (s) { return word(lang, s.label); }), numeric = v.square || v.x_number;
    var unit = (lang === "zh" && payload.units_zh[v.unit]) || v.unit;
    option.grid = { left: 14, right: 18, top: 34 + 22 * legendRows(names, width - 8), bottom: 26, containLabel: true };
    option.xAxis = numeric ? { type: "value", min: v.square ? 0 : v.x[0], max: v.square ? 100 : Math.max.apply(null, v.x), axisLine: { lineStyle: { color: b.rule } }, axisLabel: { color: b.soft, hideOverlap: true, formatter: function (x) { return number(x, lang); } }, splitLine: { show: false } } : nameAxis(b, v.x);
    Object.assign(option.xAxis, { name: word(lang, spec.x_label), nameLocation: "middle", nameGap: 26, nameTextStyle: { color: b.soft } });
    option.yAxis = valueAxis(b, unit, lang);
    if (v.square) { Object.assign(option.yAxis, { min: 0, max: 100 }); }
    option.tooltip.valueFormatter = function (y) { y = Array.isArray(y) ? y[1] : y; return number(y, lang) + (unit ? " " + unit : ""); };
    option.series = v.series.map(function (s) {
      var tint = colour(s.role), bar = s.style === "bar", dash = s.style === "dash";
      return { name: word(lang, s.label), type: bar ? "bar" : "line", data: numeric ? s.values.map(function (y, i) { return [v.x[i], y]; }) : s.values, color: tint, barMaxWidth: 30, symbol: dash ? "none" : "circle", showSymbol: !dash && v.x.length < 40, symbolSize: 5, lineStyle: { width: dash ? 1.2 : 2, type: dash ? "dashed" : "solid", color: tint }, z: dash ? 6 : 3, emphasis: { disabled: true } };
    });
    return option;
  };

  function draw(place) {
    var lang = place.dataset.lang, spec = payload.charts[place.dataset.chart], choice = Number(place.dataset.choice || 0);
    if (!spec || place.offsetParent === null) { return; }
    var known = live.find(function (l) { return l.place === place; });
    if (spec.height) { place.style.height = spec.height + "px"; }
    if (!known) {
      known = { place: place, chart: echarts.init(place, null, { renderer: spec.kind === "heat" ? "canvas" : "svg" }) };
      live.push(known);
    }
    known.chart.resize();
    known.chart.setOption(options[spec.kind](spec, lang, choice, place.clientWidth, place.clientHeight), true);
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
