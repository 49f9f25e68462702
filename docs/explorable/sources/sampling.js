const SIZES = [100, 200, 500, 1000, 2000, 5000, 10000, 20000], FORMS = ["marginal", "explicit"];

// The second panel: runs of importance sampling with the seeds 1, 2, ..., beside the exact values.
class Sampling {
  runs = [];

  constructor() {
    Object.assign(byId("size"), { max: SIZES.length - 1, value: SIZES.indexOf(2000), oninput: () => this.restart() });
    byId("again").onclick = () => this.more(1);
    byId("ten").onclick = () => this.more(10);
  }

  get size() { return SIZES[byId("size").value]; }

  // Other data, or another size: the runs so far are dropped.
  restart(given = this) {
    const { hyperprior, students, learned } = given;
    Object.assign(this, { hyperprior, learned, students: students.map((student) => ({ ...student })), runs: [], due: 0 });
    this.sizeText = this.size.toLocaleString("en");
    setSlider("size", this.sizeText);
    this.more(1);
  }

  // One run at a time, so that the page stays alive between two.
  more(count) {
    this.due += count;
    clearTimeout(this.timer);
    this.step();
  }

  step() {
    this.runs.push(importance(this.hyperprior, this.students, this.size, this.runs.length + 1));
    this.due--;
    if (!this.due || !matchMedia("(prefers-reduced-motion: reduce)").matches) this.draw();
    if (this.due) this.timer = setTimeout(() => this.step(), 30);
    else this.say();
  }

  draw() {
    if (!this.runs.length) return;
    const run = this.runs.at(-1), { mean, logEvidence } = this.learned;
    const row = (name, ...cells) =>
      element("tr", {}, element("th", { scope: "row", class: name }, name), ...cells.map((words) => element("td", {}, words)));
    const both = ({ value, error }, digits) => `${fixed(value, digits)} ± ${fixed(error, digits)}`;
    byId("seed").textContent = run.seed;
    byId("estimates").replaceChildren(
      ...FORMS.map((form) => {
        const { ess, mu, lam, logZ } = run[form];
        return row(form, short(ess), both(mu, 3), both(lam), both(logZ));
      }),
      row("exact", "", fixed(mean.mu, 3), fixed(mean.lam), fixed(logEvidence)),
    );
    for (const form of FORMS) this.drawParticles(form, run);
    this.drawWobble();
  }

  // Every particle is a dot; its area grows with its weight.
  drawParticles(form, run) {
    const plot = new Plot(byId(`${form}-map`)), { a, b } = run.particles, { weight } = run[form], largest = Math.max(...weight);
    const dot = (c, ...style) => plot.dot(positionOf(this.hyperprior, { a: a[c], b: b[c] }), ...style);
    mapAxes(plot, this.hyperprior);
    plot.clip(() => {
      drawLandmarks(plot, this.hyperprior);
      for (let c = 0; c < Math.min(a.length, 1000); c++) dot(c, 0.8, "faint", 1);
      weight.forEach((w, c) => w > 1e-3 * largest && dot(c, 40 * Math.sqrt(w), form, 0.6));
    });
    plot.frame("ink", 2);
  }

  // The estimates of E[mu] of all runs, a lane each form, beside the exact value.
  drawWobble() {
    const exact = this.learned.mean.mu, plot = new Plot(byId("wobble"), 66);
    const errors = FORMS.map((form) => this.runs.map((run) => run[form].mu.value - exact));
    const half = 1.1 * Math.max(1e-3, ...errors.flat().map(Math.abs));
    plot.axes(roundTicks(exact - half, exact + half), [], "E[μ] of each run; the line is the exact value", "");
    plot.line([[0.5, 0], [0.5, 1]], "bayes", 2);
    FORMS.forEach((form, lane) => {
      const middle = 0.72 - 0.44 * lane;
      plot.text(form, plot.left - 6, plot.at([0, middle])[1], "right", form);
      errors[lane].forEach((error, i) => plot.dot([0.5 + error / half / 2, middle + ((i % 7) - 3) / 20], 4, form, 0.75));
    });
    plot.frame("line", 1);
  }

  say() {
    const { runs, learned } = this, each = (f) => FORMS.map((form) => `${f(form)} in the ${form} form`).join(" and ");
    const deviation = (form) => {
      const values = runs.map((run) => run[form].mu.value), mean = values.reduce((sum, value) => sum + value) / runs.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs.length - 1)).toPrecision(2);
    };
    byId("wobble-text").textContent = `Of ${this.sizeText} particles ESS is ${each((form) => short(runs.at(-1)[form].ess))}.` +
      (runs.length > 1 ? ` Over ${runs.length} runs the standard deviation of E[μ] is ${each(deviation)}; exact: ${fixed(learned.mean.mu, 4)}.` : "");
  }
}
