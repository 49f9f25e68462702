// One row a student: sliders for k and n, a strip with the rates, and their numbers.
class StudentRow {
  constructor(student, changed, removed) {
    Object.assign(this, { student, changed, rate: student.k / student.n, marks: {}, numbers: {} });
    const { name } = student, remove = element("button", { class: "remove", "aria-label": `Remove ${name}` }, "×");
    remove.onclick = removed;
    this.k = this.slider("k", "tonkatsu", 0);
    this.n = this.slider("n", "bentos", 1);
    for (const label of ["raw", "Bayes", "plug-in"]) {
      const kind = label.toLowerCase();
      this.numbers[kind] = element("span", { class: `number ${kind}`, "data-label": label });
    }
    this.node = element("li", { class: "student", role: "group", "aria-label": name },
      name, this.k.box, this.n.box, this.strip(), ...Object.values(this.numbers), remove);
  }

  slider(key, label, min) {
    const { student } = this, max = key === "k" ? student.n : MOST_TRIALS;
    const input = element("input", { type: "range", min, max, value: student[key], "aria-label": `${student.name}: ${label} ${key}` });
    const output = element("span", { class: "number", "aria-hidden": true });
    input.oninput = () => this.set(key, Number(input.value));
    return { input, output, box: element("span", { class: "slider", "data-label": key }, input, output) };
  }

  // n keeps the raw rate that k was last set to, as near as whole numbers can.
  set(key, value) {
    const { student } = this;
    student[key] = value;
    if (key === "n") student.k = Math.round(this.rate * value);
    else this.rate = student.k / student.n;
    this.changed();
  }

  strip() {
    const strip = element("svg:svg", { class: "strip", "aria-hidden": true });
    for (const at of [0, 25, 50, 75, 100]) strip.append(element("svg:line", { class: "grid", x1: `${at}%`, x2: `${at}%`, y2: 30 }));
    const heights = { mean: [0, 30], interval: [15, 15], pull: [15, 15], "plug-in": [6, 24] };
    for (const kind in heights) this.marks[kind] = element("svg:line", { class: kind, y1: heights[kind][0], y2: heights[kind][1] });
    for (const [kind, r] of [["bayes", 5], ["raw", 7]]) this.marks[kind] = element("svg:circle", { class: kind, cy: 15, r });
    strip.append(...Object.values(this.marks));
    const drag = (event) => {
      const { left, width } = strip.getBoundingClientRect(), part = Math.min(1, Math.max(0, (event.clientX - left) / width));
      this.set("k", Math.round(part * this.student.n));
    };
    strip.onpointerdown = (event) => { strip.setPointerCapture(event.pointerId); drag(event); };
    strip.onpointermove = (event) => strip.hasPointerCapture(event.pointerId) && drag(event);
    return strip;
  }

  // rates: {raw, bayes, plugIn, interval}; mean: that of the population.
  draw({ raw, bayes, plugIn, interval }, mean) {
    const { k, n } = this.student, { marks, numbers } = this;
    const place = (kind, values) => Object.entries(values).forEach(([name, value]) => setAttribute(marks[kind], name, `${fixed(100 * value)}%`));
    place("mean", { x1: mean, x2: mean });
    place("interval", { x1: interval[0], x2: interval[1] });
    place("pull", { x1: raw, x2: bayes });
    place("plug-in", { x1: plugIn, x2: plugIn });
    place("bayes", { cx: bayes });
    place("raw", { cx: raw });
    this.k.input.max = n;
    for (const [{ input, output }, value] of [[this.k, k], [this.n, n]]) {
      input.value = value;
      setText(output, value);
      setAttribute(input, "aria-valuetext", `${k} of ${n}: raw ${fixed(raw)}, shrunk ${fixed(bayes)}`);
    }
    for (const [kind, value] of [["raw", raw], ["bayes", bayes], ["plug-in", plugIn]]) setText(numbers[kind], fixed(value));
  }
}
